/** Grey text for editors that hold it as a decoration of their own. */

const STYLE = "font-style:var(--inkling-font-style,inherit);white-space:pre-wrap;user-select:none;pointer-events:none;color:";
const COLOR = "var(--inkling-color,color-mix(in srgb,currentColor 58%,transparent))";

export function ghostElement(page: Document, text: string): HTMLElement {
  const ghost = page.createElement("span");
  ghost.className = "inkling-ghost";
  ghost.setAttribute("aria-hidden", "true");
  ghost.textContent = text;
  // Forced colors give every text the color of the writer's own, unless it has one of the system's.
  ghost.style.cssText = STYLE + (matchMedia("(forced-colors:active)").matches ? "GrayText" : COLOR);
  return ghost;
}
