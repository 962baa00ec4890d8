// A map of schools on our own tiles. Everything it shows is also in the list of the page.

const holder = document.querySelector("[data-map]");
const data = JSON.parse(document.getElementById(holder.dataset.map).textContent);

const COLOURS = {
  land: "#f4f1ea",
  water: "#cfe3ee",
  green: "#dfe9d5",
  road: "#ffffff",
  casing: "#b9bfc5",
  alley: "#d9d5cb",
  ferry: "#0a5a8a",
  boundary: "#8a7f8d",
  ink: "#17212b",
  halo: "#ffffff",
  brand: "#0a5a8a",
};
const FONT = ["Be Vietnam Pro"];
const MAJOR = ["motorway", "trunk", "primary", "secondary", "tertiary"];
const SMALL = ["service", "track", "path", "footway", "pedestrian", "alley", "steps", "cycleway"];

const kind = (...names) => ["in", ["get", "class"], ["literal", names]];
const not = (test) => ["!", test];
const width = (low, middle, high) =>
  ["interpolate", ["exponential", 1.5], ["zoom"], 10, low, 14, middle, 18, high];

function roadLayers() {
  const roads = [
    ["minor", ["all", not(kind(...MAJOR)), not(kind(...SMALL))], width(0.4, 3, 14), 12],
    ["major", kind(...MAJOR), width(1.6, 6, 22), 5],
  ];
  const line = { "line-cap": "round", "line-join": "round" };
  return [
    {
      id: "road-small", type: "line", source: "base", "source-layer": "roads", minzoom: 13, layout: line,
      filter: kind(...SMALL),
      paint: { "line-color": COLOURS.road, "line-width": width(0.2, 1.4, 7) },
    },
    ...roads.map(([name, filter, size, minzoom]) => ({
      id: `road-${name}-casing`, type: "line", source: "base", "source-layer": "roads", minzoom, filter, layout: line,
      paint: { "line-color": COLOURS.casing, "line-width": ["interpolate", ["exponential", 1.5], ["zoom"], 10, size[4] + 1, 14, size[6] + 1.5, 18, size[8] + 3] },
    })),
    ...roads.map(([name, filter, size, minzoom]) => ({
      id: `road-${name}`, type: "line", source: "base", "source-layer": "roads", minzoom, filter, layout: line,
      paint: { "line-color": COLOURS.road, "line-width": size },
    })),
  ];
}

function label(id, layer, size, { layout = {}, paint = {}, ...rest } = {}) {
  return {
    id, type: "symbol", source: "base", "source-layer": layer,
    layout: { "text-field": ["get", "name"], "text-font": FONT, "text-size": size, "text-max-width": 9, ...layout },
    paint: { "text-color": COLOURS.ink, "text-halo-color": COLOURS.halo, "text-halo-width": 1.6, ...paint },
    ...rest,
  };
}

function style() {
  return {
    version: 8,
    sources: {
      base: {
        type: "vector", tiles: [location.origin + data.tiles], minzoom: 4, maxzoom: 15, attribution: data.attribution,
      },
      way: { type: "geojson", data: wayFeatures() },
      pins: { type: "geojson", data: pinFeatures() },
    },
    layers: [
      { id: "land", type: "background", paint: { "background-color": COLOURS.land } },
      { id: "green", type: "fill", source: "base", "source-layer": "green", paint: { "fill-color": COLOURS.green } },
      {
        id: "water", type: "fill", source: "base", "source-layer": "water", filter: ["==", ["geometry-type"], "Polygon"],
        paint: { "fill-color": COLOURS.water },
      },
      {
        id: "stream", type: "line", source: "base", "source-layer": "water", filter: ["==", ["geometry-type"], "LineString"],
        paint: { "line-color": COLOURS.water, "line-width": width(0.6, 3, 12) },
      },
      {
        id: "boundary", type: "line", source: "base", "source-layer": "boundaries",
        paint: { "line-color": COLOURS.boundary, "line-width": 1, "line-dasharray": [4, 2] },
      },
      ...roadLayers(),
      {
        id: "ferry", type: "line", source: "base", "source-layer": "ferries",
        paint: { "line-color": COLOURS.ferry, "line-width": 1.6, "line-dasharray": [3, 2] },
      },
      {
        id: "way-casing", type: "line", source: "way", layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": COLOURS.halo, "line-width": 9 },
      },
      {
        id: "way-road", type: "line", source: "way", filter: not(["get", "water"]),
        layout: { "line-cap": "round", "line-join": "round" },
        paint: { "line-color": COLOURS.brand, "line-width": 5 },
      },
      {
        id: "way-water", type: "line", source: "way", filter: ["get", "water"],
        paint: { "line-color": COLOURS.brand, "line-width": 5, "line-dasharray": [2, 1.4] },
      },
      label("road-name", "roads", 12, {
        minzoom: 14, filter: ["has", "name"], layout: { "symbol-placement": "line", "symbol-spacing": 320 },
      }),
      label("water-name", "water", 12, { minzoom: 11, filter: ["has", "name"], paint: { "text-color": "#2d5d78" } }),
      label("ferry-name", "ferries", 12, {
        minzoom: 11, filter: ["has", "name"], layout: { "symbol-placement": "line" }, paint: { "text-color": COLOURS.brand },
      }),
      label("place-name", "places", 14, {
        filter: not(kind("archipelago")),
        layout: { "text-variable-anchor": ["center", "top", "bottom", "left", "right"], "text-radial-offset": 1.3 },
      }),
      // Hoàng Sa and Trường Sa are named whatever else wants the room.
      label("island-name", "places", 14, {
        filter: kind("archipelago"), layout: { "text-allow-overlap": true, "text-ignore-placement": true },
      }),
      // Pins are elements above the map, of which labels know nothing: unseen letters under each keep its room free.
      {
        id: "pin-room", type: "symbol", source: "pins",
        layout: { "text-field": "HH", "text-font": FONT, "text-size": 26, "text-allow-overlap": true },
        paint: { "text-opacity": 0 },
      },
    ],
  };
}

function wayFeatures() {
  return {
    type: "FeatureCollection",
    features: data.legs.map((leg) => ({
      type: "Feature",
      properties: { water: leg.water },
      geometry: { type: "LineString", coordinates: leg.line },
    })),
  };
}

function pinFeatures() {
  return {
    type: "FeatureCollection",
    features: [...data.schools, ...(data.home ? [data.home] : [])].map(({ lon, lat }) => ({
      type: "Feature",
      properties: {},
      geometry: { type: "Point", coordinates: [lon, lat] },
    })),
  };
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

function pinElement() {
  const made = element("div", "dt-pin", "");
  made.setAttribute("role", "img");
  made.setAttribute("aria-label", data.words.home);
  return made;
}

function schoolElement(school) {
  const plain = school.mark === "" && !school.chosen;
  const made = element(school.address ? "a" : "div", `dt-marker dt-marker--${school.shape}`, school.mark);
  made.classList.toggle("dt-marker--chosen", school.chosen);
  made.classList.toggle("dt-marker--plain", plain);
  if (school.address) made.href = school.address;
  else made.setAttribute("role", "img");
  made.title = school.name;
  made.setAttribute("aria-label", school.minutes ? `${school.name}, ${school.minutes}` : school.name);
  return made;
}

function viewOf(maplibre) {
  const points = [
    ...(data.home ? [[data.home.lon, data.home.lat]] : []),
    ...data.schools.slice(0, 8).map((school) => [school.lon, school.lat]),
    ...data.legs.flatMap((leg) => leg.line),
  ];
  if (!data.home && data.bounds) return { bounds: data.bounds, padding: 40, maxZoom: 13 };
  const bounds = new maplibre.LngLatBounds();
  for (const point of points) bounds.extend(point);
  return { bounds, padding: { top: 50, bottom: 40, left: 45, right: 45 }, maxZoom: 15 };
}

function letPinMove(maplibre, map, marker) {
  const form = document.getElementById(data.pick);
  const place = ({ lng, lat }) => {
    marker.setLngLat([lng, lat]).addTo(map);
    form.elements.lon.value = lng.toFixed(5);
    form.elements.lat.value = lat.toFixed(5);
    form.hidden = false;
  };
  marker.setDraggable(true);
  marker.on("dragend", () => place(marker.getLngLat()));
  map.on("click", (event) => place(event.lngLat));
  map.getCanvas().style.cursor = "crosshair";
}

async function draw() {
  const maplibre = await import(holder.dataset.library);
  // What stood here for browsers without scripts makes room.
  holder.replaceChildren();
  maplibre.setWorkerUrl(holder.dataset.worker);
  await Promise.all(["400 14px", "600 14px"].map((size) => document.fonts.load(`${size} "Be Vietnam Pro"`, "Trường Sa")));
  const { bounds, ...fit } = viewOf(maplibre);
  const map = new maplibre.Map({
    container: holder,
    style: style(),
    bounds,
    fitBoundsOptions: fit,
    minZoom: 4,
    maxZoom: 19,
    dragRotate: false,
    pitchWithRotate: false,
    attributionControl: false,
    cooperativeGestures: true,
    locale: {
      "NavigationControl.ZoomIn": data.words.zoomIn,
      "NavigationControl.ZoomOut": data.words.zoomOut,
      "AttributionControl.ToggleAttribution": data.words.attribution,
      "CooperativeGesturesHandler.MobileHelpText": data.words.gesture,
      "CooperativeGesturesHandler.WindowsHelpText": data.words.gestureDesktop,
      "CooperativeGesturesHandler.MacHelpText": data.words.gestureDesktop,
      "Map.Title": data.words.map,
      "Marker.Title": data.words.home,
    },
  });
  map.touchZoomRotate.disableRotation();
  map.addControl(new maplibre.NavigationControl({ showCompass: false }), "top-right");
  map.addControl(new maplibre.ScaleControl({ unit: "metric", maxWidth: 80 }), "bottom-left");
  map.addControl(new maplibre.AttributionControl({ compact: false }), "bottom-right");
  map.on("error", (event) => console.error("map", event.error?.message));
  // The schools nearest to home are drawn last, so that they lie on top.
  for (const school of [...data.schools].reverse()) {
    new maplibre.Marker({ element: schoolElement(school) }).setLngLat([school.lon, school.lat]).addTo(map);
  }
  for (const leg of data.legs.filter((part) => part.words)) {
    const middle = leg.line[Math.floor(leg.line.length / 2)];
    new maplibre.Marker({ element: element("div", "dt-leg", leg.words) }).setLngLat(middle).addTo(map);
  }
  const pin = new maplibre.Marker({ element: pinElement(), anchor: "bottom" });
  if (data.home) pin.setLngLat([data.home.lon, data.home.lat]).addTo(map);
  if (data.pick) letPinMove(maplibre, map, pin);
  map.once("idle", () => holder.setAttribute("data-ready", "yes"));
}

draw().catch((failure) => {
  holder.textContent = data.words.failed;
  holder.classList.add("dt-map--failed");
  console.error("map", failure.message);
});
