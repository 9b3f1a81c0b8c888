/**
 * Builds the package: ES modules, their types, one classic script, and on request the tests and playgrounds.
 *
 *     node build.mjs [--tests] [--playground] [--check]
 *
 * `--check` fails when what the service serves is not what the sources say, or when a file is over its budget.
 */

import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const here = (path) => new URL(path, import.meta.url);
const SERVED = here("../service/static/inkling.js");
const KIBI = 1024;
const ADAPTERS = ["prosemirror", "tiptap", "codemirror", "lexical", "tinymce", "squire"].filter((name) =>
  existsSync(here(`src/adapters/${name}.ts`)),
);

const SHARED = {
  absWorkingDir: fileURLToPath(here(".")),
  bundle: true,
  target: "es2020",
  charset: "utf8",
  logLevel: "warning",
};
const SMALL = { ...SHARED, minify: true, mangleProps: /^_/, legalComments: "none" };

async function buildPackage() {
  rmSync(here("dist"), { recursive: true, force: true });
  await build({
    ...SMALL,
    entryPoints: ["src/index.ts", "src/element.ts", ...ADAPTERS.map((name) => `src/adapters/${name}.ts`)],
    entryNames: "[name]",
    chunkNames: "chunk-[hash]",
    outdir: "dist",
    format: "esm",
    splitting: true,
    packages: "external",
  });
  await build({ ...SMALL, entryPoints: ["src/auto.ts"], outfile: "dist/inkling.js", format: "iife", globalName: "inkling" });
  execFileSync("npx", ["tsc", "-p", "tsconfig.types.json"], { cwd: here("."), stdio: "inherit" });
}

async function buildTests() {
  rmSync(here("build/test"), { recursive: true, force: true });
  const tests = readdirSync(here("test")).filter((name) => name.endsWith(".test.ts"));
  await build({
    ...SHARED,
    entryPoints: tests.map((name) => `test/${name}`),
    outdir: "build/test",
    platform: "node",
    format: "esm",
    packages: "external",
    sourcemap: "inline",
  });
}

async function buildPlayground() {
  const out = here("build/playground/");
  rmSync(out, { recursive: true, force: true });
  const pages = readdirSync(here("playground")).filter((name) => name.endsWith(".ts") && name !== "page.ts");
  await build({
    ...SHARED,
    entryPoints: pages.map((name) => `playground/${name}`),
    outdir: "build/playground",
    format: "esm",
    minify: true,
    legalComments: "none",
  });
  copyFileSync(here("playground/playground.css"), new URL("playground.css", out));
  const names = pages.map((name) => name.replace(/\.ts$/, ""));
  const page = (title, body) =>
    `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">` +
    `<title>${title} · Inkling playground</title><link rel="stylesheet" href="playground.css"></head><body><main>${body}</main></body></html>\n`;
  const links = names.map((name) => `<a href="${name}.html">${name}</a>`).join("");
  writeFileSync(new URL("index.html", out), page("All", `<h1>Playground</h1><nav>${links}</nav>`));
  for (const name of names) {
    const body = `<h1>${name}</h1><div id="editor"></div><script type="module" src="${name}.js"></script>`;
    writeFileSync(new URL(`${name}.html`, out), page(name, body));
  }
}

/** Bytes of an entry with all that it loads of the package itself, gzipped. */
function sizeOf(name, without = []) {
  const seen = new Set(without);
  let size = 0;
  const visit = (file) => {
    if (seen.has(file)) return;
    seen.add(file);
    const code = readFileSync(here(`dist/${file}`), "utf8");
    size += gzipSync(code, { level: 9 }).length;
    for (const [, other] of code.matchAll(/from"\.\/([^"]+)"|import"\.\/([^"]+)"/g)) if (other) visit(other);
  };
  visit(name);
  return { size, seen };
}

function checkSizes() {
  const core = sizeOf("index.js");
  const rows = [
    ["core with textarea and contenteditable", core.size, 7],
    ["classic script", sizeOf("inkling.js").size, 9],
    ...ADAPTERS.map((name) => [name, sizeOf(`${name}.js`, core.seen).size, 1.5]),
  ];
  let over = false;
  for (const [name, size, budget] of rows) {
    const fits = size <= budget * KIBI;
    over ||= !fits;
    console.log(`${(size / KIBI).toFixed(2).padStart(6)} of ${budget} KB gzipped  ${name}${fits ? "" : "  TOO LARGE"}`);
  }
  return !over;
}

if (process.argv.includes("--tests")) await buildTests();
else if (process.argv.includes("--playground")) await buildPlayground();
else {
  await buildPackage();
  const fits = checkSizes();
  if (process.argv.includes("--check")) {
    const stale = !existsSync(SERVED) || !readFileSync(SERVED).equals(readFileSync(here("dist/inkling.js")));
    if (stale) console.error("service/static/inkling.js is stale: run make widget and commit it");
    if (stale || !fits) process.exit(1);
  } else copyFileSync(here("dist/inkling.js"), SERVED);
}
