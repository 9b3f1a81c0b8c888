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
  /** Select so many UTF-16 units before the caret; false where they stand apart. */
  _select(units: number): boolean;
  /** Leave only a caret behind what is selected. */
  _collapse(): void;
}

/**
 * The adapter of an editor. Without `typing`, typing is reported elsewhere. Its members may be copied into another
 * adapter, so they are functions of their own.
 */
export function overlaid(element: HTMLElement, editing: Editing, nonce?: string, typing?: boolean): Adapter {
  const listening = new Listening();
  let overlay: Overlay | undefined;
  let told: EditorEvents;
  /** Whether a correction was taken, whose undoing would leave selected what comes back. */
  let mended = false;
  const use = (): Overlay => {
    overlay ??= new Overlay(element, editing, listening, told, nonce);
    return overlay;
  };
  return {
    element,
    read: () => editing.read(),
    render(text, mark, below) {
      overlay?._set("");
      if (!text) return;
      const inside = editing._place(use());
      return inside ? use()._fit(text, inside, below ? 0 : editing._lines(), mark) : 0;
    },
    seen: () => !!overlay?.seen(),
    insert(text, replace) {
      const page = element.ownerDocument;
      editing._closeUndoStep();
      mended = replace > 0;
      if (mended && !editing._select(replace)) return;
      // The only insertion that keeps the browser's own undo history.
      page.execCommand(text ? "insertText" : "delete", false, text);
      editing._closeUndoStep();
    },
    subscribe(events) {
      told = events;
      whenUsed(element, listening, use);
      listening.on(element, "input", (event) => {
        if (mended && (event as InputEvent).inputType === "historyUndo") editing._collapse();
      });
      watch(element, events, listening, typing);
    },
    destroy() {
      listening.abort();
    },
  };
}
