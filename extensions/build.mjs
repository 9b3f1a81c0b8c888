/**
 * Builds the extensions into build/, and their archives into dist/.
 *
 *     node build.mjs [FOLDER]
 *
 * FOLDER stands for this one as the place of build/ and dist/.
 * The tools and the version are the widget's: `make widget` installs them.
 */

import { copyFileSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { manifestOf } from "./webmail/manifest.mjs";
import { zip } from "./zip.mjs";

const here = (path) => new URL(path, import.meta.url);
const PLACE = process.argv[2] === undefined ? here("./") : pathToFileURL(`${resolve(process.argv[2])}/`);
const place = (path) => new URL(path, PLACE);
const require = createRequire(here("../widget/package.json"));
const { build } = require("esbuild");
const { version } = require("./package.json");

const ENDINGS = { chromium: "zip", firefox: "xpi" };

async function buildWebmail(browser) {
  const out = place(`build/webmail/${browser}/`);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(new URL("icons/", out), { recursive: true });
  await build({
    absWorkingDir: fileURLToPath(here(".")),
    entryPoints: ["background", "content", "options", "popup"].map((name) => `webmail/src/${name}.ts`),
    outdir: fileURLToPath(out),
    bundle: true,
    // Who reviews an extension reads it.
    minify: false,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    logLevel: "warning",
  });
  for (const name of readdirSync(here("webmail/pages"))) {
    copyFileSync(here(`webmail/pages/${name}`), new URL(name, out));
  }
  for (const name of readdirSync(here("webmail/icons"))) {
    copyFileSync(here(`webmail/icons/${name}`), new URL(`icons/${name}`, out));
  }
  copyFileSync(here("../LICENSE"), new URL("LICENSE", out));
  writeFileSync(new URL("manifest.json", out), `${JSON.stringify(manifestOf(browser, version), null, 2)}\n`);
  const files = readdirSync(out, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => `${one.parentPath ?? one.path}/${one.name}`)
    .map((path) => [path.slice(fileURLToPath(out).length).replace(/^\//, ""), readFileSync(path)]);
  const archive = `dist/inkling-webmail-${browser}-${version}.${ENDINGS[browser]}`;
  mkdirSync(place("dist/"), { recursive: true });
  writeFileSync(place(archive), zip(files));
  console.log(fileURLToPath(place(archive)));
}

for (const browser of Object.keys(ENDINGS)) await buildWebmail(browser);
