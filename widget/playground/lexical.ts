import { createEmptyHistoryState, registerHistory } from "@lexical/history";
import { registerPlainText } from "@lexical/plain-text";
import { $createParagraphNode, $createTextNode, $getRoot, createEditor, UNDO_COMMAND } from "lexical";
import { inkling } from "../src/adapters/lexical.js";
import { offer, options, sheet } from "./page.js";

const root = sheet();
const editor = createEditor({
  namespace: "playground",
  onError(error) {
    throw error;
  },
});
editor.setRootElement(root);
registerPlainText(editor);
registerHistory(editor, createEmptyHistoryState(), 1000);
editor.update(() => void $getRoot().append($createParagraphNode()), { discrete: true, tag: "history-merge" });
const handle = inkling(editor, options);
offer({
  handle,
  text: () => editor.read(() => $getRoot().getTextContent().replace(/\n\n/g, "\n")),
  outgoing: () => JSON.stringify(editor.getEditorState()),
  undo: () => editor.dispatchCommand(UNDO_COMMAND, undefined),
  start(text) {
    editor.update(
      () => {
        const lines = text.split("\n").map((line) => $createParagraphNode().append($createTextNode(line)));
        $getRoot()
          .clear()
          .append(...lines);
        $getRoot().selectEnd();
      },
      { discrete: true, tag: "history-merge" },
    );
    root.focus();
  },
});
