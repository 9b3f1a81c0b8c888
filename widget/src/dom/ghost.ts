/** Grey text for editors that hold it as a decoration of their own. */

import type { EditorEvents } from "./adapter.js";
import { BELOW, MARK } from "./mark.js";

const STYLE =
  "font-style:var(--inkling-font-style,inherit);white-space:inherit;user-select:none;pointer-events:none;-webkit-text-fill-color:currentcolor;color:";
const COLOR = "var(--inkling-color,color-mix(in srgb,currentColor 58%,transparent))";

/** What an editor paints: grey text, and which of how many choices it is, "" where that is not shown. */
export interface Painted {
  text: string;
  mark: string;
  /** Whether it stands below the line, because text follows on it. */
  below: boolean;
}

/** An element that shows it, for an editor's decoration. */
export function ghostElement(
  page: Document,
  { text, mark, below }: Painted,
  events?: EditorEvents | null,
): HTMLElement {
  const ghost = page.createElement("span");
  const is = (query: string): boolean => (page.defaultView as Window).matchMedia(query).matches;
  const touched = (element: HTMLElement, run: () => void): void => {
    element.style.pointerEvents = "auto";
    element.onpointerup = (event) => {
      event.stopPropagation();
      run();
    };
    // Focus and caret stay where they are.
    element.ontouchend = element.onmousedown = (event: Event) => event.preventDefault();
  };
  ghost.className = "inkling-ghost";
  ghost.setAttribute("aria-hidden", "true");
  ghost.textContent = text;
  // Forced colors paint all text in the writer's text color, unless it has a system color.
  ghost.style.cssText = STYLE + (is("(forced-colors:active)") ? "GrayText" : COLOR);
  if (below) {
    ghost.style.cssText += `;${BELOW}`;
    // As soon as it stands in the editor: within that.
    void Promise.resolve().then(() => {
      const around = ghost.parentElement;
      if (!around) return;
      const { right, bottom } = ghost.getBoundingClientRect();
      const editor = (ghost.closest("[contenteditable=true]") ?? around).getBoundingClientRect();
      const up = bottom > Math.min(editor.bottom, page.documentElement.clientHeight);
      if (up) ghost.style.transform = "translateY(-100%)";
      ghost.style.marginLeft = `${Math.min(0, editor.right - right)}px`;
    });
  }
  // What covers other text takes a click, which would not reach that.
  if (below || is("(pointer:coarse)")) touched(ghost, () => events?.tapped());
  if (mark) {
    // In a tree of its own it is no part of the text, and takes no room in the line.
    const root = ghost.attachShadow({ mode: "open" });
    const shown = page.createElement("span");
    shown.textContent = mark;
    shown.style.cssText = MARK;
    root.append(page.createElement("slot"), shown);
    if (is("(pointer:coarse)")) touched(shown, () => events?.turned());
  }
  return ghost;
}
