/** Suggestions in Lexical, without React: grey text beside the editor, outside its updates and its collaboration. */

import { $getSelection, $isRangeSelection, HISTORY_PUSH_TAG, type LexicalEditor } from "lexical";
import { attach, editableAdapter, type Handle, Listening, type Options } from "../index.js";

/** Put suggestions into an editor that has its root element. */
export function inkling(editor: LexicalEditor, options: Options = {}): Handle {
  const element = editor.getRootElement();
  if (element === null) throw new TypeError("inkling: the Lexical editor has no root element yet");
  const listening = new Listening();
  const adapter = editableAdapter(element, options.nonce, false);
  let typing = false;
  return attach(
    {
      ...adapter,
      insert(text, replace) {
        // Lexical reads the text of a finished composition from the page.
        if (editor.isComposing()) return adapter.insert(text, replace);
        typing = true;
        editor.update(
          () => {
            const selection = $getSelection();
            if (!$isRangeSelection(selection)) return;
            const { key, offset, type } = selection.anchor;
            // A word of several nodes is left as it is.
            if (replace && (type !== "text" || offset < replace)) return;
            if (replace) selection.anchor.set(key, offset - replace, type);
            selection.insertText(text);
          },
          { discrete: true, tag: HISTORY_PUSH_TAG },
        );
      },
      subscribe(events) {
        adapter.subscribe(events);
        // Lexical prevents the browser's own insertion, so that no input event follows.
        listening.on(
          element,
          "beforeinput",
          ({ inputType }) => {
            typing = inputType === "insertText";
          },
          true,
        );
        // Firefox reports the text to Lexical after the composition's end, and no insertion before it.
        listening.on(element, "compositionend", ({ data }) => {
          typing = data !== "";
        });
        listening.signal.onabort = editor.registerUpdateListener(
          ({ dirtyLeaves, dirtyElements, prevEditorState, editorState }) => {
            if (prevEditorState === editorState || (dirtyLeaves.size === 0 && dirtyElements.size === 0)) return;
            const typed = typing;
            typing = false;
            if (typed) events.typed();
            else events.edited();
          },
        );
      },
      destroy() {
        listening.abort();
        adapter.destroy();
      },
    },
    options,
  );
}
