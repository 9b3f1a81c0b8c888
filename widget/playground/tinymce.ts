import { inkling } from "../src/adapters/tinymce.js";
import { caretToEnd, offer, options, place } from "./page.js";
import { makeTiny } from "./shared/tiny.js";

const field = document.createElement("textarea");
place.append(field);
void makeTiny(field).then((editor) => {
  const handle = inkling(editor, options);
  offer({
    handle,
    text: () =>
      editor
        .getContent({ format: "text" })
        .replace(/\u00a0/g, " ")
        .replace(/\n\n/g, "\n")
        .trimEnd(),
    outgoing: () => editor.getContent(),
    undo: () => editor.undoManager.undo(),
    start(text) {
      editor.setContent(
        text
          .split("\n")
          .map((line) => `<p>${editor.dom.encode(line) || "<br>"}</p>`)
          .join(""),
      );
      editor.undoManager.clear();
      editor.focus();
      caretToEnd(editor.getBody());
    },
  });
});
