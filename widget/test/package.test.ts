/** The package as those who install it see it: modules and CommonJS, with a DOM and without, with React and without. */

import assert from "node:assert/strict";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { after, before, test } from "node:test";
import ts from "typescript";
import { pathOf } from "./markdown.js";
import { entries } from "./program.js";

const WIDGET = pathOf("widget/");
const modules = [...entries].filter(([, file]) => file.endsWith(".ts")).map(([name]) => name);
let home: string;

before(() => {
  assert.ok(existsSync(`${WIDGET}dist/index.cjs`), "the package is not built: run make widget first");
  home = mkdtempSync(`${tmpdir()}/inkling-package-`);
  const installed = `${home}/node_modules/inkling-compose/`;
  mkdirSync(installed, { recursive: true });
  for (const name of ["package.json", "dist"]) cpSync(`${WIDGET}${name}`, installed + name, { recursive: true });
});
after(() => rmSync(home, { recursive: true, force: true }));

/** Other packages, as if they were installed beside it, perhaps under other names. */
function install(...names: Array<string | [name: string, found: string]>): void {
  for (const [name, found] of names.map((one) => (typeof one === "string" ? [one, one] : one))) {
    const place = `${home}/node_modules/${name}`;
    mkdirSync(place.replace(/\/[^/]*$/, ""), { recursive: true });
    rmSync(place, { force: true });
    symlinkSync(`${WIDGET}node_modules/${found}`, place);
  }
}

/** What a strict compiler has against a file that uses the package. */
function problemsOf(name: string, text: string, more: ts.CompilerOptions = {}): string[] {
  const file = `${home}/${name}`;
  writeFileSync(file, text);
  const program = ts.createProgram([file], {
    target: ts.ScriptTarget.ES2020,
    lib: ["lib.es2020.d.ts", "lib.dom.d.ts", "lib.dom.iterable.d.ts"],
    module: ts.ModuleKind.Node16,
    moduleResolution: ts.ModuleResolutionKind.Node16,
    strict: true,
    types: [],
    noEmit: true,
    ...more,
  });
  const found = ts.getPreEmitDiagnostics(program).filter(({ file }) => /inkling/.test(file?.fileName ?? ""));
  return found.map(
    ({ file, messageText }) =>
      `${file?.fileName.replace(home, "")} ${ts.flattenDiagnosticMessageText(messageText, " ")}`,
  );
}

test("each entry is imported and required where there is no DOM", async () => {
  const require = createRequire(`${WIDGET}build/test/`);
  assert.equal(typeof globalThis.HTMLElement, "undefined");
  for (const name of modules) {
    const imported = (await import(name)) as object;
    const required = require(name) as object;
    assert.deepEqual(Object.keys(required).sort(), Object.keys(imported).sort(), name);
    assert.ok(Object.keys(imported).length > 0, name);
  }
});

const USED = `
  const element = document.querySelector("ink-compose")!;
  element.options = { minConfidence: 0.5 };
  element.handle?.dismiss();
  document.querySelector("textarea")!.addEventListener("inkling:outcome", ({ detail }) => detail.id.length);
  document.addEventListener("inkling:suggestion", ({ detail }) => detail?.text.length);
  window.addEventListener("inkling:trouble", ({ detail }) => detail?.pause.toFixed());
  element.addEventListener("inkling:answered", ({ detail }) => detail.toFixed());
  // @ts-expect-error: it is no text
  element.addEventListener("inkling:answered", ({ detail }) => detail.length);
`;

test("modules and CommonJS know the types of the element and its events", () => {
  const imports = `import { attach } from "inkling-compose";\nimport "inkling-compose/element";\nattach(document.body);\n`;
  assert.deepEqual(problemsOf("module.mts", imports + USED), []);
  const required = `import inkling = require("inkling-compose");\nimport tag = require("inkling-compose/element");
    inkling.attach(document.body);\nexport const made: HTMLElement = new tag.InkComposeElement();\n`;
  assert.deepEqual(problemsOf("common.cts", required + USED), []);
  const older = { module: ts.ModuleKind.CommonJS, moduleResolution: ts.ModuleResolutionKind.Node10 };
  assert.deepEqual(problemsOf("older.ts", required + USED, older), []);
});

test("each entry has its types in CommonJS", () => {
  install(
    "prosemirror-model",
    "prosemirror-state",
    "prosemirror-view",
    "prosemirror-transform",
    "@tiptap/core",
    "@tiptap/pm",
  );
  install("@codemirror/state", "@codemirror/view", "lexical", "slate");
  const text = modules.map(
    (name, index) => `import entry${index} = require("${name}");\nexport type Entry${index} = typeof entry${index};`,
  );
  assert.deepEqual(problemsOf("entries.cts", text.join("\n"), { skipLibCheck: true }), []);
});

for (const core of ["@tiptap/core", "tiptap2"]) {
  test(`the types fit ${core}`, () => {
    install(
      ["@tiptap/core", core],
      "@tiptap/pm",
      "prosemirror-model",
      "prosemirror-state",
      "prosemirror-view",
      "prosemirror-transform",
    );
    const text = `import { Editor } from "@tiptap/core";\nimport { Inkling } from "inkling-compose/tiptap";
      const editor = new Editor({ extensions: [Inkling.configure({ endpoint: "https://mail.example" })] });
      editor.storage.inkling.plugin?.handle?.dismiss();`;
    assert.deepEqual(problemsOf("tiptap.mts", text, { skipLibCheck: true }), []);
  });
}

const TAG = (more: string): string =>
  `import "inkling-compose/element";\nexport const tag = <ink-compose for="body" min-confidence={0.5} ${more} />;\n`;

test("React knows the element as a tag, and what it may say", () => {
  install("react", "@types/react", "csstype");
  const jsx = { jsx: ts.JsxEmit.ReactJSX, skipLibCheck: true };
  assert.deepEqual(problemsOf("right.tsx", TAG('eagerness="calm" className="beside"'), jsx), []);
  assert.match(problemsOf("wrong.tsx", TAG('eagerness="loud"'), jsx).join(), /"loud"/);
});
