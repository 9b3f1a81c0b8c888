/** Adapter for textareas and one-line inputs: a mirror beside the field repeats the draft, invisibly, and goes on grey. */

import type { Draft } from "../engine/types.js";
import type { Adapter, EditorEvents } from "./adapter.js";
import { write } from "./host.js";
import { Overlay } from "./overlay.js";
import { focused, Listening, watch } from "./watch.js";

/** A field that holds text and tells where its caret is. */
export type Field = HTMLTextAreaElement | HTMLInputElement;

const INPUT_TYPES = ["text", "search", ""];
const SECRET = /password|one-time-code|^cc-/;

/** Whether suggestions may ever stand in an element: a field of text, not one for secrets. */
export function isField(element: Element): element is Field {
  const name = element.localName;
  if (name === "textarea") return !SECRET.test((element as Field).autocomplete);
  return name === "input" && INPUT_TYPES.includes((element as Field).type) && !SECRET.test((element as Field).autocomplete);
}

export class FieldAdapter implements Adapter {
  private _overlay: Overlay | null = null;
  private _listening = new Listening();
  private _multiline: boolean;

  constructor(
    readonly element: Field,
    private _nonce?: string,
  ) {
    this._multiline = element.localName === "textarea";
  }

  read(): Draft | null {
    const { element: field } = this;
    const { selectionStart, selectionEnd, maxLength } = field;
    if (selectionStart === null || selectionStart !== selectionEnd) return null;
    if (field.readOnly || field.disabled || !focused(field)) return null;
    const { value } = field;
    const draft: Draft = { before: value.slice(0, selectionStart), after: value.slice(selectionStart) };
    if (maxLength >= 0) draft.room = Math.max(0, maxLength - value.length);
    if (!this._multiline) draft.singleLine = true;
    return draft;
  }

  render(text: string | null): number | void {
    const overlay = this._overlay;
    if (overlay === null || text === null) return overlay?.set("");
    const { value, selectionStart } = this.element;
    const caret = selectionStart ?? value.length;
    const start = value.lastIndexOf("\n", caret - 1) + 1;
    write(overlay.past, value.slice(0, start));
    write(overlay.before, value.slice(start, caret));
    const bottom = this._place();
    const after = value.slice(caret);
    // A ghost on its own lines must not lie over what the writer has there.
    const blank = (/^\s*/.exec(after)?.[0] ?? "").split("\n").length - 1;
    return overlay.fit(text, bottom, !this._multiline ? 1 : after.trim() === "" ? Infinity : blank);
  }

  insert(text: string): boolean {
    const { element: field } = this;
    this._closeUndoStep();
    // The only insertion that keeps the browser's own undo history.
    const before = field.value.length;
    if (!field.ownerDocument.execCommand("insertText", false, text) || field.value.length === before) return false;
    this._closeUndoStep();
    return true;
  }

  subscribe(events: EditorEvents): void {
    this._overlay = new Overlay(this.element, () => this._place(), events, this._nonce);
    this._listening.on(this.element, "scroll", () => this._scroll());
    watch(this.element, events, this._listening);
  }

  destroy(): void {
    this._listening.stop();
    this._overlay?.remove();
  }

  /** A caret that moves ends the browser's current undo step, so that one accept is one step of its own. */
  private _closeUndoStep(): void {
    const { element: field } = this;
    const { selectionStart, scrollTop, scrollLeft } = field;
    field.setSelectionRange(0, 0);
    field.setSelectionRange(selectionStart, selectionStart);
    field.scrollTop = scrollTop;
    field.scrollLeft = scrollLeft;
  }

  /** Lay the mirror over the field; returns where the field ends, in pixels of the window. */
  private _place(): number {
    const { element: field, _overlay: overlay } = this;
    if (overlay === null) return 0;
    const style = getComputedStyle(field);
    overlay.copyText(field, field);
    const { bottom } = overlay.cover();
    const { padding, textAlign, textIndent, whiteSpace } = style;
    // A field of one line centres it.
    const lineHeight = `calc(${field.clientHeight}px - ${style.paddingTop} - ${style.paddingBottom})`;
    const own = this._multiline ? { whiteSpace } : { whiteSpace: "pre", lineHeight };
    Object.assign(overlay.flow.style, { padding, textAlign, textIndent, ...own });
    this._scroll();
    return bottom;
  }

  private _scroll(): void {
    const { element: field, _overlay: overlay } = this;
    if (overlay === null) return;
    overlay.flow.style.transform = `translate(${-field.scrollLeft}px,${-field.scrollTop}px)`;
  }
}
