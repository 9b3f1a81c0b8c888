import Quill from "quill";
import { inkling } from "../src/adapters/quill.js";
import { offer, options, place } from "./page.js";

// Only time parts what is typed into steps, and tests type at any pace.
const modules = { history: { delay: 600_000 } };
const editor = new Quill(place.appendChild(document.createElement("div")), { modules });
editor.root.setAttribute("aria-label", "Message");
editor.root.setAttribute("role", "textbox");
const handle = inkling(editor, options);
offer({
  handle,
  text: () => editor.getText().replace(/\n$/, ""),
  outgoing: () => editor.getSemanticHTML(),
  undo: () => editor.history.undo(),
  start(text) {
    editor.setText(`${text}\n`, "silent");
    editor.history.clear();
    editor.setSelection(text.length, 0);
  },
});
