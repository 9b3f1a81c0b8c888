import { attach } from "../src/index.js";
import { offer, options, place, undoNatively } from "./page.js";

const field = document.createElement("textarea");
field.setAttribute("aria-label", "Message");
place.append(field);
const handle = attach(field, options);
offer({
  handle,
  text: () => field.value,
  outgoing: () => field.value,
  undo: undoNatively,
  start(text) {
    field.value = text;
    field.focus();
    field.setSelectionRange(text.length, text.length);
  },
});
