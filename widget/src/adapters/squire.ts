/** Suggestions in Squire, the editor of Fastmail, Proton, Tuta and SnappyMail. */

import { attach, editableAdapter, type Handle, type Options } from "../index.js";

/** The used part of a Squire editor. */
export interface SquireEditor {
  getRoot(): HTMLElement;
  saveUndoState(): unknown;
}

export function inkling(editor: SquireEditor, options: Options = {}): Handle {
  const adapter = editableAdapter(editor.getRoot(), options.nonce);
  const insert = (text: string, replace: number): void => {
    editor.saveUndoState();
    adapter.insert(text, replace);
    editor.saveUndoState();
  };
  return attach({ ...adapter, insert }, options);
}
