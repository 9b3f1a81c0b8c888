/** Tells screen readers of a suggestion: within a modal dialog nothing outside it is read. */

import { add, addText, rootFor, standBy, TOP, write } from "./host.js";

const LAYERS = `${TOP},[aria-modal=true]`;

export interface Announcer {
  /** Be where the editor is some time before there is something to say: a new region is not read. */
  follow(): void;
  say(text: string): void;
  remove(): void;
}

export function makeAnnouncer(element: HTMLElement): Announcer {
  const root = rootFor(element, "ink-announcer", LAYERS);
  const region = add(root, "div");
  region.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden;white-space:nowrap;clip-path:inset(50%)";
  region.setAttribute("aria-live", "polite");
  const said = addText(region);
  return {
    follow: () => standBy(element, root.host, LAYERS),
    say: (text) => write(said, text),
    remove: () => root.host.remove(),
  };
}
