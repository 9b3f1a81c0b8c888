/** Grey text for editors that hold it as a decoration of their own. */

import type { EditorEvents } from "../index.js";

const STYLE =
  "font-style:var(--inkling-font-style,inherit);white-space:inherit;user-select:none;pointer-events:none;-webkit-text-fill-color:currentcolor;color:";
const COLOR = "var(--inkling-color,color-mix(in srgb,currentColor 58%,transparent))";

export function ghostElement(page: Document, text: string, events?: EditorEvents | null): HTMLElement {
  const ghost = page.createElement("span");
  const is = (query: string): boolean => (page.defaultView as Window).matchMedia(query).matches;
  ghost.className = "inkling-ghost";
  ghost.setAttribute("aria-hidden", "true");
  ghost.textContent = text;
  // Forced colors paint all text in the writer's text color, unless it has a system color.
  ghost.style.cssText = STYLE + (is("(forced-colors:active)") ? "GrayText" : COLOR);
  if (is("(pointer:coarse)")) {
    ghost.style.pointerEvents = "auto";
    ghost.onpointerup = () => events?.tapped();
    // Focus and caret stay where they are.
    ghost.ontouchend = ghost.onmousedown = (event: Event) => event.preventDefault();
  }
  return ghost;
}
