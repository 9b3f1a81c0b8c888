/** Adapters whose grey text lies over the editor, and whose editor the browser itself writes in. */

import type { Draft } from "../engine/types.js";
import type { Adapter } from "./adapter.js";
import { makeOverlay, type Overlay } from "./overlay.js";
import { Listening, watch } from "./watch.js";

/** What is peculiar to a kind of editor. */
export interface Editing {
  read(): Draft | null;
  /** Lay the overlay over the draft; returns where the editor ends, in pixels of the window, or 0 if it cannot. */
  place(overlay: Overlay): number;
  /** On how many lines from the caret's down there is room for grey text. */
  lines(): number;
  /** Move the caret away and back, which ends the browser's current undo step. */
  closeUndoStep(): void;
}

/** The adapter of an editor; without `typing`, it is told elsewhere what is typed. */
export function overlaid(element: HTMLElement, editing: Editing, nonce?: string, typing?: boolean): Adapter {
  const listening = new Listening();
  let overlay: Overlay;
  return {
    element,
    read: editing.read,
    render(text) {
      overlay.set("");
      if (!text) return;
      const bottom = editing.place(overlay);
      return bottom && overlay.fit(text, bottom, editing.lines());
    },
    insert(text) {
      editing.closeUndoStep();
      // The only insertion that keeps the browser's own undo history.
      element.ownerDocument.execCommand("insertText", false, text);
      editing.closeUndoStep();
    },
    subscribe(events) {
      overlay = makeOverlay(element, listening, () => editing.place(overlay), events, nonce);
      watch(element, events, listening, typing);
    },
    destroy() {
      listening.abort();
    },
  };
}
