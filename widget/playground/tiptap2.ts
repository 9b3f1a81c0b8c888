/** TipTap 2, which stands for "@tiptap/core" in this page alone. */

import { Editor, Extension, Node } from "@tiptap/core";
import { history, undo } from "@tiptap/pm/history";
import { Inkling } from "../src/adapters/tiptap.js";
import { offer, options, place } from "./page.js";

const Doc = Node.create({ name: "doc", topNode: true, content: "block+" });
const Paragraph = Node.create({ name: "paragraph", group: "block", content: "text*", renderHTML: () => ["p", 0], parseHTML: () => [{ tag: "p" }] });
const Text = Node.create({ name: "text", group: "inline" });
const History = Extension.create({
  name: "past",
  addProseMirrorPlugins: () => [history()],
  addKeyboardShortcuts: () => ({ "Mod-z": ({ editor }) => undo(editor.state, editor.view.dispatch) }),
});
const editor = new Editor({
  element: place,
  extensions: [Doc, Paragraph, Text, History, Inkling.configure(options)],
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
  undo: () => void undo(editor.state, editor.view.dispatch),
  start(text) {
    editor.commands.setContent({ type: "doc", content: [{ type: "paragraph", content: text ? [{ type: "text", text }] : [] }] });
    editor.commands.setTextSelection(editor.state.doc.content.size - 1);
    editor.view.focus();
  },
});
