/** Suggestions in Slate for React: grey text over the editor, insertion through its operations. */

import type { BaseEditor } from "slate";
import { HistoryEditor } from "slate-history";
import { attach, editableAdapter, type Handle, Listening, type Options } from "../index.js";

/** Put suggestions into an editor whose `Editable` is this element; call `detach` before that is removed. */
export function inkling(editor: BaseEditor, element: HTMLElement, options: Options = {}): Handle {
  const listening = new Listening();
  const adapter = editableAdapter(element, options.nonce, false);
  /** Text that the editor has, and React has not yet written into the page. */
  let pending = "";
  /** How many UTF-16 units before it the editor has removed. */
  let removed = 0;
  let writes = false;
  let composing = false;
  let shown = element.textContent;
  const closeUndoStep = (): void => HistoryEditor.setSplittingOnce(editor as HistoryEditor, true);
  return attach(
    {
      ...adapter,
      read() {
        const draft = adapter.read();
        if (!draft) return null;
        const { before } = draft;
        return { ...draft, before: before.slice(0, before.length - removed) + pending };
      },
      insert(text, replace) {
        // Slate does not have yet what is composed, and would lose it.
        if (composing) return;
        const { length } = editor.operations;
        closeUndoStep();
        for (let units = replace; units > 0; units--) editor.deleteBackward("character");
        editor.insertText(text);
        closeUndoStep();
        writes = editor.operations.length > length;
        if (!writes) return;
        pending = text;
        removed = replace;
      },
      subscribe(events) {
        adapter.subscribe(events);
        listening.on(
          element,
          "beforeinput",
          ({ inputType }) => {
            writes = inputType === "insertText";
          },
          true,
        );
        listening.on(element, "compositionstart", () => {
          composing = true;
        });
        listening.on(element, "compositionend", ({ data }) => {
          composing = false;
          writes = data !== "";
        });
        // Slate writes later than it knows: what is in the page counts, for the grey text stands over that.
        const observer = new MutationObserver(() => {
          const text = element.textContent;
          const changed = text !== shown;
          const typed = writes;
          shown = text;
          pending = "";
          removed = 0;
          if (!changed) return;
          writes = false;
          if (typed) events.typed();
          else events.edited();
        });
        observer.observe(element, { characterData: true, childList: true, subtree: true });
        listening.signal.onabort = () => observer.disconnect();
      },
      destroy() {
        listening.abort();
        adapter.destroy();
      },
    },
    options,
  );
}
