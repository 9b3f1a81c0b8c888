/** Adapters whose grey text lies over the editor, and whose editor the browser itself writes in. */

import type { Draft } from "../engine/types.js";
import type { Adapter, EditorEvents } from "./adapter.js";
import { type Inside, makeOverlay, type Overlay } from "./overlay.js";
import { Listening, watch, whenUsed } from "./watch.js";

/** What is peculiar to a kind of editor. */
export interface Editing {
  read(): Draft | null;
  /** Lay the overlay over the draft; returns where the editor shows text, or null if it cannot. */
  place(overlay: Overlay): Inside | null;
  /** Where the letter before the caret stands, unless the overlay repeats all of the draft. */
  anchor?(): DOMRect | null | undefined;
  /** On how many lines from the caret's down there is room for grey text. */
  lines(): number;
  /** Move the caret away and back, which ends the browser's current undo step. */
  closeUndoStep(): void;
}

/** The adapter of an editor; without `typing`, it is told elsewhere what is typed. */
export function overlaid(element: HTMLElement, editing: Editing, nonce?: string, typing?: boolean): Adapter {
  const listening = new Listening();
  let overlay: Overlay | undefined;
  let told: EditorEvents;
  const use = (): Overlay =>
    (overlay ??= makeOverlay(
      element,
      listening,
      () => editing.place(use()),
      () => editing.anchor?.(),
      told,
      nonce,
    ));
  return {
    element,
    read: editing.read,
    render(text) {
      overlay?.set("");
      if (!text) return;
      const inside = editing.place(use());
      return inside ? use().fit(text, inside, editing.lines()) : 0;
    },
    seen: () => !!overlay?.look(),
    insert(text) {
      editing.closeUndoStep();
      // The only insertion that keeps the browser's own undo history.
      element.ownerDocument.execCommand("insertText", false, text);
      editing.closeUndoStep();
    },
    subscribe(events) {
      told = events;
      whenUsed(element, listening, use);
      watch(element, events, listening, typing);
    },
    destroy() {
      listening.abort();
    },
  };
}
