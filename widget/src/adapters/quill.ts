/** Suggestions in Quill 2: grey text over the editor, insertion through its own changes. */

import { attach, editableAdapter, type Handle, type Options } from "../index.js";

/** The used part of a Quill editor. */
export interface QuillEditor {
  readonly root: HTMLElement;
  readonly composition: { readonly isComposing: boolean };
  readonly history: { cutoff(): void };
  getSelection(): { index: number } | null;
  insertText(index: number, text: string, source: "user"): unknown;
  deleteText(index: number, length: number, source: "user"): unknown;
  setSelection(index: number, length: number, source: "user"): unknown;
}

/** Put suggestions into an editor; call `detach` before the editor is removed from the page. */
export function inkling(editor: QuillEditor, options: Options = {}): Handle {
  const { history, root } = editor;
  const adapter = editableAdapter(root, options.nonce);
  const insert = (text: string, replace: number): void => {
    // Quill does not have yet what is composed, and would lose it.
    if (editor.composition.isComposing) return;
    // This makes Quill read what was typed just now, so that it belongs to the undo step before.
    const caret = editor.getSelection();
    if (!caret) return;
    history.cutoff();
    const from = caret.index - replace;
    if (replace) editor.deleteText(from, replace, "user");
    editor.insertText(from, text, "user");
    editor.setSelection(from + text.length, 0, "user");
    history.cutoff();
  };
  return attach({ ...adapter, insert }, options);
}
