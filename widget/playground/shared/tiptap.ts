/** What the pages of TipTap 2 and 3 have in common. */

import type { Editor } from "@tiptap/core";
import { offer } from "../page.js";

export const editorProps = { attributes: { class: "sheet", "aria-label": "Message" } };

/** Offer an editor to the tests; how it undoes and begins with a draft is its version's matter. */
export function offerEditor(
  editor: Editor,
  { undo, start }: { undo: () => unknown; start: (text: string) => void },
): void {
  offer({
    get handle() {
      const handle = editor.storage.inkling.plugin?.handle ?? null;
      if (handle === null) throw new Error("no view");
      return handle;
    },
    text: () => editor.getText({ blockSeparator: "\n" }),
    outgoing: () => editor.getHTML(),
    undo: () => void undo(),
    start(text) {
      start(text);
      // Its own focus command waits for a frame.
      editor.commands.setTextSelection(editor.state.doc.content.size - 1);
      editor.view.focus();
    },
  });
}
