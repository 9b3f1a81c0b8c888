/** Adapter for textareas and one-line inputs: an invisible mirror beside the field repeats the draft with the ghost. */

import type { Draft } from "../engine/types.js";
import type { Adapter } from "./adapter.js";
import { write } from "./host.js";
import { type Editing, overlaid } from "./overlaid.js";
import { focused } from "./watch.js";

/** A field that holds text and reports the place of its caret. */
export type Field = HTMLTextAreaElement | HTMLInputElement;

const TYPE = /^(text(area)?|search)$/;
const SECRET = /password|one-time|\bcc-/;

/** Whether suggestions may ever stand in an element: a field of text, not one for secrets. */
export function isField(element: Element): element is Field {
  const { type, autocomplete } = element as Field;
  return TYPE.test(type) && !SECRET.test(autocomplete);
}

/** The adapter of a field. */
export function fieldAdapter(field: Field, nonce?: string): Adapter {
  const multiline = field.type === "textarea";
  const editing: Editing = {
    read() {
      const { value, selectionStart: caret, selectionEnd, maxLength } = field;
      // A button beside it may have turned it into a field for secrets.
      const writable = isField(field) && field.matches(":read-write") && focused(field);
      if (!writable || caret === null || caret !== selectionEnd) return null;
      const draft: Draft = { before: value.slice(0, caret), after: value.slice(caret), singleLine: !multiline };
      if (maxLength >= 0) draft.room = maxLength - value.length;
      return draft;
    },
    _place(overlay) {
      const { value, selectionStart, scrollLeft, scrollTop } = field;
      const caret = selectionStart as number;
      const start = value.lastIndexOf("\n", caret - 1) + 1;
      overlay._copyText(field, field);
      const style = getComputedStyle(field);
      const { padding, paddingTop, paddingBottom, paddingLeft, paddingRight, textAlign, textIndent } = style;
      let { whiteSpace, lineHeight } = style;
      const width = `${field.clientWidth}px`;
      const inside = overlay._cover();
      if (!multiline) {
        // It cuts its text off where the padding begins.
        inside.left += inside._scale * parseFloat(paddingLeft);
        inside.right -= inside._scale * parseFloat(paddingRight);
        whiteSpace = "pre";
        // A field of one line centres it.
        lineHeight = `calc(${field.clientHeight}px - ${paddingTop} - ${paddingBottom})`;
      }
      const transform = `translate(${-scrollLeft}px,${-scrollTop}px)`;
      write(overlay._past, value.slice(0, start));
      write(overlay._before, value.slice(start, caret));
      const boxSizing = "border-box";
      Object.assign(overlay._flow.style, {
        boxSizing,
        width,
        padding,
        textAlign,
        textIndent,
        whiteSpace,
        lineHeight,
        transform,
      });
      return inside;
    },
    _lines() {
      // A ghost on lines of its own must not cover the writer's text there.
      const [blank, below] = field.value.slice(field.selectionStart as number).split(/\S/, 2) as [string, string?];
      if (!multiline) return 1;
      return below === undefined ? Infinity : blank.split("\n").length - 1;
    },
    _select(units) {
      const caret = field.selectionStart as number;
      field.setSelectionRange(caret - units, caret);
      return true;
    },
    _collapse() {
      const { selectionEnd } = field;
      field.setSelectionRange(selectionEnd, selectionEnd);
    },
    _closeUndoStep() {
      const { selectionStart } = field;
      field.setSelectionRange(0, 0);
      field.setSelectionRange(selectionStart, selectionStart);
    },
  };
  return overlaid(field, editing, nonce);
}
