/** Suggestions in Squire, the editor of Fastmail, Proton, Tuta and SnappyMail. */

import { attach } from "../attach.js";
import { EditableAdapter } from "../dom/editable.js";
import type { Handle } from "../handle.js";
import type { Options } from "../options.js";

/** What is used of a Squire editor. */
export interface SquireEditor {
  getRoot(): HTMLElement;
  saveUndoState(): unknown;
}

class SquireAdapter extends EditableAdapter {
  constructor(
    private _editor: SquireEditor,
    nonce?: string,
  ) {
    super(_editor.getRoot(), nonce);
  }

  override insert(text: string): boolean {
    this._editor.saveUndoState();
    const done = super.insert(text);
    if (done) this._editor.saveUndoState();
    return done;
  }
}

export function inkling(editor: SquireEditor, options: Options = {}): Handle {
  return attach(new SquireAdapter(editor, options.nonce), options);
}
