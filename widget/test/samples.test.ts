/** Every sample of the documents compiles, and the guide's adapter is the one that is tested in a browser. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { fencesOf, textOf, WIDGET_PAGES } from "./markdown.js";
import { problemsOf } from "./program.js";

const DOCUMENTS = [...WIDGET_PAGES, "widget/README.md"];
const CODE = /^(ts|tsx|js|jsx)$/;

test("every sample compiles as the package itself does", () => {
  const samples = new Map<string, string>();
  for (const name of DOCUMENTS) {
    for (const { language, text, line } of fencesOf(textOf(name))) {
      // Its own line numbers, and nothing that another sample declares.
      if (CODE.test(language)) samples.set(`${name.replace(/\W/g, "_")}_${line}.${language}`, `${text}export {};\n`);
    }
  }
  assert.ok(samples.size > 15, "samples are found");
  assert.deepEqual(problemsOf("samples", samples), []);
});

test("the guide shows the adapter that the browser tests use", () => {
  const tested = textOf("widget/playground/shared/plain_adapter.ts").replace("../../src/index.js", "inkling-compose");
  assert.ok(fencesOf(textOf("docs/guides/adapter.md")).some(({ text }) => text === tested));
});
