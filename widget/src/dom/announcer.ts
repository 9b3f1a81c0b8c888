/** Tells screen readers of a suggestion, beside the editor: within a modal dialog nothing outside it is read. */

import { add, addText, rootBeside, stayBeside, write } from "./host.js";

export interface Announcer {
  /** Be where the editor is some time before there is something to say: a new region is not read. */
  follow(): void;
  say(text: string): void;
  remove(): void;
}

export function makeAnnouncer(element: HTMLElement): Announcer {
  const root = rootBeside(element, "ink-announcer");
  const region = add(root, "div");
  region.style.cssText = "position:absolute;width:1px;height:1px;overflow:hidden;white-space:nowrap;clip-path:inset(50%)";
  region.setAttribute("aria-live", "polite");
  const said = addText(region);
  return {
    follow: () => stayBeside(element, root),
    say: (text) => write(said, text),
    remove: () => root.host.remove(),
  };
}
