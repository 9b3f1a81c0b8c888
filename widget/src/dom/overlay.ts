/**
 * Grey text painted beside an editor, never in it.
 *
 * The nodes stay the same from start to end: Chromium ends the writer's undo step when a node is added or removed
 * anywhere in the page, and leaves it alone when a text node's data changes.
 */

import { dropWord } from "../engine/text.js";
import type { EditorEvents } from "./adapter.js";
import { add, addText, rootBeside, stayBeside, write } from "./host.js";
import type { Listening } from "./watch.js";

const STYLE = `\
div{unicode-bidi:inherit}\
.box{position:absolute;width:0;height:0;overflow:hidden;visibility:hidden;pointer-events:none;touch-action:pan-y}\
.ghost{visibility:visible;color:var(--inkling-color,color-mix(in srgb,currentColor 58%,transparent));font-style:var(--inkling-font-style,inherit)}\
@media (pointer:coarse){.ghost{pointer-events:auto}}\
@media (forced-colors:active){.ghost{color:GrayText}}\
`;

/** What decides where letters stand, and the colour that grey is made of. */
const TEXT_PROPERTY =
  /^(color$|direction|font|hyphens|letter|line|overflow-w|tab|text-(r|tr)|unicode|word)/;

/** Where an editor's text has room. */
export interface Inside {
  /** Edges, in pixels of the window. */
  left: number;
  bottom: number;
  /** A length in pixels of the window, as a CSS length within the editor, which may be scaled. */
  length(pixels: number): string;
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
  /** Lay the box over the inside of the editor, so that nothing is painted outside it, nor makes anything scroll. */
  cover(): Inside;
  /**
   * Show as much of the ghost's `text` as is seen: whole words, on lines that end above `bottom` (in pixels of the
   * window), on `lines` lines at most. Returns how many UTF-16 units that are.
   */
  fit(text: string, bottom: number, lines: number): number;
}

/** An overlay of `element`; it goes with `listening`. `scrolled` is called when what is shown may have moved. */
export function makeOverlay(
  element: HTMLElement,
  listening: Listening,
  scrolled: () => void,
  { resized, tapped }: EditorEvents,
  nonce = "",
): Overlay {
  const page = element.ownerDocument;
  const view = page.defaultView as Window & typeof globalThis;
  const root = rootBeside(element, "ink-ghost");
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
  const copied = new Map<HTMLElement, string>();

  const set = (text: string): void => {
    write(shown, text);
    ghost.hidden = !text;
  };
  set("");

  const follow = (): void => void (shown.data && scrolled());
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

  const copy = (source: Element, to: HTMLElement): void => {
    const style = getComputedStyle(source);
    if (!names[0]) names = [...style].filter((name) => TEXT_PROPERTY.test(name));
    const text = names.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";");
    // Unless that was done for the same style.
    if (text === copied.get(to)) return;
    copied.set(to, text);
    to.style.cssText = text;
    to.lang = source.closest<HTMLElement>("[lang]")?.lang ?? "";
  };

  return {
    flow,
    past,
    before,
    set,
    copyText(block, inline) {
      copy(block, flow);
      copy(inline, words);
      words.style.unicodeBidi = ""; // or the line would not take its direction from them
    },
    cover() {
      stayBeside(element, root);
      const rect = element.getBoundingClientRect();
      const origin = root.host.getBoundingClientRect();
      // Widths within the editor are told as whole pixels: what is rounded away is no scale.
      const { offsetWidth } = element;
      const scale = Math.round(rect.width) === offsetWidth ? 1 : rect.width / offsetWidth;
      const length = (pixels: number): string => `${pixels / scale}px`;
      const left = rect.left + scale * element.clientLeft;
      const top = rect.top + scale * element.clientTop;
      // A page's body is as long as its text; what may be seen is the window.
      const seen = element.localName === "body" && page.documentElement.clientHeight;
      const bottom = seen || top + scale * element.clientHeight;
      // Text in the padding would make the editor scroll, and its lines narrower.
      const padding = element.scrollHeight > element.clientHeight ? "0" : getComputedStyle(element).paddingBottom;
      Object.assign(box.style, {
        left: length(left - origin.left),
        top: length(top - origin.top),
        width: `${element.clientWidth}px`,
        height: length(bottom - top),
      });
      return { left, bottom: bottom - scale * parseFloat(padding), length };
    },
    fit(text, bottom, lines) {
      // A zero-width space stands where the caret's line is before any ghost pulls its last word down.
      set("\u200b");
      const caret = ghost.getBoundingClientRect();
      set(text);
      const height = parseFloat(getComputedStyle(ghost).lineHeight) || caret.height;
      // The caret's own line is seen, whatever little room there is.
      const end = Math.max(bottom - (height - caret.height) / 2, caret.bottom) + 1;
      const limit = Math.min(end, caret.bottom + (lines - 0.5) * height);
      const range = page.createRange();
      range.setStart(shown, 0);
      range.setEnd(shown, 1);
      const { left, top } = range.getBoundingClientRect();
      // In a centred line, or one that runs the other way, the text would push what is written away: no ghost lies there.
      if (top === caret.top && Math.abs(left - caret.left) > caret.height) text = "";
      range.setEnd(shown, text.length);
      while (text && range.getBoundingClientRect().bottom > limit) {
        text = dropWord(text);
        range.setEnd(shown, text.length);
      }
      set(text);
      return text.length;
    },
  };
}
