// Ranking schools by buttons. The numbers in the form stay the truth: buttons only set them.

const form = document.querySelector("[data-ranking]");
const words = form.dataset;
const list = form.querySelector("[data-ranked-list]");
const said = form.querySelector("[data-ranked-said]");
const most = Number(words.most);

const schools = [...form.querySelectorAll("[data-school]")].map((row) => ({
  row,
  select: row.querySelector("select"),
  name: row.querySelector("h3").textContent,
  way: row.querySelector(".dt-school__way").textContent,
}));

function chosen() {
  return schools
    .filter((school) => school.select.value !== "")
    .sort((a, b) => Number(a.select.value) - Number(b.select.value));
}

function keep(order) {
  for (const school of schools) {
    const place = order.indexOf(school);
    school.select.value = place < 0 ? "" : String(place + 1);
  }
  draw();
}

function button(text, label, press) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "dt-step";
  made.textContent = text;
  made.setAttribute("aria-label", label);
  made.addEventListener("click", press);
  return made;
}

function move(school, by) {
  const order = chosen();
  const from = order.indexOf(school);
  order.splice(from, 1);
  order.splice(from + by, 0, school);
  keep(order);
  // Focus follows the school, so that pressing again moves it again.
  const line = list.children[from + by];
  const wanted = line.querySelector(by < 0 ? "[data-up]" : "[data-down]");
  (wanted.disabled ? line.querySelector("button:not([disabled])") : wanted).focus();
}

function line(school, place, count) {
  const made = document.createElement("li");
  const text = document.createElement("div");
  const name = document.createElement("strong");
  name.textContent = school.name;
  text.append(name, document.createElement("br"), school.way);
  const up = button("↑", `${words.up}: ${school.name}`, () => move(school, -1));
  const down = button("↓", `${words.down}: ${school.name}`, () => move(school, 1));
  const drop = button("✕", `${words.drop}: ${school.name}`, () => keep(chosen().filter((other) => other !== school)));
  up.disabled = place === 0;
  down.disabled = place === count - 1;
  up.dataset.up = "";
  down.dataset.down = "";
  const buttons = document.createElement("div");
  buttons.className = "dt-steps-buttons";
  buttons.append(up, down, drop);
  made.append(text, buttons);
  return made;
}

function draw() {
  const order = chosen();
  list.replaceChildren(...order.map((school, place) => line(school, place, order.length)));
  said.textContent = order.length === 0 ? words.empty : order.length >= most ? words.full : "";
  for (const school of schools) {
    const place = order.indexOf(school);
    school.add.textContent = place < 0 ? words.add : `${words.added} ${place + 1}`;
    school.add.disabled = place >= 0 || order.length >= most;
    school.row.classList.toggle("dt-choice--chosen", place >= 0);
  }
}

for (const school of schools) {
  school.add = document.createElement("button");
  school.add.type = "button";
  school.add.className = "govuk-button govuk-button--secondary dt-choice__add";
  school.add.setAttribute("aria-describedby", school.row.querySelector("h3").id);
  school.add.addEventListener("click", () => keep([...chosen(), school]));
  school.row.querySelector(".dt-choice__rank").hidden = true;
  school.row.append(school.add);
}
form.querySelector("[data-ranked]").hidden = false;
draw();
