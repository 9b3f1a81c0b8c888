/** What pages whose field a framework made have in common. */

import { attach } from "../../src/index.js";
import { offer, undoNatively } from "../page.js";

/** A field as a server would have written it, for a framework to take over. */
export function serverField(): HTMLTextAreaElement {
  const field = document.createElement("textarea");
  field.setAttribute("aria-label", "Message");
  return field;
}

/** Offer the page, once its field is there; `text` and `set` are of the framework's own state. */
export function offerField(
  text: () => string,
  set: (text: string) => void,
  subject: (text: string) => void,
  remove: () => void,
): void {
  const field = document.querySelector("textarea") as HTMLTextAreaElement;
  offer({
    get handle() {
      return attach(field);
    },
    text,
    outgoing: () => field.value,
    undo: undoNatively,
    subject,
    remove,
    start(draft) {
      set(draft);
      field.focus();
      field.setSelectionRange(draft.length, draft.length);
    },
  });
}
