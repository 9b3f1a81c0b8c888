/**
 * Builds the extensions into build/, and their archives into dist/.
 *
 *     node build.mjs [FOLDER]
 *
 * FOLDER stands for this one as the place of build/ and dist/.
 * The tools and the version are the widget's: `make widget` installs them.
 */

import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { tarball } from "./tarball.mjs";
import { thunderbirdManifest } from "./thunderbird/manifest.mjs";
import { manifestOf } from "./webmail/manifest.mjs";
import { zip } from "./zip.mjs";

const here = (path) => new URL(path, import.meta.url);
const PLACE = process.argv[2] === undefined ? here("./") : pathToFileURL(`${resolve(process.argv[2])}/`);
const place = (path) => new URL(path, PLACE);
const require = createRequire(here("../widget/package.json"));
const { build } = require("esbuild");
const { version } = require("./package.json");

/**
 * Bundles the scripts of an extension into build/NAME, puts its pages, icons, licence and manifest beside them, and
 * makes the archive in dist/.
 */
async function buildExtension(name, source, scripts, manifest, ending) {
  const out = place(`build/${name}/`);
  rmSync(out, { recursive: true, force: true });
  mkdirSync(new URL("icons/", out), { recursive: true });
  await build({
    absWorkingDir: fileURLToPath(here(".")),
    entryPoints: scripts.map((script) => `${source}/src/${script}.ts`),
    outdir: fileURLToPath(out),
    bundle: true,
    // Who reviews an extension reads it.
    minify: false,
    format: "iife",
    target: "es2022",
    charset: "utf8",
    logLevel: "warning",
  });
  copyAll(here(`${source}/pages/`), out);
  copyFileSync(here("shared/pages.css"), new URL("pages.css", out));
  copyAll(here("shared/icons/"), new URL("icons/", out));
  copyFileSync(here("../LICENSE"), new URL("LICENSE", out));
  writeFileSync(new URL("manifest.json", out), `${JSON.stringify(manifest, null, 2)}\n`);
  const archive = `dist/inkling-${name.replace("/", "-")}-${version}.${ending}`;
  mkdirSync(place("dist/"), { recursive: true });
  writeFileSync(place(archive), zip(filesOf(out)));
  console.log(fileURLToPath(place(archive)));
}

function copyAll(from, to) {
  for (const name of readdirSync(from)) copyFileSync(new URL(name, from), new URL(name, to));
}

/** The files of a folder as pairs of a path in it and the content. */
function filesOf(folder) {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((one) => one.isFile())
    .map((one) => `${one.parentPath ?? one.path}/${one.name}`)
    .map((path) => [path.slice(fileURLToPath(folder).length).replace(/^\//, ""), readFileSync(path)]);
}

/** The plugin's own files, and its script, which only Roundcube's pages load. */
async function buildRoundcube() {
  const out = place("build/roundcube/");
  rmSync(out, { recursive: true, force: true });
  cpSync(here("roundcube/inkling/"), new URL("inkling/", out), { recursive: true });
  copyFileSync(here("../LICENSE"), new URL("inkling/LICENSE", out));
  await build({
    absWorkingDir: fileURLToPath(here(".")),
    entryPoints: ["roundcube/compose.ts"],
    outfile: fileURLToPath(new URL("inkling/inkling.min.js", out)),
    bundle: true,
    minify: true,
    format: "iife",
    target: "es2020",
    charset: "utf8",
    legalComments: "none",
    logLevel: "warning",
  });
  const archive = `dist/inkling-roundcube-${version}.tar.gz`;
  mkdirSync(place("dist/"), { recursive: true });
  writeFileSync(place(archive), tarball(filesOf(out)));
  console.log(fileURLToPath(place(archive)));
}

const WEBMAIL = ["background", "content", "options", "popup"];
await buildExtension("webmail/chromium", "webmail", WEBMAIL, manifestOf("chromium", version), "zip");
await buildExtension("webmail/firefox", "webmail", WEBMAIL, manifestOf("firefox", version), "xpi");
const THUNDERBIRD = ["background", "compose", "options"];
await buildExtension("thunderbird", "thunderbird", THUNDERBIRD, thunderbirdManifest(version), "xpi");
await buildRoundcube();
