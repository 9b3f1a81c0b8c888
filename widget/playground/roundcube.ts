/** Roundcube's composer: one textarea, over which TinyMCE 5 is made and destroyed, with a signature below the draft. */

import tinymce, { type Editor } from "tinymce";
import { inkling } from "../src/adapters/tinymce.js";
import { attach, type Handle } from "../src/index.js";
import { caretToEnd, offer, options, place, undoNatively } from "./page.js";
import { makeTiny } from "./shared/tiny.js";

const SIGNATURE = { html: "<p>-- <br>Ada Brook<br>Harbour Office</p>", text: "-- \nAda Brook\nHarbour Office" };
const field = document.createElement("textarea");
field.id = "composebody";
field.setAttribute("aria-label", "Message");
place.append(field);
let editor: Editor | null = null;
let handle: Handle = attach(field, options);

/** What a plugin does on `editor-load`, which tells of each new TinyMCE, and when that goes. */
function loaded(one: Editor): void {
  handle = inkling(one, options);
  one.on("remove", () => (handle = attach(field, options)));
}

const lines = (element: HTMLElement): string => element.innerText.replace(/\u00a0/g, " ").replace(/\n$/, "");
const withSignature = (text: string): string => `${text}\n\n${SIGNATURE.text}`;
const html = (text: string): string =>
  text
    .split("\n")
    .map((line) => `<p>${tinymce.DOM.encode(line) || "<br>"}</p>`)
    .join("") + `<div id="_rc_sig">${SIGNATURE.html}</div>`;

function text(): string {
  if (editor === null) return field.value.replace(`\n\n${SIGNATURE.text}`, "");
  const paragraphs = [...editor.getBody().children].filter((one) => one.id !== "_rc_sig");
  return paragraphs.map((one) => lines(one as HTMLElement)).join("\n");
}

/** The client's switch between its editors: what is written goes along, and the caret goes to the start. */
async function toggle(): Promise<void> {
  const written = text();
  if (editor !== null) {
    editor.remove();
    editor = null;
    field.value = withSignature(written);
    field.focus();
    field.setSelectionRange(0, 0);
    return;
  }
  // Before TinyMCE takes note of the field's attributes, which it gives back when it goes.
  handle.detach();
  field.value = html(written);
  editor = await makeTiny(field);
  loaded(editor);
  editor.focus();
  editor.selection.setCursorLocation(editor.getBody().firstChild as Node, 0);
}

void toggle().then(() =>
  offer({
    get handle() {
      return handle;
    },
    text,
    outgoing: () => editor?.getContent() ?? field.value,
    undo: () => (editor === null ? undoNatively() : void editor.undoManager.undo()),
    toggle,
    start(draft) {
      if (editor === null) {
        field.value = withSignature(draft);
        field.focus();
        field.setSelectionRange(draft.length, draft.length);
        return;
      }
      editor.setContent(html(draft));
      editor.undoManager.clear();
      editor.focus();
      caretToEnd(editor.getBody(), editor.dom.get("_rc_sig")?.previousSibling ?? undefined);
    },
  }),
);
