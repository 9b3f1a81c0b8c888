/** Tells screen readers of a suggestion, beside the editor: within a modal dialog nothing outside it is read. */

import { add, addText, rootBeside, write } from "./host.js";

export interface Announcer {
  say(text: string): void;
  remove(): void;
}

export function makeAnnouncer(element: HTMLElement): Announcer {
  const root = rootBeside(element, "ink-announcer");
  const region = add(root, "div");
  region.style.cssText = "position:absolute;clip-path:inset(50%);white-space:nowrap";
  region.setAttribute("aria-live", "polite");
  const said = addText(region);
  return {
    say: (text) => write(said, text),
    remove: () => root.host.remove(),
  };
}
