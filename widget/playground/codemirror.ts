import { defaultKeymap, history, historyKeymap, undo } from "@codemirror/commands";
import { EditorState } from "@codemirror/state";
import { EditorView, keymap } from "@codemirror/view";
import { handleOf, inkling } from "../src/adapters/codemirror.js";
import { offer, options, place } from "./page.js";

const extensions = [
  history(),
  keymap.of([...defaultKeymap, ...historyKeymap]),
  EditorView.lineWrapping,
  EditorState.allowMultipleSelections.of(true),
  EditorView.contentAttributes.of({ "aria-label": "Message" }),
  inkling(options),
];
const view = new EditorView({ parent: place, state: EditorState.create({ extensions }) });
offer({
  get handle() {
    const handle = handleOf(view);
    if (handle === null) throw new Error("no view");
    return handle;
  },
  text: () => view.state.doc.toString(),
  outgoing: () => view.state.doc.toString(),
  undo: () => undo(view),
  start(text) {
    view.setState(EditorState.create({ doc: text, selection: { anchor: text.length }, extensions }));
    view.focus();
  },
});
