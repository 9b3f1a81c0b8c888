/** Adapter for contenteditable elements: grey text in an overlay that begins where the unfinished word does. */

import type { Draft } from "../engine/types.js";
import type { Adapter, EditorEvents } from "./adapter.js";
import { write } from "./host.js";
import { Overlay } from "./overlay.js";
import { blockOf, textAround, type Surroundings } from "./rich_text.js";
import { Listening, watch } from "./watch.js";

interface Caret<Place extends Node = Node> {
  node: Place;
  offset: number;
}

/** The text that ends at a caret, which may stand between elements; null where a line begins. */
function lastText({ node, offset }: Caret): Caret<Text> | null {
  if (node.nodeType === 3) return offset > 0 ? { node: node as Text, offset } : null;
  let last = node.childNodes[offset - 1];
  while (last?.lastChild) last = last.lastChild;
  return last?.nodeType === 3 ? { node: last as Text, offset: (last as Text).length } : null;
}

const keepsSpaces = (element: Element): boolean => /^(pre|break)/.test(getComputedStyle(element).whiteSpace);

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
    const { before, line, below } = this._around(caret);
    // Below, all that counts is whether there is anything.
    return { before, after: line.replace(/[\u00a0\u200b\ufeff]/g, " ") + (below ? "\n." : "") };
  }

  render(text: string | null): number | void {
    const { overlay } = this;
    if (overlay === null || text === null) return overlay?.set("");
    overlay.set("");
    const caret = this.caret();
    const bottom = caret && this._place(caret);
    if (!bottom) return 0;
    return overlay.fit(text, bottom, this._around(caret).below ? 1 : Infinity);
  }

  insert(text: string): boolean {
    this._closeUndoStep();
    if (!this.element.ownerDocument.execCommand("insertText", false, text)) return false;
    this._closeUndoStep();
    return true;
  }

  subscribe(events: EditorEvents): void {
    const scrolled = (): void => {
      const caret = this.caret();
      if (caret !== null) this._place(caret);
    };
    this.overlay = new Overlay(this.element, scrolled, events, this._nonce);
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
  protected caret(): Caret | null {
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

  private _around({ node, offset }: Caret): Surroundings {
    return textAround(this.element, node, offset, keepsSpaces(this.element));
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

  /** Lay the ghost's lines over the caret's; returns where the editor ends, in pixels of the window, 0 if it cannot. */
  private _place(caret: Caret): number {
    const { overlay, element } = this;
    const text = lastText(caret);
    const parent = text?.node.parentElement;
    if (!overlay || !text || !parent) return 0;
    const { node, offset } = text;
    const block = blockOf(node, element);
    const style = getComputedStyle(block);
    overlay.copyText(block, parent);

    const word = /\S*$/.exec(node.data.slice(0, offset))?.[0] ?? "";
    const range = element.ownerDocument.createRange();
    const rectOf = (from: number): DOMRect | undefined => {
      range.setStart(node, from);
      range.setEnd(node, from + 1);
      return [...range.getClientRects()].pop();
    };
    const last = rectOf(offset - 1);
    const first = word === "" ? undefined : rectOf(offset - word.length);
    if (last === undefined) return 0;
    // A word wider than its line is broken by the browser: then the ghost begins where the last letter ends.
    const whole = first !== undefined && first.top === last.top;
    const letter = whole ? first : last;
    // The line may break before the word where it does in the editor: not before the first word of a line.
    const broken = offset > word.length && rectOf(offset - word.length - 1)?.top === last.top;
    write(overlay.before, (!whole || broken ? "\u200b" : "") + (whole ? word : ""));

    const { left, bottom, scale } = overlay.cover();
    const outer = block.getBoundingClientRect();
    const flow = overlay.flow.style;
    Object.assign(flow, {
      position: "absolute",
      boxSizing: "border-box",
      border: "solid transparent",
      borderWidth: style.borderWidth,
      padding: style.padding,
      left: `${(outer.left - left) / scale}px`,
      top: 0,
      width: `${outer.width / scale}px`,
      textAlign: style.textAlign,
      textIndent: 0,
      whiteSpace: keepsSpaces(block) ? style.whiteSpace : "pre-wrap",
    });
    // The same letters stand at the same place, whatever the leading of either line is.
    range.selectNode(overlay.before);
    const painted = range.getClientRects()[0] ?? letter;
    const [end, start] = whole ? [letter.right, letter.left] : [letter.left, letter.right];
    flow.top = `${(letter.bottom - painted.bottom) / scale}px`;
    flow.textIndent = `${(style.direction === "rtl" ? painted.right - end : start - painted.left) / scale}px`;
    return bottom;
  }
}
