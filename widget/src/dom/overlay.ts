/**
 * Grey text painted over an editor, never in it.
 *
 * The nodes stay the same from start to end: Chromium ends the writer's undo step when a node is added or removed
 * anywhere in the page, and leaves it alone when a text node's data changes.
 */

import type { EditorEvents } from "./adapter.js";
import { add, addText, HOST_WIDTH, rootFor, standBy, TOP, write } from "./host.js";
import { isUncovered, opacityOf } from "./seen.js";
import type { Listening } from "./watch.js";

const STYLE = `\
div{unicode-bidi:inherit}\
.box{position:absolute;width:0;height:0;overflow:hidden;visibility:hidden;pointer-events:none;touch-action:pan-y;transform-origin:0 0}\
.ghost{visibility:visible;color:var(--inkling-color,color-mix(in srgb,currentColor 58%,transparent));font-style:var(--inkling-font-style,inherit)}\
@media (pointer:coarse){.ghost{pointer-events:auto}}\
@media (forced-colors:active){.ghost{color:GrayText}}\
`;

/** What decides where letters stand, and the colours. */
const TEXT_PROPERTY =
  /^(color-sch|direction|font|hyphens|letter|line|overflow-w|tab|text-(r|tr)|unicode|word)/;
const OURS = ["--inkling-color", "--inkling-font-style"];

/** How often it is looked after whether grey text stands where it should; and in so many frames after it did not. */
const LOOK_MS = 100;
const FRAMES = 10;
/** At every so many looks, whether something covers it: that costs more. */
const COVER = 3;

/** Where an editor shows text, in pixels of the window. */
export interface Inside {
  left: number;
  top: number;
  right: number;
  bottom: number;
  /** Where the lowest line of grey text must end. */
  room: number;
  /** How many of these pixels one of the editor's own has. */
  scale: number;
}

export interface Overlay {
  /** Lays the hidden text and the ghost out; how is the adapter's matter. */
  readonly flow: HTMLElement;
  /** Hidden text in earlier paragraphs, and in the one of the caret. */
  readonly past: Text;
  readonly before: Text;
  /** Set the grey text; "" hides it. */
  set(text: string): void;
  /** Copy what decides where letters stand: how high lines are from `block`, the letters themselves from `inline`. */
  copyText(block: Element, inline: Element): void;
  /** Lay the box over the editor. */
  cover(): Inside;
  /**
   * Show as much of the ghost's `text` as can be seen `inside` the editor: whole words, on `lines` lines at most.
   * Returns how many UTF-16 units that are.
   */
  fit(text: string, inside: Inside, lines: number): number;
  /** Whether all that is grey is seen where it stands. */
  look(): boolean;
}

/** How much larger a style sheet makes an element, where the browser tells. */
const zoomOf = (element: Element): number => (element as { currentCSSZoom?: number }).currentCSSZoom ?? 1;

/**
 * An overlay of `element`; it goes with `listening`. `place` lays it over the draft; `anchor` tells where the letter
 * before the caret is, unless the ghost moves with that by itself.
 */
export function makeOverlay(
  element: HTMLElement,
  listening: Listening,
  place: () => Inside | null,
  anchor: () => DOMRect | null | undefined,
  { resized, tapped }: EditorEvents,
  nonce = "",
): Overlay {
  const page = element.ownerDocument;
  const view = page.defaultView as Window & typeof globalThis;
  const root = rootFor(element, "ink-ghost", TOP);
  try {
    // Of the root's own window, perhaps another frame's.
    const sheet = new view.CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [sheet];
  } catch {
    const style = page.createElement("style");
    style.nonce = nonce;
    style.textContent = STYLE;
    root.append(style);
  }
  root.host.setAttribute("aria-hidden", "true");
  const box = add(root, "div");
  box.className = "box";
  const flow = add(box, "div");
  const past = addText(flow);
  const words = add(add(flow, "div"), "span");
  const before = addText(words);
  const ghost = add(words, "span");
  ghost.className = "ghost";
  const shown = addText(ghost);
  let names: string[] = [];
  /** Whose letters the ghost's are like. */
  let source: Element = element;
  let inside: Inside | null = null;
  /** What was shown last, and how that looked. */
  let last = "";
  let known = "";
  let frames = 0;
  let looks = 0;
  let watching = false;
  let opacity = 1;
  let covered = false;
  const copied = new Map<HTMLElement, string>();

  const set = (text: string): void => {
    write(shown, text);
    ghost.hidden = !text;
  };
  set("");

  /** Paint what is inside the editor, as opaque as that; returns the parts that are, and whether that is all. */
  const paint = (): [DOMRect[], boolean] => {
    const { left, top, right, bottom, scale } = inside as Inside;
    box.hidden = false;
    let whole = true;
    let [wide, high] = [left, top];
    const parts = [...ghost.getClientRects()].map((one) => {
      const half = one.height / 2;
      // Spaces at the end of a line take room beyond it.
      whole &&= one.top + half > top && one.bottom - half < bottom && one.left > left - half && one.right < right + half;
      const [x, y] = [Math.min(Math.max(one.left, left), right), Math.min(Math.max(one.top, top), bottom)];
      const part = new DOMRect(x, y, Math.max(Math.min(one.right, right) - x, 0), Math.max(Math.min(one.bottom, bottom) - y, 0));
      // Letters that lean may do so beyond their place.
      wide = Math.max(wide, Math.min(part.right + half / 2, right));
      high = Math.max(high, part.bottom);
      return part;
    });
    opacity = opacityOf(source, getComputedStyle(ghost).color);
    // No larger than the ghost: the box must not make the page scroll.
    Object.assign(box.style, { opacity, width: `${(wide - left) / scale}px`, height: `${(high - top) / scale}px` });
    return [parts.filter(({ width, height }) => width * height), whole];
  };

  /** Paint nothing where something covers it; tells whether all that is grey is seen. */
  const look = (closely = false): boolean => {
    if (!shown.data || !inside) return false;
    const [parts, whole] = paint();
    covered = !opacity || !isUncovered(element, parts, closely, root.host);
    box.hidden = covered;
    return !covered && whole;
  };

  /** All that may change without an event. */
  const sight = (): string => {
    const { color, font, webkitTextFillColor } = getComputedStyle(source);
    const rects = [element, root.host, ghost].map((one) => one.getBoundingClientRect());
    return JSON.stringify([rects, anchor(), color, font, webkitTextFillColor]);
  };

  const watchOn = (): void => {
    if (frames-- > 0) view.requestAnimationFrame(watch);
    else view.setTimeout(watch, LOOK_MS);
  };

  const watch = (): void => {
    watching = !!shown.data && !listening.signal.aborted;
    if (!watching) return void (last = "");
    refresh();
    if (++looks % COVER === 0) look();
    watchOn();
  };

  /** Lay out anew what no longer looks as it did. */
  const refresh = (): void => {
    if (sight() === known) return;
    frames = FRAMES;
    resized();
  };

  const follow = (): void => {
    if (!shown.data) return;
    inside = place();
    look();
    known = sight();
  };
  listening.on(page, "scroll", follow, true);
  listening.on(element, "scroll", follow); // which is not told outside a shadow tree
  listening.on(view, "resize", resized);
  // What moves the editor changes the size of something around it, or of itself.
  const observer = new ResizeObserver(resized);
  for (let one: Element | null = element; one; one = one.parentElement) observer.observe(one);
  // Focus and caret stay where they are; a tap and a swipe both end in a pointer that goes up.
  for (const type of ["touchend", "mousedown"] as const) listening.on(ghost, type, (event) => event.preventDefault());
  listening.on(ghost, "pointerup", tapped);
  listening.signal.onabort = () => {
    observer.disconnect();
    root.host.remove();
  };

  const copy = (from: Element, to: HTMLElement): void => {
    const style = getComputedStyle(from);
    if (!names[0]) names = [...[...style].filter((name) => TEXT_PROPERTY.test(name)), ...OURS];
    const values = names.map((name) => [name, style.getPropertyValue(name)]);
    // An empty value of a custom property would be one.
    const text = [...values.filter(([, value]) => value), ["color", style.webkitTextFillColor]].map((one) => one.join(":")).join(";");
    // Unless that was done for the same style.
    if (text === copied.get(to)) return;
    copied.set(to, text);
    to.style.cssText = text;
    to.lang = from.closest<HTMLElement>("[lang]")?.lang ?? "";
  };

  return {
    flow,
    past,
    before,
    set,
    copyText(block, inline) {
      source = inline;
      copy(block, flow);
      copy(inline, words);
      words.style.unicodeBidi = ""; // or the line would not take its direction from them
    },
    cover() {
      standBy(element, root.host, TOP);
      const rect = element.getBoundingClientRect();
      const origin = root.host.getBoundingClientRect();
      const { clientLeft, clientTop, clientHeight, offsetWidth } = element;
      const around = origin.width / HOST_WIDTH;
      const zoom = zoomOf(element) / zoomOf(root.host);
      const pixel = zoom * around;
      // Widths within the editor are told as whole pixels: what is rounded away is no scale.
      const isPlain = Math.abs(rect.width / pixel - offsetWidth) <= 0.51;
      const scale = isPlain ? pixel : rect.width / offsetWidth;
      const left = rect.left + scale * clientLeft;
      const top = rect.top + scale * clientTop;
      // Within a line there is no inside.
      const right = left + scale * (element.clientWidth || offsetWidth);
      // A page's body is as long as its text; what may be seen is the window.
      const seen = element.localName === "body" && page.documentElement.clientHeight;
      const bottom = seen || (clientHeight ? top + scale * clientHeight : rect.bottom);
      // Text in the padding would make the editor scroll, and its lines narrower.
      const padding = element.scrollHeight > clientHeight ? "0" : getComputedStyle(element).paddingBottom;
      box.hidden = false;
      Object.assign(box.style, {
        zoom,
        left: `${(left - origin.left) / pixel}px`,
        top: `${(top - origin.top) / pixel}px`,
        transform: isPlain ? "" : `scale(${scale / pixel})`,
      });
      return { left, top, right, bottom, room: bottom - scale * parseFloat(padding), scale };
    },
    fit(text, found, lines) {
      inside = found;
      const { left, right, room, scale } = found;
      // A zero-width space stands where the caret's line is before any ghost pulls its last word down.
      set("\u200b");
      const caret = ghost.getBoundingClientRect();
      set(text);
      const height = scale * parseFloat(getComputedStyle(ghost).lineHeight) || caret.height;
      // The caret's own line is seen, whatever little room there is.
      const end = Math.max(room - (height - caret.height) / 2, caret.bottom) + 1;
      const { clientWidth, clientHeight } = page.documentElement;
      const limit = Math.min(end, caret.bottom + (lines - 0.5) * height, clientHeight + 1);
      const range = page.createRange();
      const placeOf = (from: number, to: number): DOMRect => {
        range.setStart(shown, from);
        range.setEnd(shown, to);
        return range.getBoundingClientRect();
      };
      const fits = (one: DOMRect): boolean => one.bottom <= limit && one.left >= Math.max(left, 0) - 1 && one.right <= Math.min(right, clientWidth) + 1;
      const first = placeOf(0, 1);
      // In a centred line, or one that runs the other way, the text would push what is written away: no ghost lies there.
      if (first.top === caret.top && Math.abs(first.left - caret.left) > caret.height) text = "";
      if (text && !fits(placeOf(0, text.length))) {
        for (const { 0: word, index } of text.matchAll(/\S+/g)) {
          if (fits(placeOf(index, index + word.length))) continue;
          text = text.slice(0, index).trimEnd();
          break;
        }
      }
      set(text);
      // Nothing was seen there just now, or something that was covered.
      if (text && (covered || !last)) look();
      else if (text) paint();
      if (!opacity) set((text = ""));
      last = text;
      if (!text) return 0;
      known = sight();
      if (!watching) watchOn();
      watching = true;
      return text.length;
    },
    look() {
      refresh();
      return look(true);
    },
  };
}
