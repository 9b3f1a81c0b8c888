import Squire from "squire-rte";
import { inkling } from "../src/adapters/squire.js";
import { caretToEnd, offer, options, place } from "./page.js";

const root = document.createElement("div");
root.className = "sheet";
root.setAttribute("aria-label", "Message");
place.append(root);
const policy = (
  window as { trustedTypes?: { createPolicy(name: string, rules: object): { createHTML(html: string): string } } }
).trustedTypes?.createPolicy("squire", { createHTML: (html: string) => html });
const editor = new Squire(root, {
  sanitizeToDOMFragment(html: string) {
    const parsed = new DOMParser().parseFromString(policy?.createHTML(html) ?? html, "text/html");
    const fragment = document.createDocumentFragment();
    fragment.append(...document.adoptNode(parsed.body).childNodes);
    return fragment;
  },
});
const handle = inkling(editor, options);
const escaped = (text: string): string => text.replace(/&/g, "&amp;").replace(/</g, "&lt;");
offer({
  handle,
  text: () => root.innerText.replace(/\u00a0/g, " ").replace(/\n$/, ""),
  outgoing: () => editor.getHTML(),
  undo: () => editor.undo(),
  start(text) {
    editor.setHTML(
      text
        .split("\n")
        .map((line) => `<div>${escaped(line) || "<br>"}</div>`)
        .join(""),
    );
    caretToEnd(root);
    editor.saveUndoState();
  },
});
