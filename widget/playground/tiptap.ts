import { Editor } from "@tiptap/core";
import StarterKit from "@tiptap/starter-kit";
import { Inkling } from "../src/adapters/tiptap.js";
import { offer, options, place } from "./page.js";

const editor = new Editor({
  element: place,
  extensions: [StarterKit, Inkling.configure(options)],
  editorProps: { attributes: { class: "sheet", "aria-label": "Message" } },
});
offer({
  get handle() {
    const handle = editor.storage.inkling.plugin?.handle ?? null;
    if (handle === null) throw new Error("no view");
    return handle;
  },
  text: () => editor.getText({ blockSeparator: "\n" }),
  outgoing: () => editor.getHTML(),
  undo: () => editor.commands.undo(),
  start(text) {
    const content = text.split("\n").map((line) => ({ type: "paragraph", content: line ? [{ type: "text", text: line }] : [] }));
    editor.commands.setContent({ type: "doc", content });
    // Its own focus command waits for a frame.
    editor.commands.setTextSelection(editor.state.doc.content.size - 1);
    editor.view.focus();
  },
});
