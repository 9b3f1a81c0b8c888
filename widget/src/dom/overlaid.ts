/** Adapters whose grey text lies over the editor, and whose editor the browser itself writes in. */

import type { Draft } from "../engine/types.js";
import type { Adapter, EditorEvents } from "./adapter.js";
import { Overlay, type Placing } from "./overlay.js";
import { Listening, watch, whenUsed } from "./watch.js";

/** The parts that differ between kinds of editors. */
export interface Editing extends Placing {
  read(): Draft | null;
  /** The number of lines, from the caret's down, with room for grey text. */
  _lines(): number;
  /** Move the caret away and back, which ends the browser's current undo step. */
  _closeUndoStep(): void;
}

/**
 * The adapter of an editor. Without `typing`, typing is reported elsewhere. Its members may be copied into another
 * adapter, so they are functions of their own.
 */
export function overlaid(element: HTMLElement, editing: Editing, nonce?: string, typing?: boolean): Adapter {
  const listening = new Listening();
  let overlay: Overlay | undefined;
  let told: EditorEvents;
  const use = (): Overlay => {
    overlay ??= new Overlay(element, editing, listening, told, nonce);
    return overlay;
  };
  return {
    element,
    read: () => editing.read(),
    render(text) {
      overlay?._set("");
      if (!text) return;
      const inside = editing._place(use());
      return inside ? use()._fit(text, inside, editing._lines()) : 0;
    },
    seen: () => !!overlay?.seen(),
    insert(text) {
      editing._closeUndoStep();
      // The only insertion that keeps the browser's own undo history.
      element.ownerDocument.execCommand("insertText", false, text);
      editing._closeUndoStep();
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
