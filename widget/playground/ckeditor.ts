import { ClassicEditor, Bold, Essentials, Mention, Paragraph } from "ckeditor5";
import { inkling } from "../src/adapters/ckeditor.js";
import { offer, options, place } from "./page.js";

const target = document.createElement("div");
place.append(target);
void ClassicEditor.create(target, {
  licenseKey: "GPL",
  plugins: [Essentials, Paragraph, Bold, Mention],
  mention: { feeds: [{ marker: "@", feed: ["@Ada", "@Alan"] }] },
}).then((editor) => {
  const handle = inkling(editor, options);
  const { model } = editor;
  const root = model.document.getRoot()!;
  const lines = (): string[] =>
    [...root.getChildren()].map((line) =>
      [...model.createRangeIn(line as never).getItems()].map((one) => (one as { data?: string }).data ?? "").join(""),
    );
  offer({
    handle,
    text: () => lines().join("\n"),
    outgoing: () => editor.getData(),
    undo: () => editor.execute("undo"),
    start(text) {
      model.enqueueChange({ isUndoable: false }, (writer) => {
        writer.remove(writer.createRangeIn(root));
        for (const line of text.split("\n")) {
          const paragraph = writer.createElement("paragraph");
          writer.insertText(line, paragraph);
          writer.append(paragraph, root);
        }
        writer.setSelection(root, "end");
      });
      editor.editing.view.focus();
    },
  });
});
