/** Grey text for editors that hold it as a decoration of their own. */

const STYLE =
  "color:var(--inkling-color,color-mix(in srgb,currentColor 58%,transparent));font-style:var(--inkling-font-style,inherit);white-space:inherit;user-select:none;pointer-events:none";

export function ghostElement(page: Document, text: string): HTMLElement {
  const ghost = page.createElement("span");
  ghost.className = "inkling-ghost";
  ghost.setAttribute("aria-hidden", "true");
  ghost.textContent = text;
  ghost.style.cssText = STYLE;
  return ghost;
}
