/** Suggestions in TinyMCE 5 and later, in an iframe or inline. */

import { attach, editableAdapter, type Handle, type Options } from "../index.js";

/** What is used of a TinyMCE editor, whatever its version. */
export interface TinyMCEEditor {
  getBody(): HTMLElement;
  undoManager: { transact(run: () => void): unknown };
  on(name: string, run: () => void): unknown;
}

/** Put suggestions into an editor that is initialised; they go when it does. */
export function inkling(editor: TinyMCEEditor, options: Options = {}): Handle {
  const adapter = editableAdapter(editor.getBody(), options.nonce);
  const insert = (text: string): void => {
    editor.undoManager.transact(() => adapter.insert(text));
  };
  const handle = attach({ ...adapter, insert }, options);
  editor.on("remove", () => handle.detach());
  return handle;
}
