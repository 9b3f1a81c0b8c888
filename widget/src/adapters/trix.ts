/** Suggestions in Trix: grey text over the element, insertion through its editor. */

import { attach, editableAdapter, type Handle, type Options } from "../index.js";

/** The used part of a `<trix-editor>`. */
export interface TrixElement extends HTMLElement {
  readonly editor: {
    recordUndoEntry(description: string): unknown;
    insertString(text: string): unknown;
    getPosition(): number;
    setSelectedRange(range: [number, number]): unknown;
  };
}

/** Put suggestions into an element that has told `trix-initialize`. */
export function inkling(element: TrixElement, options: Options = {}): Handle {
  const adapter = editableAdapter(element, options.nonce);
  const insert = (text: string, replace: number): void => {
    const { editor } = element;
    // Typing before and after it belongs to steps of another name.
    editor.recordUndoEntry("Suggestion");
    if (replace) {
      const to = editor.getPosition();
      editor.setSelectedRange([to - replace, to]);
    }
    editor.insertString(text);
  };
  return attach({ ...adapter, insert }, options);
}
