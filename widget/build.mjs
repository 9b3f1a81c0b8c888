/**
 * Builds the package: ES modules, their types, one classic script, and on request the tests and playgrounds.
 *
 *     node build.mjs [--tests] [--playground] [--check]
 *
 * `--check` fails when what the service serves is not what the sources say, or when a file is over its budget.
 */

import { build } from "esbuild";
import { execFileSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as svelte from "svelte/compiler";
import { minify } from "terser";
import * as vue from "vue/compiler-sfc";

const here = (path) => new URL(path, import.meta.url);
const SERVED = here("../service/static/inkling.js");
const KIBI = 1024;
const ADAPTERS = [
  "prosemirror",
  "tiptap",
  "codemirror",
  "lexical",
  "tinymce",
  "squire",
  "ckeditor",
  "quill",
  "trix",
  "slate",
].filter((name) => existsSync(here(`src/adapters/${name}.ts`)));

const SHARED = {
  absWorkingDir: fileURLToPath(here(".")),
  bundle: true,
  target: "es2020",
  charset: "utf8",
  logLevel: "warning",
};
/** Members that nobody outside the package may use begin with an underscore. They are shortened in what ships. */
const INTERNAL = /^_/;

/**
 * A short name for each internal member. Whoever makes an object names all its members in one file, so names that no
 * file has both of are never members of one object: they may share a short name, which compresses better.
 */
function shortNames() {
  // The letters that code has most of anyway come first.
  const letters = [..."etnisroalcdhpmufgbvykwxjqzSCAMETDLPRIOBNVUFGHWKXYJQZ"];
  const candidates = [...letters, ...letters.map((letter) => `${letter}_`)];
  const places = new Map();
  const counts = new Map();
  for (const file of readdirSync(here("src"), { recursive: true }).sort()) {
    if (!file.endsWith(".ts")) continue;
    for (const [name] of readFileSync(here(`src/${file}`), "utf8").matchAll(/\b_\w+/g)) {
      places.set(name, (places.get(name) ?? new Set()).add(file));
      counts.set(name, (counts.get(name) ?? 0) + 1);
    }
  }
  const taken = new Map([...places.values()].flatMap((files) => [...files]).map((file) => [file, new Set()]));
  const short = Object.create(null);
  for (const name of [...counts.keys()].sort((one, other) => counts.get(other) - counts.get(one))) {
    const files = [...places.get(name)];
    short[name] = candidates.find((candidate) => files.every((file) => !taken.get(file).has(candidate)));
    for (const file of files) taken.get(file).add(short[name]);
  }
  return short;
}

const SMALL = {
  ...SHARED,
  minifySyntax: true,
  minifyWhitespace: true,
  mangleProps: INTERNAL,
  mangleCache: shortNames(),
  legalComments: "none",
  write: false,
};
const COMPRESS = {
  passes: 6,
  hoist_funs: true,
  keep_fargs: false,
  lhs_constants: false,
  pure_getters: true,
  arrows: false,
  inline: 1, // what is written once more compresses better than what is named
  sequences: false,
  unsafe: true, // of pages that change what the language itself offers
  unsafe_arrows: true,
  unsafe_comps: true,
  unsafe_methods: true,
};

/** A bundle, minified twice: either tool finds what the other does not. */
async function codeOf(options) {
  const { outputFiles } = await build({ ...SMALL, format: "esm", ...options });
  const module = options.format !== "iife";
  const { code } = await minify(outputFiles[0].text, {
    ecma: 2020,
    module,
    toplevel: module,
    compress: { ...COMPRESS },
  });
  return `${code}\n`;
}

async function bundle(entry, name, options = {}) {
  writeFileSync(here(`dist/${name}.js`), await codeOf({ entryPoints: [`src/${entry}.ts`], ...options }));
}

/** An entry as a module and for CommonJS; what it imports of the package comes in the same way. */
async function bundleBoth(entry, name, imports = [], options = {}) {
  await bundle(entry, name, { plugins: [others(imports)], ...options });
  const required = imports.map(([filter, path]) => [filter, path.replace(/js$/, "cjs")]);
  const code = await codeOf({
    entryPoints: [`src/${entry}.ts`],
    format: "cjs",
    plugins: [others(required)],
    ...options,
  });
  writeFileSync(here(`dist/${name}.cjs`), code);
}

/** The types again for CommonJS, where a relative import names another file of types for CommonJS. */
function writeCommonTypes() {
  for (const name of readdirSync(here("dist"), { recursive: true })) {
    if (!name.endsWith(".d.ts")) continue;
    const types = readFileSync(here(`dist/${name}`), "utf8").replace(/(["'])(\.\.?\/[^"']*)\.js\1/g, "$1$2.cjs$1");
    writeFileSync(here(`dist/${name.replace(/ts$/, "cts")}`), types);
  }
}

/** Leaves imports of other files of the package as they are, but for where those lie in it. */
const others = (paths) => ({
  name: "others",
  setup({ onResolve }) {
    for (const [filter, path] of paths) onResolve({ filter }, () => ({ path, external: true }));
  },
});

const CLIENT = [/^\.\/client\.js$/, "./client.js"];

async function buildPackage() {
  rmSync(here("dist"), { recursive: true, force: true });
  mkdirSync(here("dist"));
  const core = [/^\.\.?\/index\.js$/, "./index.js"];
  await bundleBoth("index", "index", [CLIENT]);
  await bundleBoth("client", "client");
  await bundleBoth("element", "element", [core]);
  for (const name of ADAPTERS) await bundleBoth(`adapters/${name}`, name, [core], { packages: "external" });
  await bundle("auto", "inkling", { format: "iife", globalName: "inkling" });
  execFileSync("npx", ["tsc", "-p", "tsconfig.types.json"], { cwd: here("."), stdio: "inherit" });
  writeCommonTypes();
}

/** Compiles components of Vue and Svelte, for a browser or for a server. */
const components = (server) => ({
  name: "components",
  setup({ onLoad }) {
    onLoad({ filter: /\.vue$/ }, ({ path }) => {
      const { descriptor } = vue.parse(readFileSync(path, "utf8"), { filename: path });
      const templateOptions = { ssr: server, ssrCssVars: [] };
      const { content } = vue.compileScript(descriptor, { id: "message", inlineTemplate: true, templateOptions });
      return { contents: content, loader: "ts" };
    });
    onLoad({ filter: /\.svelte$/ }, ({ path }) => {
      const { js } = svelte.compile(readFileSync(path, "utf8"), {
        filename: path,
        generate: server ? "server" : "client",
      });
      return { contents: js.code, loader: "ts" };
    });
  },
});

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
    jsx: "automatic",
    plugins: [components(true)],
    sourcemap: "inline",
  });
}

async function buildPlayground() {
  const out = here("build/playground/");
  rmSync(out, { recursive: true, force: true });
  const pages = readdirSync(here("playground")).filter((name) => /\.tsx?$/.test(name) && name !== "page.ts");
  const options = {
    ...SHARED,
    outdir: "build/playground",
    format: "esm",
    minify: true,
    legalComments: "none",
    jsx: "automatic",
    define: {
      __VUE_OPTIONS_API__: "false",
      __VUE_PROD_DEVTOOLS__: "false",
      __VUE_PROD_HYDRATION_MISMATCH_DETAILS__: "true",
    },
    plugins: [components(false)],
  };
  const peculiar = {
    // StrictMode does nothing in what React makes for production.
    "react.tsx": { define: { "process.env.NODE_ENV": '"development"' } },
    "tiptap2.ts": { alias: { "@tiptap/core": "tiptap2" } },
  };
  const entriesOf = (names) => names.map((name) => `playground/${name}`);
  await build({ ...options, entryPoints: entriesOf(pages.filter((name) => !(name in peculiar))) });
  for (const [name, more] of Object.entries(peculiar))
    await build({ ...options, entryPoints: entriesOf([name]), ...more });
  copyFileSync(here("playground/playground.css"), new URL("playground.css", out));
  const names = pages.map((name) => name.replace(/\.tsx?$/, ""));
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

/** What a page loads, gzipped; the client of the service comes later and only where there is one. */
async function checkSizes() {
  const stdin = {
    contents: 'export { attach } from "./attach.js"',
    resolveDir: fileURLToPath(here("src")),
    loader: "ts",
  };
  const core = await codeOf({ stdin, plugins: [others([CLIENT])] });
  const built = (name) => readFileSync(here(`dist/${name}.js`));
  const rows = [
    [core, 13.5, "attach() for textarea and contenteditable, as a bundler takes it from index.js"],
    [built("index"), null, "index.js: with attachAll() and what adapters are made of"],
    [built("inkling"), 15.5, "inkling.js: the classic script, with all that and <ink-compose>"],
    ...ADAPTERS.map((name) => [built(name), 1.5, `${name}.js`]),
    [built("element"), null, "element.js"],
    [built("client"), null, "client.js: loaded where there is a service"],
  ];
  let fits = true;
  for (const [code, budget, what] of rows) {
    const size = gzipSync(code, { level: 9 }).length / KIBI;
    const over = budget !== null && size > budget;
    fits &&= !over;
    console.log(`${size.toFixed(2)} KB${budget === null ? "" : ` of ${budget}`}  ${what}${over ? "  TOO LARGE" : ""}`);
  }
  return fits;
}

if (process.argv.includes("--tests")) await buildTests();
else if (process.argv.includes("--playground")) await buildPlayground();
else {
  await buildPackage();
  const fits = await checkSizes();
  if (process.argv.includes("--check")) {
    const stale = !existsSync(SERVED) || !readFileSync(SERVED).equals(readFileSync(here("dist/inkling.js")));
    if (stale) console.error("service/static/inkling.js is stale: run make widget and commit it");
    if (stale || !fits) process.exit(1);
  } else copyFileSync(here("dist/inkling.js"), SERVED);
}
