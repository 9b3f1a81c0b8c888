/** An adapter that is no part of the package, as docs/guides/adapter.md shows how to write one. */

import { attach } from "../src/index.js";
import { caretToEnd, offer, options, sheet, undoNatively } from "./page.js";
import { PlainAdapter } from "./shared/plain_adapter.js";

const root = sheet();
root.classList.add("plain");
const handle = attach(new PlainAdapter(root), options);
offer({
  handle,
  text: () => root.textContent,
  outgoing: () => root.innerHTML,
  undo: undoNatively,
  start(text) {
    root.textContent = text;
    caretToEnd(root);
  },
});
