/** SnappyMail's composer: a toolbar, Squire and a textarea side by side, of which one is shown. */

import Squire from "squire-rte";
import { inkling } from "../src/adapters/squire.js";
import { attach } from "../src/index.js";
import { caretToEnd, offer, options, place, undoNatively } from "./page.js";

const toolbar = document.createElement("div");
toolbar.className = "squire-toolbar";
toolbar.setAttribute("role", "toolbar");
const wysiwyg = document.createElement("div");
wysiwyg.className = "sheet";
wysiwyg.dir = "auto";
wysiwyg.setAttribute("aria-label", "Message");
const plain = document.createElement("textarea");
plain.setAttribute("aria-label", "Message as plain text");
plain.hidden = true;
place.append(toolbar, wysiwyg, plain);

const editor = new Squire(wysiwyg, {
  sanitizeToDOMFragment(html: string) {
    const parsed = new DOMParser().parseFromString(html, "text/html");
    const fragment = document.createDocumentFragment();
    fragment.append(...document.adoptNode(parsed.body).childNodes);
    return fragment;
  },
});
const button = (name: string, run: () => void): void => {
  const made = document.createElement("button");
  made.type = "button";
  made.textContent = name;
  made.addEventListener("click", run);
  toolbar.append(made);
};
button("Bold", () => editor.bold());
button("Bullets", () => editor.makeUnorderedList());
button("Plain text", () => toggle());

// Both stay in the page; whichever has the focus is suggested to.
const handles = { wysiwyg: inkling(editor, options), plain: attach(plain, options) };
const escaped = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
const html = (text: string): string =>
  text
    .split("\n")
    .map((line) => `<div>${escaped(line) || "<br>"}</div>`)
    .join("");
const written = (): string =>
  plain.hidden ? wysiwyg.innerText.replace(/\u00a0/g, " ").replace(/\u200b|\n$/g, "") : plain.value;

function toggle(): void {
  const text = written();
  plain.hidden = !plain.hidden;
  wysiwyg.hidden = !plain.hidden;
  if (wysiwyg.hidden) plain.value = text;
  else editor.setHTML(html(text));
  (wysiwyg.hidden ? plain : editor).focus();
}

offer({
  get handle() {
    return plain.hidden ? handles.wysiwyg : handles.plain;
  },
  text: written,
  outgoing: () => (plain.hidden ? editor.getHTML() : plain.value),
  undo: () => (plain.hidden ? void editor.undo() : undoNatively()),
  toggle,
  start(text) {
    if (plain.hidden) {
      editor.setHTML(html(text));
      caretToEnd(wysiwyg);
      editor.saveUndoState();
      return;
    }
    plain.value = text;
    plain.focus();
    plain.setSelectionRange(text.length, text.length);
  },
});
