/**
 * Grey text painted beside an editor, never in it.
 *
 * The nodes stay the same from start to end: Chromium ends the writer's undo step when a node is added or removed
 * anywhere in the page, and leaves it alone when a text node's data changes.
 */

import { Listening } from "./watch.js";
import { adopt, GHOST_STYLE } from "./styles.js";

/** What decides where letters stand. */
const TEXT_PROPERTIES = [
  "direction",
  "font-family",
  "font-feature-settings",
  "font-kerning",
  "font-optical-sizing",
  "font-size",
  "font-size-adjust",
  "font-stretch",
  "font-style",
  "font-variant",
  "font-variation-settings",
  "font-weight",
  "hyphens",
  "letter-spacing",
  "line-height",
  "overflow-wrap",
  "tab-size",
  "text-rendering",
  "text-transform",
  "unicode-bidi",
  "word-break",
  "line-break",
  "word-spacing",
  "-webkit-text-size-adjust",
  "-webkit-locale",
];

export class Overlay {
  /** Holds the hidden text and the ghost; what lays them out is the adapter's matter. */
  readonly box: HTMLElement;
  readonly flow: HTMLElement;
  /** Hidden text in earlier paragraphs, and in the one of the caret. */
  readonly past: Text;
  readonly before: Text;
  readonly ghost: HTMLElement;
  private _host: HTMLElement;
  private _text: Text;
  private _listening = new Listening();
  private _observer: ResizeObserver | null;
  private _copied = "";

  /** `moved` is called when the editor may have moved or changed its size while something is shown. */
  constructor(
    private _element: HTMLElement,
    moved: () => void,
    tapped: () => void,
    nonce?: string,
  ) {
    const page = _element.ownerDocument;
    const make = (name: string, parent: Node): HTMLElement => parent.appendChild(page.createElement(name));
    this._host = page.createElement("ink-ghost");
    this._host.setAttribute("aria-hidden", "true");
    const forced = { position: "absolute", left: "0", top: "0", width: "0", height: "0", margin: "0", "pointer-events": "none" };
    for (const [name, value] of Object.entries(forced)) this._host.style.setProperty(name, value, "important");
    const root = this._host.attachShadow({ mode: "open" });
    adopt(root, GHOST_STYLE, nonce);
    this.box = make("div", root);
    this.box.className = "box";
    this.flow = make("div", this.box);
    this.flow.className = "flow";
    this.past = make("div", this.flow).appendChild(page.createTextNode(""));
    const line = make("div", this.flow);
    this.before = line.appendChild(page.createTextNode(""));
    this.ghost = make("span", line);
    this.ghost.className = "ghost";
    this.ghost.hidden = true;
    this._text = this.ghost.appendChild(page.createTextNode(""));
    _element.after(this._host);

    const changed = () => this.shown !== "" && moved();
    const view = page.defaultView;
    this._listening.on(page, "scroll", changed, true);
    if (view !== null) this._listening.on(view, "resize", changed);
    this._observer = typeof ResizeObserver === "undefined" ? null : new ResizeObserver(changed);
    // What moves the editor changes the size of something around it, or of itself.
    for (let one: Element | null = _element; one !== null; one = one.parentElement) this._observer?.observe(one);
    this._listenForTouch(tapped);
  }

  get shown(): string {
    return this.ghost.hidden ? "" : this._text.data;
  }

  /** Set the grey text; "" hides it. */
  set(text: string): void {
    if (this._text.data !== text) this._text.data = text;
    this.ghost.hidden = text === "";
  }

  /** Copy from `source` what decides where letters stand, unless that was done for the same style. */
  copyText(source: Element, style: CSSStyleDeclaration): void {
    let copied = "";
    for (const name of TEXT_PROPERTIES) copied += style.getPropertyValue(name) + ";";
    copied += style.color;
    if (copied === this._copied) return;
    this._copied = copied;
    for (const name of TEXT_PROPERTIES) this.flow.style.setProperty(name, style.getPropertyValue(name));
    this.flow.style.color = style.color;
    this.flow.lang = (source.closest("[lang]") as HTMLElement | null)?.lang ?? "";
  }

  /**
   * Lay the box over the inside of the editor, so that nothing is painted outside it, nor makes anything scroll.
   * Returns where its corner is on the window, and how many pixels of the window one of the editor is.
   */
  cover(style: CSSStyleDeclaration): { left: number; top: number; right: number; bottom: number; scale: number } {
    const { _element: element, box } = this;
    const rect = element.getBoundingClientRect();
    const origin = this._host.getBoundingClientRect();
    const scale = element.offsetWidth > 0 ? rect.width / element.offsetWidth : 1;
    const [left, right, top, bottom] = ["left", "right", "top", "bottom"].map(
      (side) => scale * Number.parseFloat(style.getPropertyValue(`border-${side}-width`)),
    ) as [number, number, number, number];
    const scrollbar = scale * Math.max(0, element.offsetWidth - element.clientWidth) - left - right;
    const rtl = style.direction === "rtl";
    const inside = {
      left: rect.left + left + (rtl ? Math.max(0, Math.round(scrollbar)) : 0),
      top: rect.top + top,
      right: rect.right - right - (rtl ? 0 : Math.max(0, Math.round(scrollbar))),
      // A page's body is as long as its text; what may be seen is the window.
      bottom: element.localName === "body" ? Math.max(rect.bottom, element.ownerDocument.documentElement.clientHeight) : rect.bottom - bottom,
    };
    box.style.left = `${(inside.left - origin.left) / scale}px`;
    box.style.top = `${(inside.top - origin.top) / scale}px`;
    box.style.width = `${(inside.right - inside.left) / scale}px`;
    box.style.height = `${(inside.bottom - inside.top) / scale}px`;
    return { ...inside, scale };
  }

  /**
   * Paint `text` as far as it is seen: whole words, on lines that end above `bottom` (pixels of the window).
   * With `lines`, on the caret's line and so many less one below it. Returns how many UTF-16 units that are.
   */
  fit(text: string, bottom: number, lines: number): number {
    // A zero-width space stands where the caret's line is before any ghost pulls its last word down.
    this.set("\u200b");
    const caret = this.ghost.getBoundingClientRect();
    this.set(text);
    const line = Number.parseFloat(getComputedStyle(this.ghost).lineHeight) || 1.2 * caret.height;
    const limit = Math.min(bottom, caret.bottom + (lines - 1) * line) + caret.height / 2;
    if (this.ghost.getBoundingClientRect().bottom <= limit) return text.length;
    const range = this._element.ownerDocument.createRange();
    range.setStart(this._text, 0);
    let length = 0;
    for (const word of text.matchAll(/\s*\S+/g)) {
      const end = (word.index ?? 0) + word[0].length;
      range.setEnd(this._text, end);
      if (range.getBoundingClientRect().bottom > limit) break;
      length = end;
    }
    this.set(text.slice(0, length));
    return length;
  }

  remove(): void {
    this._listening.stop();
    this._observer?.disconnect();
    this._host.remove();
  }

  private _listenForTouch(tapped: () => void): void {
    let start: number | null = null;
    // The focus stays where it is.
    this._listening.on(this.ghost, "mousedown", (event) => event.preventDefault());
    this._listening.on(this.ghost, "pointerdown", (event) => (start = event.clientX));
    // A tap ends where it began, a swipe elsewhere: both take the text.
    this._listening.on(this.ghost, "pointerup", () => {
      if (start !== null) tapped();
      start = null;
    });
    this._listening.on(this.ghost, "pointercancel", () => (start = null));
  }
}
