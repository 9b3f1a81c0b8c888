/**
 * Grey text painted beside an editor, never in it.
 *
 * The nodes stay the same from start to end: Chromium ends the writer's undo step when a node is added or removed
 * anywhere in the page, and leaves it alone when a text node's data changes.
 */

import { add, addText, rootBeside, stayBeside, write } from "./host.js";
import type { Listening } from "./watch.js";

const STYLE = `
.box{position:absolute;width:0;height:0;overflow:hidden;visibility:hidden}
.ghost{visibility:visible;color:var(--inkling-color,color-mix(in srgb,currentColor 58%,transparent));font-style:var(--inkling-font-style,inherit)}
@media (pointer:coarse){.ghost{pointer-events:auto;touch-action:none}}
@media (forced-colors:active){.ghost{color:GrayText}}
`;

/** What decides where letters stand, and the colour that grey is made of. */
const TEXT_PROPERTY =
  /^(color$|direction|font|hyphens|letter|line|overflow-wrap|tab|text-(r|tr)|unicode|word|-webkit-text-size)/;

/** The inside of an editor. */
export interface Inside {
  /** Its edges, in pixels of the window. */
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
  /** Copy from `source` what decides where letters stand, unless that was done for the same style. */
  copyText(source: Element): void;
  /** Lay the box over the inside of the editor, so that nothing is painted outside it, nor makes anything scroll. */
  cover(): Inside;
  /**
   * Show as much of the ghost's `text` as is seen: whole words, on lines that end above `bottom` (in pixels of the
   * window), on `lines` lines at most. Returns how many UTF-16 units that are.
   */
  fit(text: string, bottom: number, lines: number): number;
}

/** What the overlay tells. */
export interface OverlayEvents {
  /** The editor may have moved, scrolled, or changed its size while something is shown. */
  moved(): void;
  tapped(): void;
}

/** An overlay of `element`; it goes with `listening`. */
export function makeOverlay(element: HTMLElement, listening: Listening, events: OverlayEvents, nonce = ""): Overlay {
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
  const line = add(flow, "div");
  const before = addText(line);
  const ghost = add(line, "span");
  ghost.className = "ghost";
  const shown = addText(ghost);
  let names: string[] = [];
  let copied = "";

  const set = (text: string): void => {
    write(shown, text);
    ghost.hidden = !text;
  };
  set("");

  const changed = (): void => void (shown.data && events.moved());
  listening.on(page, "scroll", changed, true);
  listening.on(element, "scroll", changed); // which is not told outside a shadow tree
  listening.on(view, "resize", changed);
  // What moves the editor changes the size of something around it, or of itself.
  const observer = new ResizeObserver(changed);
  for (let one: Element | null = element; one; one = one.parentElement) observer.observe(one);
  // The focus stays where it is; a tap and a swipe both end in a pointer that goes up.
  listening.on(ghost, "mousedown", (event) => event.preventDefault());
  listening.on(ghost, "pointerup", events.tapped);
  listening.signal.onabort = () => {
    observer.disconnect();
    root.host.remove();
  };

  return {
    flow,
    past,
    before,
    set,
    copyText(source) {
      const style = getComputedStyle(source);
      if (!names[0]) names = [...style].filter((name) => TEXT_PROPERTY.test(name));
      const text = names.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";");
      if (text === copied) return;
      copied = text;
      flow.style.cssText = text;
      flow.lang = source.closest<HTMLElement>("[lang]")?.lang ?? "";
    },
    cover() {
      stayBeside(element, root);
      const rect = element.getBoundingClientRect();
      const origin = root.host.getBoundingClientRect();
      const scale = rect.width / element.offsetWidth || 1;
      const length = (pixels: number): string => `${pixels / scale}px`;
      const left = rect.left + scale * element.clientLeft;
      const top = rect.top + scale * element.clientTop;
      // A page's body is as long as its text; what may be seen is the window.
      const seen = element.localName === "body" && page.documentElement.clientHeight;
      const bottom = seen || top + scale * element.clientHeight;
      Object.assign(box.style, {
        left: length(left - origin.left),
        top: length(top - origin.top),
        width: length(rect.width - scale * (element.offsetWidth - element.clientWidth)),
        height: length(bottom - top),
      });
      return { left, bottom, length };
    },
    fit(text, bottom, lines) {
      // A zero-width space stands where the caret's line is before any ghost pulls its last word down.
      set("\u200b");
      const caret = ghost.getBoundingClientRect();
      set(text);
      const height = parseFloat(getComputedStyle(ghost).lineHeight) || 1.2 * caret.height;
      const limit = Math.min(bottom, caret.bottom + (lines - 1) * height) + caret.height / 2;
      const range = page.createRange();
      range.selectNodeContents(ghost);
      while (text && range.getBoundingClientRect().bottom > limit) {
        text = text.replace(/\s*\S*\s*$/, "");
        range.setEnd(shown, text.length);
      }
      set(text);
      return text.length;
    },
  };
}
