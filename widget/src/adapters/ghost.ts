/** Grey text for editors that hold it as a decoration of their own. */

import type { EditorEvents } from "../dom/adapter.js";

const STYLE =
  "color:var(--inkling-color,color-mix(in srgb,currentColor 58%,transparent));font-style:var(--inkling-font-style,inherit);white-space:inherit;user-select:none;pointer-events:none";

export function ghostElement(page: Document, text: string, events: EditorEvents | null): HTMLElement {
  const ghost = page.createElement("span");
  ghost.className = "inkling-ghost";
  ghost.setAttribute("aria-hidden", "true");
  ghost.textContent = text;
  ghost.style.cssText = STYLE;
  if (page.defaultView?.matchMedia("(pointer:coarse)").matches) {
    ghost.style.pointerEvents = "auto";
    ghost.onpointerup = () => events?.tapped();
    // Focus and caret stay where they are.
    ghost.ontouchend = ghost.onmousedown = (event: Event) => event.preventDefault();
  }
  return ghost;
}
