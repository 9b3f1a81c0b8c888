/** Suggestions in TinyMCE 5 and later, in an iframe or inline. */

import { attach, editableAdapter, type Handle, type Options } from "../index.js";

/** The used part of a TinyMCE editor, in every version. */
export interface TinyMCEEditor {
  getBody(): HTMLElement;
  undoManager: { transact(run: () => void): unknown };
  on(name: string, run: () => void): unknown;
}

/** Put suggestions into an editor that is initialised. They are removed with it. */
export function inkling(editor: TinyMCEEditor, options: Options = {}): Handle {
  const adapter = editableAdapter(editor.getBody(), options.nonce);
  const insert = (text: string, replace: number): void => {
    editor.undoManager.transact(() => adapter.insert(text, replace));
  };
  const handle = attach({ ...adapter, insert }, options);
  editor.on("remove", () => handle.detach());
  return handle;
}
