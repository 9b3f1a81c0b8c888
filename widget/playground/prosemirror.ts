import { baseKeymap } from "prosemirror-commands";
import { history, undo } from "prosemirror-history";
import { keymap } from "prosemirror-keymap";
import { DOMSerializer } from "prosemirror-model";
import { schema } from "prosemirror-schema-basic";
import { EditorState, Selection } from "prosemirror-state";
import { EditorView } from "prosemirror-view";
import { inkling } from "../src/adapters/prosemirror.js";
import { offer, options, place } from "./page.js";

const plugin = inkling(options);
const plugins = [history({ newGroupDelay: 60_000 }), keymap({ "Mod-z": undo }), keymap(baseKeymap), plugin];
const view = new EditorView(place, {
  state: EditorState.create({ schema, plugins }),
  attributes: { class: "sheet", "aria-label": "Message" },
});
offer({
  get handle() {
    if (plugin.handle === null) throw new Error("no view");
    return plugin.handle;
  },
  text: () => view.state.doc.textBetween(0, view.state.doc.content.size, "\n"),
  outgoing() {
    const box = document.createElement("div");
    box.append(DOMSerializer.fromSchema(schema).serializeFragment(view.state.doc.content));
    return box.innerHTML;
  },
  undo: () => undo(view.state, view.dispatch),
  start(text) {
    const doc = schema.node(
      "doc",
      null,
      text.split("\n").map((line) => schema.node("paragraph", null, line ? schema.text(line) : undefined)),
    );
    const state = EditorState.create({ doc, plugins });
    view.updateState(state.apply(state.tr.setSelection(Selection.atEnd(state.doc))));
    view.focus();
  },
});
