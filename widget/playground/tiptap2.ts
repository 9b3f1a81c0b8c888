/** TipTap 2, which stands for "@tiptap/core" in this page alone. */

import { Editor, Extension, Node } from "@tiptap/core";
import { history, undo } from "@tiptap/pm/history";
import { Inkling } from "../src/adapters/tiptap.js";
import { options, place } from "./page.js";
import { editorProps, offerEditor } from "./shared/tiptap.js";

const Doc = Node.create({ name: "doc", topNode: true, content: "block+" });
const Paragraph = Node.create({
  name: "paragraph",
  group: "block",
  content: "text*",
  renderHTML: () => ["p", 0],
  parseHTML: () => [{ tag: "p" }],
});
const Text = Node.create({ name: "text", group: "inline" });
const History = Extension.create({
  name: "past",
  addProseMirrorPlugins: () => [history({ newGroupDelay: 60_000 })],
  addKeyboardShortcuts: () => ({ "Mod-z": ({ editor }) => undo(editor.state, editor.view.dispatch) }),
});
const editor = new Editor({
  element: place,
  extensions: [Doc, Paragraph, Text, History, Inkling.configure(options)],
  editorProps,
});
offerEditor(editor, {
  undo: () => undo(editor.state, editor.view.dispatch),
  start(text) {
    editor.commands.setContent({
      type: "doc",
      content: [{ type: "paragraph", content: text ? [{ type: "text", text }] : [] }],
    });
  },
});
