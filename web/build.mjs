// Builds what the pages need from the packages in node_modules:
//   styles/*.scss            -> static/css/*.css   (compressed)
//   fonts and map library    -> static/vendor/
// Both targets are made anew each time and are never committed. Run by `npm run build`.

import { copyFileSync, mkdirSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { compile } from "sass";

const here = dirname(fileURLToPath(import.meta.url));
const modules = join(here, "node_modules");
const css = join(here, "static", "css");
const vendor = join(here, "static", "vendor");

const FONT = "@fontsource/be-vietnam-pro";
const SUBSETS = ["vietnamese", "latin", "latin-ext"];
const WEIGHTS = [400, 600];

const VENDOR_FILES = [
  ...SUBSETS.flatMap((subset) =>
    WEIGHTS.map((weight) => `${FONT}/files/be-vietnam-pro-${subset}-${weight}-normal.woff2`),
  ),
  `${FONT}/LICENSE`,
  "maplibre-gl/dist/maplibre-gl.mjs",
  "maplibre-gl/dist/maplibre-gl-worker.mjs",
  "maplibre-gl/dist/maplibre-gl.css",
  "maplibre-gl/LICENSE.txt",
];

function compileStyles() {
  rmSync(css, { recursive: true, force: true });
  mkdirSync(css, { recursive: true });
  const sheets = readdirSync(join(here, "styles")).filter((name) => /^[^_].*\.scss$/.test(name)).sort();
  for (const sheet of sheets) {
    const { css: text } = compile(join(here, "styles", sheet), {
      style: "compressed",
      loadPaths: [modules],
      quietDeps: true,
    });
    writeFileSync(join(css, sheet.replace(/\.scss$/, ".css")), text);
  }
  return sheets.length;
}

function copyVendorFiles() {
  rmSync(vendor, { recursive: true, force: true });
  let bytes = 0;
  for (const path of VENDOR_FILES) {
    // A licence keeps the name of its package; every other file keeps its own.
    const name = basename(path).startsWith("LICENSE")
      ? `${path.split("/").slice(0, -1).join("-").replace("@", "")}-LICENSE.txt`
      : basename(path);
    mkdirSync(vendor, { recursive: true });
    copyFileSync(join(modules, path), join(vendor, name));
    bytes += statSync(join(vendor, name)).size;
  }
  return bytes;
}

const sheets = compileStyles();
const bytes = copyVendorFiles();
console.log(`${sheets} style sheets, ${VENDOR_FILES.length} vendor files, ${Math.round(bytes / 1024)} KB`);
