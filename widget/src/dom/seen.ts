/** Whether a person can see painted text: on the screen, not covered, in a colour that differs from the background. */

import { outerOf } from "./host.js";

/** Distance between places that are checked closely along a line, in pixels. */
const STEP = 32;
/** Least difference of a colour from its background, in red, green or blue, 0 to 1. */
const LEAST = 0.08;

/** Whether `element`, or its content, is visible at a place of its window; `own` counts as transparent. */
function isMet(element: Element, x: number, y: number, own?: Element): boolean {
  const { ownerDocument: page } = element;
  const root = element.getRootNode() as Document | ShadowRoot;
  let hit: Element | null | undefined = root.elementFromPoint(x, y);
  if (hit === own) hit = root.elementsFromPoint(x, y).find((one) => one !== own);
  // Where a page's body ends, the page itself is met.
  if (!hit || !(element.contains(hit) || (element === page.body && hit === page.documentElement))) return false;
  // A page of another origin does not show what is around it.
  const frame = page.defaultView?.frameElement;
  const at = frame?.getBoundingClientRect();
  return (
    !at ||
    isMet(frame as Element, x + at.left + (frame as Element).clientLeft, y + at.top + (frame as Element).clientTop)
  );
}

/**
 * Whether nothing covers these parts of an element, or cuts them off. A browser goes through all lines of a draft to
 * tell what a place belongs to: unless it matters, only three places of each part are looked at.
 */
export function isUncovered(element: Element, parts: Iterable<DOMRect>, closely: boolean, own?: Element): boolean {
  // Elements without pointer events cannot be found in this way.
  if (getComputedStyle(element).pointerEvents === "none") return true;
  for (const { left, top, width, height } of parts) {
    const steps = closely ? Math.ceil(width / STEP) : 2;
    for (let step = 0; step <= steps; step++) {
      const share = step / steps;
      const x = left + 1 + share * (width - 2);
      const at = (way: number): boolean => isMet(element, x, top + 1 + way * (height - 2), own);
      if (!at(share) || (closely && !at(1 - share))) return false;
    }
  }
  return true;
}

/** Red, green, blue and opacity, each 0 to 1; undefined for a colour in another notation. */
function channels(color: string): number[] | undefined {
  const [red = 0, green = 0, blue = 0, opacity = 1] = color.match(/-?[\d.]+(e-?\d+)?/g)?.map(Number) ?? [];
  if (/^color\(srgb /.test(color)) return [red, green, blue, opacity];
  return /^rgb/.test(color) ? [red / 255, green / 255, blue / 255, opacity] : undefined;
}

/**
 * How opaque the surroundings of an element let text in it be, 0 to 1; 0 where text of this colour could not be told
 * from what is behind it.
 */
export function opacityOf(element: Element, color: string): number {
  const text = channels(color);
  let opacity = 1;
  // The known colour behind it, and how much of the colour further behind shows through.
  let ground = [0, 0, 0];
  let through = 1;
  let known = !!text;
  const lay = (layer: number[] | undefined): void => {
    if (!layer) known = false;
    const [red = 0, green = 0, blue = 0, opaque = 1] = layer ?? [];
    const share = through * opaque;
    ground = [red, green, blue].map((value, channel) => (ground[channel] as number) + share * value);
    through -= share;
  };
  for (let one: Element | null = element; one; one = outerOf(one)) {
    const style = getComputedStyle(one);
    opacity *= +style.opacity;
    if (through > 0) {
      if (style.backgroundImage !== "none") known = false;
      lay(channels(style.backgroundColor));
    }
  }
  const { documentElement, defaultView } = element.ownerDocument;
  const { colorScheme } = getComputedStyle(documentElement);
  const dark =
    /dark/.test(colorScheme) &&
    (!/light/.test(colorScheme) || defaultView?.matchMedia("(prefers-color-scheme:dark)").matches);
  lay(dark ? [0.07, 0.07, 0.07, 1] : [1, 1, 1, 1]);
  const strength = opacity * (text?.[3] ?? 1);
  const most = known ? Math.max(...ground.map((value, channel) => Math.abs(value - (text as number[])[channel]!))) : 1;
  return strength * most < LEAST ? 0 : opacity;
}

/** Whether grey text that stands within an editor, as a `.inkling-ghost`, can be seen, all of it. */
export function isSeen(element: Element): boolean {
  const ghost = element.querySelector(".inkling-ghost");
  if (!ghost) return false;
  const color = getComputedStyle(ghost).webkitTextFillColor;
  return !!opacityOf(ghost.parentElement ?? element, color) && isUncovered(element, ghost.getClientRects(), true);
}
