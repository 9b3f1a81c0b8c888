import tinymce from "tinymce";
import "tinymce/icons/default";
import "tinymce/themes/silver";
import { inkling } from "../src/adapters/tinymce.js";
import { caretToEnd, offer, options, place } from "./page.js";

const field = document.createElement("textarea");
place.append(field);
void tinymce.init({
  target: field,
  skin: false,
  content_css: false,
  content_style: "body{font:16px/1.5 sans-serif;margin:8px}",
  menubar: false,
  toolbar: false,
  statusbar: false,
  height: 300,
  setup(editor) {
    editor.on("init", () => {
      const handle = inkling(editor, options);
      offer({
        handle,
        text: () => editor.getContent({ format: "text" }).replace(/\u00a0/g, " ").replace(/\n\n/g, "\n").trimEnd(),
        outgoing: () => editor.getContent(),
        undo: () => editor.undoManager.undo(),
        start(text) {
          editor.setContent(text.split("\n").map((line) => `<p>${editor.dom.encode(line) || "<br>"}</p>`).join(""));
          editor.undoManager.clear();
          editor.focus();
          caretToEnd(editor.getBody());
        },
      });
    });
  },
});
