/** Suggestions in TinyMCE 5 and later, in an iframe or inline. */

import { attach } from "../attach.js";
import { EditableAdapter } from "../dom/editable.js";
import type { Handle } from "../handle.js";
import type { Options } from "../options.js";

/** What is used of a TinyMCE editor, whatever its version. */
export interface TinyMCEEditor {
  getBody(): HTMLElement;
  undoManager: { transact(run: () => void): unknown };
  on(name: string, run: () => void): unknown;
}

class TinyMCEAdapter extends EditableAdapter {
  constructor(
    private _editor: TinyMCEEditor,
    nonce?: string,
  ) {
    super(_editor.getBody(), nonce);
  }

  override insert(text: string): boolean {
    let done = false;
    this._editor.undoManager.transact(() => (done = super.insert(text)));
    return done;
  }
}

/** Put suggestions into an editor that is initialised; they go when it does. */
export function inkling(editor: TinyMCEEditor, options: Options = {}): Handle {
  const handle = attach(new TinyMCEAdapter(editor, options.nonce), options);
  editor.on("remove", () => handle.detach());
  return handle;
}
