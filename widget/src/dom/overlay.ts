/**
 * Grey text painted beside an editor, never in it.
 *
 * The nodes stay the same from start to end: Chromium ends the writer's undo step when a node is added or removed
 * anywhere in the page, and leaves it alone when a text node's data changes.
 */

import type { EditorEvents } from "./adapter.js";
import { rootBeside, write } from "./host.js";
import { Listening } from "./watch.js";

const STYLE = `
div{unicode-bidi:inherit}
.box{position:absolute;width:0;height:0;overflow:hidden;visibility:hidden;touch-action:pan-y}
.ghost{visibility:visible;color:var(--inkling-color,color-mix(in srgb,currentColor 58%,transparent));font-style:var(--inkling-font-style,inherit)}
@media (pointer:coarse){.ghost{pointer-events:auto}}
@media (forced-colors:active){.ghost{color:GrayText}}
@media print{.box{display:none}}
`;

/** What decides where letters stand. */
const TEXT_PROPERTY =
  /^(direction|font-(?!synth|palette)|hyphens|letter-|line-(height|break)|overflow-wrap|tab-size|text-(rendering|transform)|unicode-bidi|word-|-webkit-(locale|text-size))/;

/** Where an editor's text has room, in pixels of the window, and how many of those one pixel of the editor is. */
export interface Inside {
  left: number;
  bottom: number;
  scale: number;
}

export class Overlay {
  /** Lays the hidden text and the ghost out; how is the adapter's matter. */
  readonly flow: HTMLElement;
  /** Hidden text in earlier paragraphs, and in the one of the caret. */
  readonly past: Text;
  readonly before: Text;
  private _words: HTMLElement;
  private _ghost: HTMLElement;
  private _text: Text;
  private _root: ShadowRoot;
  private _box: HTMLElement;
  private _listening = new Listening();
  private _observer: ResizeObserver;
  private _names: string[] = [];
  private _copied = new Map<HTMLElement, string>();

  /** `scrolled` is called when what is shown may have moved. */
  constructor(
    private _element: HTMLElement,
    scrolled: () => void,
    events: EditorEvents,
    nonce?: string,
  ) {
    const page = _element.ownerDocument;
    const make = (name: string, parent: Node, className = ""): HTMLElement => {
      const made = page.createElement(name);
      made.className = className;
      return parent.appendChild(made);
    };
    const text = (parent: Node): Text => parent.appendChild(page.createTextNode(""));
    this._root = rootBeside(_element, "ink-ghost");
    try {
      // Adopted style no content security policy forbids. It must come from the root's own window, perhaps another frame's.
      const sheet = new (page.defaultView as Window & typeof globalThis).CSSStyleSheet();
      sheet.replaceSync(STYLE);
      this._root.adoptedStyleSheets = [sheet];
    } catch {
      const style = make("style", this._root) as HTMLStyleElement;
      style.nonce = nonce ?? "";
      style.textContent = STYLE;
    }
    this._root.host.setAttribute("aria-hidden", "true");
    this._box = make("div", this._root, "box");
    this.flow = make("div", this._box);
    this.past = text(make("div", this.flow));
    this._words = make("span", make("div", this.flow));
    this.before = text(this._words);
    this._ghost = make("span", this._words, "ghost");
    this._ghost.hidden = true;
    this._text = text(this._ghost);

    const resized = (): void => events.resized();
    this._listening.on(page, "scroll", () => this._ghost.hidden || scrolled(), true);
    this._listening.on(page.defaultView as Window, "resize", resized);
    // What moves the editor changes the size of something around it, or of itself.
    this._observer = new ResizeObserver(resized);
    for (let one: Element | null = _element; one !== null; one = one.parentElement) this._observer.observe(one);
    // Focus and caret stay where they are; a tap and a swipe both end in a pointer that goes up.
    for (const type of ["touchend", "mousedown"]) this._listening.on(this._ghost, type, (event) => event.preventDefault());
    this._listening.on(this._ghost, "pointerup", () => events.tapped());
  }

  /** Set the grey text; "" hides it. */
  set(text: string): void {
    write(this._text, text);
    this._ghost.hidden = text === "";
  }

  /** Copy what decides where letters stand: how high lines are from `block`, the letters themselves from `inline`. */
  copyText(block: Element, inline: Element): void {
    this._copy(block, this.flow);
    this._copy(inline, this._words);
    this._words.style.unicodeBidi = ""; // or the line would not take its direction from them
  }

  private _copy(source: Element, to: HTMLElement): void {
    const style = getComputedStyle(source);
    if (this._names.length === 0) this._names = [...style].filter((name) => TEXT_PROPERTY.test(name));
    const text = [...this._names, "color"].map((name) => `${name}:${style.getPropertyValue(name)}`).join(";");
    // Unless that was done for the same style.
    if (text === this._copied.get(to)) return;
    this._copied.set(to, text);
    to.style.cssText = text;
    to.lang = (source.closest("[lang]") as HTMLElement | null)?.lang ?? "";
  }

  /** Lay the box over the inside of the editor, so that nothing is painted outside it, nor makes anything scroll. */
  cover(): Inside {
    const { _element: element, _box: box } = this;
    const rect = element.getBoundingClientRect();
    const origin = this._root.host.getBoundingClientRect();
    const scale = rect.width / element.offsetWidth || 1;
    const isBody = element.localName === "body";
    const left = rect.left + scale * element.clientLeft;
    const top = rect.top + scale * element.clientTop;
    // A page's body is as long as its text; what may be seen is the window.
    const bottom = isBody ? element.ownerDocument.documentElement.clientHeight : top + scale * element.clientHeight;
    const width = rect.width - scale * (element.offsetWidth - element.clientWidth);
    const place = { left: left - origin.left, top: top - origin.top, width, height: bottom - top };
    for (const [name, value] of Object.entries(place)) box.style.setProperty(name, `${value / scale}px`);
    // Text in the padding would make the editor scroll, and its lines narrower.
    const padding = element.scrollHeight > element.clientHeight ? "0" : getComputedStyle(element).paddingBottom;
    return { left, bottom: bottom - scale * parseFloat(padding), scale };
  }

  /**
   * Show as much of the ghost's `text` as is seen: whole words, on lines that end above `bottom` (in pixels of the
   * window), on `lines` lines at most. Returns how many UTF-16 units that are.
   */
  fit(text: string, bottom: number, lines: number): number {
    const { _ghost: ghost } = this;
    // A zero-width space stands where the caret's line is before any ghost pulls its last word down.
    this.set("\u200b");
    const caret = ghost.getBoundingClientRect();
    this.set(text);
    const line = parseFloat(getComputedStyle(ghost).lineHeight) || 1.2 * caret.height;
    // The caret's own line is seen, whatever little room there is.
    const end = Math.max(bottom - (line - caret.height) / 2, caret.bottom) + 1;
    const limit = Math.min(end, caret.bottom + (lines - 0.5) * line);
    const range = ghost.ownerDocument.createRange();
    range.setStart(this._text, 0);
    range.setEnd(this._text, 1);
    const { left, top } = range.getBoundingClientRect();
    let { length } = text;
    // In a centred line, or one that runs the other way, the text would push what is written away: no ghost lies there.
    if (top === caret.top && Math.abs(left - caret.left) > caret.height) length = 0;
    range.setEnd(this._text, length);
    while (length > 0 && range.getBoundingClientRect().bottom > limit) {
      length -= /\s*\S+\s*$/.exec(text.slice(0, length))?.[0].length ?? length;
      range.setEnd(this._text, length);
    }
    this.set(text.slice(0, length));
    return length;
  }

  remove(): void {
    this._listening.stop();
    this._observer.disconnect();
    this._root.host.remove();
  }
}
