import { Editor } from "@tiptap/core";
import StarterKit from "@tiptap/starter-kit";
import { Inkling } from "../src/adapters/tiptap.js";
import { options, place } from "./page.js";
import { editorProps, offerEditor } from "./shared/tiptap.js";

const editor = new Editor({
  element: place,
  extensions: [StarterKit.configure({ undoRedo: { newGroupDelay: 60_000 } }), Inkling.configure(options)],
  editorProps,
});
offerEditor(editor, {
  undo: () => editor.commands.undo(),
  start(text) {
    const content = text
      .split("\n")
      .map((line) => ({ type: "paragraph", content: line ? [{ type: "text", text: line }] : [] }));
    editor.commands.setContent({ type: "doc", content });
  },
});
