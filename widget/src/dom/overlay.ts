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

/** A place in the page, in CSS pixels of the editor's own coordinate system. */
export interface Place {
  left: number;
  top: number;
  width: number;
  height: number;
}

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

  /** How many pixels of the page a pixel of the editor is: transforms and CSS zoom. */
  scale(rect: DOMRect): { x: number; y: number } {
    const { offsetWidth, offsetHeight } = this._element;
    return { x: offsetWidth > 0 ? rect.width / offsetWidth : 1, y: offsetHeight > 0 ? rect.height / offsetHeight : 1 };
  }

  /** Where the host's corner is; the origin of `place`. */
  get origin(): DOMRect {
    return this._host.getBoundingClientRect();
  }

  place({ left, top, width, height }: Place): void {
    const { style } = this.box;
    style.left = `${left}px`;
    style.top = `${top}px`;
    style.width = `${width}px`;
    style.height = `${height}px`;
  }

  /**
   * Length of the longest run of whole words of `text` that stays on the ghost's first line and the `lines` - 1
   * below it.
   */
  fit(text: string, lines: number): number {
    // A zero-width space stands where the caret's line is before any ghost pulls its last word down.
    this.set("\u200b");
    const caret = this.ghost.getBoundingClientRect();
    this.set(text);
    const bottom = caret.top + lines * caret.height * lineFactor(this.ghost) - 1;
    const range = this._element.ownerDocument.createRange();
    range.setStart(this._text, 0);
    let length = 0;
    for (const word of text.matchAll(/\s*\S+/g)) {
      const end = (word.index ?? 0) + word[0].length;
      range.setEnd(this._text, end);
      if ([...range.getClientRects()].some((rect) => rect.top >= bottom)) break;
      length = end;
    }
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

/** The height of a line over that of its letters. */
function lineFactor(element: HTMLElement): number {
  const height = element.getBoundingClientRect().height;
  const line = Number.parseFloat(getComputedStyle(element).lineHeight);
  return line > 0 && height > 0 ? line / height : 1;
}
