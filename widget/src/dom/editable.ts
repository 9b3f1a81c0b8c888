/** Adapter for contenteditable elements: grey text in an overlay that begins where the unfinished word does. */

import type { Draft } from "../engine/types.js";
import type { Adapter, EditorEvents } from "./adapter.js";
import { Overlay } from "./overlay.js";
import { blockOf, textAfter, textBefore } from "./rich_text.js";
import { Listening, watch } from "./watch.js";

const TEXT = 3;

export class EditableAdapter implements Adapter {
  protected overlay: Overlay | null = null;
  protected listening = new Listening();

  constructor(
    readonly element: HTMLElement,
    private _nonce?: string,
  ) {}

  read(): Draft | null {
    const caret = this.caret();
    if (caret === null) return null;
    const { element: root } = this;
    const { node, offset } = caret;
    const before = textBefore(root, node, offset, /^(pre|break)/.test(getComputedStyle(root).whiteSpace));
    const { line, below } = textAfter(root, node, offset);
    // A trailing break is a place-holder; below, all that counts is whether there is anything.
    return { before, after: line.replace(/[\u00a0\u200b\ufeff]/g, " ") + (below ? "\n." : "") };
  }

  render(text: string | null): number | void {
    const { overlay } = this;
    if (overlay === null || text === null) return overlay?.set("");
    const caret = this.caret();
    if (caret === null || caret.node.nodeType !== TEXT) {
      overlay.set("");
      return 0;
    }
    overlay.set(text);
    this._place(caret.node as Text, caret.offset);
    const below = textAfter(this.element, caret.node, caret.offset).below;
    if (!below) return text.length;
    const room = overlay.fit(text, 1);
    overlay.set(text.slice(0, room));
    return room;
  }

  insert(text: string): boolean {
    this._closeUndoStep();
    if (!this.element.ownerDocument.execCommand("insertText", false, text)) return false;
    this._closeUndoStep();
    return true;
  }

  subscribe(events: EditorEvents): void {
    const moved = () => this.overlay?.shown && this.render(this.overlay.shown);
    this.overlay = new Overlay(this.element, moved, () => events.tapped(), this._nonce);
    this.watchTyping(events);
  }

  protected watchTyping(events: EditorEvents): void {
    watch(this.element, events, this.listening);
  }

  destroy(): void {
    this.listening.stop();
    this.overlay?.remove();
  }

  /** The caret, if there is nothing but a caret, in this element. */
  protected caret(): { node: Node; offset: number } | null {
    const { element } = this;
    if (!element.isContentEditable) return null;
    const selection = this._selection();
    if (selection === null || selection.rangeCount !== 1 || !selection.isCollapsed) return null;
    const { anchorNode: node, anchorOffset: offset } = selection;
    if (node === null || !element.contains(node)) return null;
    const page = element.ownerDocument;
    const active = (element.getRootNode() as Document | ShadowRoot).activeElement;
    if (!page.hasFocus() || active === null || !(active === element || active.contains(element))) return null;
    return { node, offset };
  }

  private _selection(): Selection | null {
    const root = this.element.getRootNode() as ShadowRoot & { getSelection?: () => Selection | null };
    // Chromium tells of a selection within a shadow tree only to those who ask the tree.
    return root.getSelection?.() ?? this.element.ownerDocument.getSelection();
  }

  /** A caret that moves ends the browser's current undo step, so that one accept is one step of its own. */
  private _closeUndoStep(): void {
    const selection = this._selection();
    const caret = this.caret();
    if (selection === null || caret === null) return;
    selection.collapse(this.element, 0);
    selection.collapse(caret.node, caret.offset);
  }

  private _place(node: Text, offset: number): void {
    const { overlay, element } = this;
    const parent = node.parentElement;
    if (overlay === null || parent === null) return;
    const block = blockOf(node, element);
    const style = getComputedStyle(parent);
    const blockStyle = getComputedStyle(block);
    overlay.copyText(parent, style);
    const number = (name: string): number => Number.parseFloat(blockStyle.getPropertyValue(name)) || 0;

    const word = /\S*$/.exec(node.data.slice(0, offset))?.[0] ?? "";
    const range = element.ownerDocument.createRange();
    const rectOf = (from: number, to: number): DOMRect | undefined => {
      range.setStart(node, from);
      range.setEnd(node, to);
      const rects = range.getClientRects();
      return rects[rects.length - 1];
    };
    const start = offset - word.length;
    // A word wider than its line is broken by the browser: then the caret itself is where the ghost begins.
    const whole = word !== "" && rectOf(start, start + 1)?.top === rectOf(offset - 1, offset)?.top;
    const first = whole ? rectOf(start, start + 1) : undefined;
    const caret = first ?? rectOf(Math.max(0, offset - 1), offset);
    if (caret === undefined) return overlay.set("");
    const rtl = blockStyle.direction === "rtl";
    const outer = block.getBoundingClientRect();
    const { x, y } = overlay.scale(element.getBoundingClientRect());
    const origin = overlay.origin;
    const contentLeft = outer.left / x + number("border-left-width") + number("padding-left");
    const contentRight = outer.right / x - number("border-right-width") - number("padding-right");
    const width = contentRight - contentLeft;
    // Where the first hidden letter is; without a word, where the last letter ends.
    const edge = (first !== undefined ? (rtl ? caret.right : caret.left) : rtl ? caret.left : caret.right) / x;
    overlay.before.data = first === undefined ? "\u200b" : word;
    const { flow, box } = overlay;
    flow.style.whiteSpace = "pre-wrap";
    flow.style.textAlign = "start";
    flow.style.width = `${width}px`;
    flow.style.textIndent = `${rtl ? contentRight - edge : edge - contentLeft}px`;
    flow.style.transform = "none";
    box.style.overflow = "visible";
    overlay.place({ left: contentLeft - origin.left / x, top: (caret.top - origin.top) / y, width, height: 0 });
    this._align(caret, y, first === undefined);
    this._clip();
  }

  /** The same letters stand at the same height, whatever the leading of either line is. */
  private _align(caret: DOMRect, scale: number, atEnd: boolean): void {
    const { overlay, element } = this;
    if (overlay === null) return;
    const range = element.ownerDocument.createRange();
    range.setStart(overlay.before, 0);
    range.setEnd(overlay.before, 1);
    const painted = range.getClientRects()[0];
    if (painted === undefined) return;
    const height = atEnd ? caret.bottom - painted.bottom : caret.top - painted.top;
    overlay.box.style.top = `${Number.parseFloat(overlay.box.style.top) + height / scale}px`;
  }

  /** Nothing is painted outside the editor's visible part. */
  private _clip(): void {
    const { overlay, element } = this;
    if (overlay === null) return;
    const box = overlay.box.getBoundingClientRect();
    const edges = element.getBoundingClientRect();
    const { x, y } = overlay.scale(edges);
    const [top, left] = [(edges.top - box.top) / y, (edges.left - box.left) / x];
    const [bottom, right] = [(edges.bottom - box.top) / y, (edges.right - box.left) / x];
    overlay.box.style.clipPath = `polygon(${left}px ${top}px,${right}px ${top}px,${right}px ${bottom}px,${left}px ${bottom}px)`;
  }
}
