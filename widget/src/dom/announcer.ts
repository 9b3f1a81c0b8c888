/** Announces suggestions to screen readers. In a modal dialog they read nothing outside it. */

import { add, addText, rootFor, standBy, TOP, write } from "./host.js";

const LAYERS = `${TOP},[aria-modal=true]`;

export class Announcer {
  private readonly _host: Element;
  private readonly _said: Text;

  constructor(private readonly _element: HTMLElement) {
    const root = rootFor(_element, "ink-announcer", LAYERS);
    const region = add(root, "div");
    region.style.cssText =
      "position:absolute;width:1px;height:1px;overflow:hidden;white-space:nowrap;clip-path:inset(50%)";
    region.setAttribute("aria-live", "polite");
    this._host = root.host;
    this._said = addText(region);
  }

  /** Stand near the editor some time before the first announcement, because a new region is not read. */
  _follow(): void {
    standBy(this._element, this._host, LAYERS);
  }

  _say(text: string): void {
    write(this._said, text);
  }

  remove(): void {
    this._host.remove();
  }
}
