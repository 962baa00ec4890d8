// Small comforts on every page. Everything works without them.

// The list of errors is read out first.
document.querySelector(".govuk-error-summary")?.focus();

// A second tap on a button that already sends does nothing.
for (const form of document.querySelectorAll("form")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent === "yes") {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    setTimeout(() => delete form.dataset.sent, 4000);
  });
}

// "Dùng vị trí của tôi": the point goes straight into the fields of the form, nowhere else.
for (const button of document.querySelectorAll("[data-locate]")) {
  if (!("geolocation" in navigator)) continue;
  const form = button.closest("form");
  const said = form.querySelector("[data-locate-said]");
  button.hidden = false;
  button.addEventListener("click", () => {
    said.textContent = button.dataset.waiting;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => {
        form.elements.lat.value = coords.latitude.toFixed(5);
        form.elements.lon.value = coords.longitude.toFixed(5);
        if (form.elements.noi) form.elements.noi.value = "";
        form.requestSubmit();
      },
      () => {
        said.textContent = button.dataset.refused;
      },
      { enableHighAccuracy: true, timeout: 15000, maximumAge: 60000 },
    );
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

// A receipt's QR code leads to /tra-cuu#<code>: the browser never sends that part, it only fills the field.
const codeForm = document.querySelector("[data-code-form]");
const code = decodeURIComponent(location.hash.slice(1));
if (codeForm && /^[0-9A-Z]{5}-[0-9A-Z]{5}$/.test(code) && !codeForm.elements.code.value) {
  codeForm.elements.code.value = code;
  history.replaceState(null, "", location.pathname);
}
