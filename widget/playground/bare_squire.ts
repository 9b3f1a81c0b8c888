/** Squire without the widget, quoted text below: as a mail client hosts it that knows nothing of suggestions. */

import Squire from "squire-rte";
import { caretToEnd, place } from "./page.js";

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
editor.setHTML("<div><br></div><blockquote><div>Could we talk about the plan?</div></blockquote>");
Object.assign(window, {
  outgoing: () => editor.getHTML(),
  undo: () => editor.undo(),
  begin: () => caretToEnd(root, root.firstElementChild as Element),
});
document.body.dataset.ready = "true";
