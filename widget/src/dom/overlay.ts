/**
 * Grey text painted over an editor, never in it.
 *
 * The nodes stay the same from start to end: Chromium ends the writer's undo step when a node is added or removed
 * anywhere in the page, and leaves it alone when a text node's data changes.
 */

import type { EditorEvents } from "./adapter.js";
import { add, addText, HOST_WIDTH, rootFor, standBy, TOP, write } from "./host.js";
import { BELOW, MARK } from "./mark.js";
import { isUncovered, opacityOf } from "./seen.js";
import type { Listening } from "./watch.js";

const STYLE = `\
div{unicode-bidi:inherit}\
.box{position:absolute;width:0;height:0;overflow:hidden;visibility:hidden;pointer-events:none;touch-action:pan-y;transform-origin:0 0}\
.ghost,.mark{visibility:visible;color:var(--inkling-color,color-mix(in srgb,currentColor 58%,transparent));font-style:var(--inkling-font-style,inherit)}\
.mark{${MARK}}\
.below{${BELOW}}.below *{position:static;color:inherit}\
@media (pointer:coarse){.ghost,.mark{pointer-events:auto}}\
@media (forced-colors:active){.ghost,.mark{color:GrayText}}\
`;

/** The style properties that decide the position of letters, and the colours. */
const TEXT_PROPERTY = /^(color-sch|direction|font|hyphens|letter|line|overflow-w|tab|text-(r|tr)|unicode|word)/;
const OURS = ["--inkling-color", "--inkling-font-style"];

/** How often the position of grey text is checked, and in how many frames after it was wrong. */
const LOOK_MS = 100;
const FRAMES = 10;
/** After this many checks, also check whether something covers it, which costs more. */
const COVER = 3;

/** Where an editor shows text, in pixels of the window. */
export interface Inside {
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** Where the lowest line of grey text must end. */
  _room: number;
  /** Window pixels for each of the editor's own pixels. */
  _scale: number;
}

/** The part of its adapter that an overlay needs. */
export interface Placing {
  /** Lay the overlay over the draft; returns where the editor shows text, or null if it cannot. */
  _place(overlay: Overlay): Inside | null;
  /** Where the letter before the caret stands, unless the overlay repeats all of the draft. */
  _anchor?(): DOMRect | null | undefined;
}

/** The zoom that a style sheet gives an element, if the browser reports it. */
const zoomOf = (element: Element): number => (element as { currentCSSZoom?: number }).currentCSSZoom ?? 1;

const clamp = (value: number, least: number, most: number): number => Math.min(Math.max(value, least), most);

function addStyle(root: ShadowRoot, view: Window & typeof globalThis, nonce: string): void {
  try {
    // Of the root's own window, perhaps another frame's.
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch {
    const style = root.ownerDocument.createElement("style");
    style.nonce = nonce;
    style.textContent = STYLE;
    root.prepend(style);
  }
}

/** An overlay of `element`. It is removed with `listening`. */
export class Overlay {
  private readonly _root = rootFor(this._element, "ink-ghost", TOP);
  private readonly _box = add(this._root, "div");
  /** Lays out the hidden text and the ghost, in the adapter's way. */
  readonly _flow = add(this._box, "div");
  /** Hidden text in earlier paragraphs, and in the one of the caret. */
  readonly _past = addText(this._flow);
  private readonly _words = add(add(this._flow, "div"), "span");
  readonly _before = addText(this._words);
  private readonly _tip = add(this._words, "span");
  private readonly _ghost = add(this._tip, "span");
  private readonly _shown = addText(this._ghost);
  private readonly _mark = add(this._tip, "span");
  private readonly _marked = addText(this._mark);
  /** The element whose letters the ghost copies. */
  private _source: Element = this._element;
  private _names: string[] = [];
  private readonly _copied = new Map<HTMLElement, string>();
  private _inside: Inside | null = null;
  /** The text that was shown last, and its appearance. */
  private _last = "";
  private _known = "";
  private _frames = 0;
  private _looks = 0;
  private _watching = false;
  private _opacity = 1;
  private _covered = false;

  constructor(
    private readonly _element: HTMLElement,
    private readonly _placing: Placing,
    private readonly _listening: Listening,
    private readonly _events: EditorEvents,
    nonce = "",
  ) {
    const page = _element.ownerDocument;
    const view = page.defaultView as Window & typeof globalThis;
    addStyle(this._root, view, nonce);
    this._root.host.setAttribute("aria-hidden", "true");
    this._box.className = "box";
    this._ghost.className = "ghost";
    this._mark.className = "mark";
    this._set("");
    const resized = (): void => _events.resized();
    const follow = (): void => this._follow();
    _listening.on(page, "scroll", follow, true);
    _listening.on(_element, "scroll", follow); // which is not reported outside a shadow tree
    _listening.on(view, "resize", resized);
    // A change that moves the editor changes the size of an element around it, or of itself.
    const observer = new ResizeObserver(resized);
    for (let one: Element | null = _element; one; one = one.parentElement) observer.observe(one);
    // Focus and caret stay where they are; a tap and a swipe both end in a pointer that goes up.
    for (const type of ["touchend", "mousedown"] as const)
      _listening.on(this._box, type, (event) => event.preventDefault());
    _listening.on(this._ghost, "pointerup", () => _events.tapped());
    _listening.on(this._mark, "pointerup", () => _events.turned());
    _listening.signal.onabort = () => {
      observer.disconnect();
      this._root.host.remove();
    };
  }

  /** Set the grey text, and the mark behind it; "" hides them. */
  _set(text: string, mark = ""): void {
    write(this._shown, text);
    write(this._marked, mark);
    this._mark.hidden = !mark;
    // Without text the box would keep its old place, and might make the page scroll there.
    this._ghost.hidden = this._box.hidden = !text;
  }

  /** Copy what decides where letters stand: how high lines are from `block`, the letters themselves from `inline`. */
  _copyText(block: Element, inline: Element): void {
    this._source = inline;
    this._copy(block, this._flow);
    this._copy(inline, this._words);
    this._words.style.unicodeBidi = ""; // or the line would not take its direction from them
  }

  /** Lay the box over the editor. */
  _cover(): Inside {
    const element = this._element;
    const { host } = this._root;
    standBy(element, host, TOP);
    const rect = element.getBoundingClientRect();
    const origin = host.getBoundingClientRect();
    const { clientLeft, clientTop, clientHeight, offsetWidth } = element;
    const around = origin.width / HOST_WIDTH;
    const zoom = zoomOf(element) / zoomOf(host);
    const pixel = zoom * around;
    // Widths within the editor are reported as whole pixels. A rounding difference is not a scale.
    const isPlain = Math.abs(rect.width / pixel - offsetWidth) <= 0.51;
    const scale = isPlain ? pixel : rect.width / offsetWidth;
    const left = rect.left + scale * clientLeft;
    const top = rect.top + scale * clientTop;
    // Within a line there is no inside.
    const right = left + scale * (element.clientWidth || offsetWidth);
    let bottom = clientHeight ? top + scale * clientHeight : rect.bottom;
    // A page's body is as long as its text; what may be seen is the window.
    if (element.localName === "body") bottom = this._element.ownerDocument.documentElement.clientHeight || bottom;
    // Text in the padding would make the editor scroll, and its lines narrower.
    const padding = element.scrollHeight > clientHeight ? "0" : getComputedStyle(element).paddingBottom;
    this._box.hidden = false;
    Object.assign(this._box.style, {
      zoom,
      left: `${(left - origin.left) / pixel}px`,
      top: `${(top - origin.top) / pixel}px`,
      transform: isPlain ? "" : `scale(${scale / pixel})`,
    });
    return { left, top, right, bottom, _room: bottom - scale * parseFloat(padding), _scale: scale };
  }

  /**
   * Show as much of the ghost's `text` as can be seen `inside` the editor: whole words, on `lines` lines at most, or all
   * of it below the caret's line where that has no room. Returns how many UTF-16 units that are.
   */
  _fit(text: string, inside: Inside, lines: number, mark?: string): number {
    this._inside = inside;
    this._tip.className = lines ? "" : "below";
    this._tip.style.cssText = "";
    let shown = lines ? this._fitting(text, inside, lines) : this._under(text, inside);
    this._set(shown, shown && mark);
    if (shown) {
      // Nothing was seen there just now, or something that was covered.
      if (this._covered || !this._last) this._look();
      else this._paint();
    }
    if (!this._opacity) {
      shown = "";
      this._set(shown);
    }
    this._last = shown;
    if (shown) {
      this._known = this._sight();
      if (!this._watching) this._watchOn();
      this._watching = true;
    }
    return shown.length;
  }

  /** Whether all that is grey is seen where it stands. */
  seen(): boolean {
    this._refresh();
    return this._look(true);
  }

  /** All of the text, below the caret's line or above it, where there is room. */
  private _under(text: string, { left, top, right, bottom, _scale: scale }: Inside): string {
    const tip = this._tip;
    const { style } = tip;
    this._set(text);
    let place = tip.getBoundingClientRect();
    const { clientHeight } = this._element.ownerDocument.documentElement;
    if (place.bottom > Math.min(bottom, clientHeight)) style.transform = "translateY(-100%)";
    style.marginLeft = `${Math.min(0, right - place.right) / scale}px`;
    place = tip.getBoundingClientRect();
    return place.left < left || place.top < top ? "" : text;
  }

  /** As much of the text, in whole words, as finds room inside the editor. */
  private _fitting(text: string, { left, right, _room: room, _scale: scale }: Inside, lines: number): string {
    const ghost = this._ghost;
    // A zero-width space stands where the caret's line is before any ghost pulls its last word down.
    this._set("\u200b");
    const caret = ghost.getBoundingClientRect();
    this._set(text);
    const height = scale * parseFloat(getComputedStyle(ghost).lineHeight) || caret.height;
    // The caret's own line is seen, whatever little room there is.
    const end = Math.max(room - (height - caret.height) / 2, caret.bottom) + 1;
    const { clientWidth, clientHeight } = this._element.ownerDocument.documentElement;
    const limit = Math.min(end, caret.bottom + (lines - 0.5) * height, clientHeight + 1);
    const range = this._element.ownerDocument.createRange();
    const placeOf = (from: number, to: number): DOMRect => {
      range.setStart(this._shown, from);
      range.setEnd(this._shown, to);
      return range.getBoundingClientRect();
    };
    const fits = (from: number, to: number): boolean => {
      const place = placeOf(from, to);
      const within = place.left >= Math.max(left, 0) - 1 && place.right <= Math.min(right, clientWidth) + 1;
      return within && place.bottom <= limit;
    };
    const first = placeOf(0, 1);
    // In a centred line, or one that runs the other way, the text would push what is written away: no ghost lies there.
    if (first.top === caret.top && Math.abs(first.left - caret.left) > caret.height) return "";
    if (fits(0, text.length)) return text;
    for (const { 0: word, index } of text.matchAll(/\S+/g)) {
      if (!fits(index, index + word.length)) return text.slice(0, index).trimEnd();
    }
    return text;
  }

  /** Paint what is inside the editor, as opaque as that; returns the parts that are, and whether that is all. */
  private _paint(): { parts: DOMRect[]; whole: boolean } {
    const { left, top, right, bottom, _scale: scale } = this._inside as Inside;
    const ghost = this._ghost;
    this._box.hidden = false;
    let whole = true;
    let wide = left;
    let high = top;
    const parts: DOMRect[] = [];
    const extend = (part: DOMRect, more = 0): void => {
      wide = Math.max(wide, Math.min(part.right + more, right));
      high = Math.max(high, Math.min(part.bottom, bottom));
    };
    for (const one of this._tip.getClientRects()) {
      const half = one.height / 2;
      // Spaces at the end of a line take room beyond it.
      if (one.top + half <= top || one.bottom - half >= bottom || one.left <= left - half || one.right >= right + half)
        whole = false;
      const x = clamp(one.left, left, right);
      const y = clamp(one.top, top, bottom);
      const part = new DOMRect(x, y, clamp(one.right, left, right) - x, clamp(one.bottom, top, bottom) - y);
      // Letters that lean may do so beyond their place.
      extend(part, half / 2);
      if (part.width && part.height) parts.push(part);
    }
    if (this._marked.data) {
      const mark = this._mark;
      mark.style.transform = "";
      const place = mark.getBoundingClientRect();
      // Where it has no room on the line, it stands below the end of the text.
      if (place.right > right) mark.style.transform = "translate(-100%,1.6em)";
      extend(mark.getBoundingClientRect());
    }
    const opacity = opacityOf(this._source, getComputedStyle(ghost).color);
    this._opacity = opacity;
    // No larger than the ghost: the box must not make the page scroll.
    Object.assign(this._box.style, {
      opacity,
      width: `${(wide - left) / scale}px`,
      height: `${(high - top) / scale}px`,
    });
    return { parts, whole };
  }

  /** Paint nothing where something covers it; tells whether all that is grey is seen. */
  private _look(closely = false): boolean {
    if (!this._shown.data || !this._inside) return false;
    const { parts, whole } = this._paint();
    this._covered = !this._opacity || !isUncovered(this._element, parts, closely, this._root.host);
    this._box.hidden = this._covered;
    return whole && !this._covered;
  }

  /** All that may change without an event. */
  private _sight(): string {
    const { color, font, webkitTextFillColor } = getComputedStyle(this._source);
    const rects = [this._element, this._root.host, this._ghost].map((one) => one.getBoundingClientRect());
    return JSON.stringify([rects, this._placing._anchor?.(), color, font, webkitTextFillColor]);
  }

  private _watchOn(): void {
    const watch = (): void => this._watch();
    const view = this._element.ownerDocument.defaultView as Window;
    if (this._frames-- > 0) view.requestAnimationFrame(watch);
    else view.setTimeout(watch, LOOK_MS);
  }

  private _watch(): void {
    this._watching = !!this._shown.data && !this._listening.signal.aborted;
    if (!this._watching) {
      this._last = "";
      return;
    }
    this._refresh();
    if (++this._looks % COVER === 0) this._look();
    this._watchOn();
  }

  /** Lay out anew what no longer looks as it did. */
  private _refresh(): void {
    if (this._sight() === this._known) return;
    this._frames = FRAMES;
    this._events.resized();
  }

  private _follow(): void {
    if (!this._shown.data) return;
    this._inside = this._placing._place(this);
    this._look();
    this._known = this._sight();
  }

  private _copy(from: Element, to: HTMLElement): void {
    const style = getComputedStyle(from);
    if (!this._names[0]) this._names = [...[...style].filter((name) => TEXT_PROPERTY.test(name)), ...OURS];
    const rules = [`color:${style.webkitTextFillColor}`];
    for (const name of this._names) {
      const value = style.getPropertyValue(name);
      // An empty value of a custom property would be one.
      if (value) rules.push(`${name}:${value}`);
    }
    const text = rules.join(";");
    // Unless that was done for the same style.
    if (text === this._copied.get(to)) return;
    this._copied.set(to, text);
    to.style.cssText = text;
    to.lang = from.closest<HTMLElement>("[lang]")?.lang ?? "";
  }
}
