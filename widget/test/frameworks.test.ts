/** The guide's fields for frameworks: the same as in the tests of the playground, and made by a server without a DOM. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { render } from "svelte/server";
import { createSSRApp } from "vue";
import { renderToString as renderVue } from "vue/server-renderer";
import { Message as ReactMessage } from "../playground/shared/react_message.js";
import SvelteMessage from "../playground/shared/Message.svelte";
import VueMessage from "../playground/shared/Message.vue";
import { fencesOf, textOf } from "./markdown.js";

const props = { endpoint: "https://mail.example/inkling", subject: "Lunch" };
const fences = fencesOf(textOf("docs/guides/embed.md"));

for (const [name, language] of [
  ["react_message.tsx", "tsx"],
  ["Message.vue", "vue"],
  ["Message.svelte", "svelte"],
] as const) {
  test(`the guide shows ${name}`, () => {
    const tested = textOf(`widget/playground/shared/${name}`).replace("../../src/index.js", "inkling-compose");
    assert.ok(fences.some((fence) => fence.language === language && fence.text === tested));
  });
}

test("a server writes the field, and nothing else", async () => {
  const written = [
    renderToString(createElement(ReactMessage, { ...props, text: "Can we", onText: () => undefined })),
    await renderVue(createSSRApp(VueMessage, { ...props, modelValue: "Can we" })),
    render(SvelteMessage, { props: { ...props, text: "Can we" } }).body,
  ];
  const plain = written.map((html) => html.replace(/<!--.*?-->/g, ""));
  assert.deepEqual(plain, Array(3).fill('<textarea aria-label="Message">Can we</textarea>'));
});
