/** Tells screen readers of a suggestion, beside the editor: within a modal dialog nothing outside it is read. */

import { rootBeside, stayBeside, write } from "./host.js";

export class Announcer {
  private _root: ShadowRoot;
  private _text: Text;

  constructor(private _element: HTMLElement) {
    const page = _element.ownerDocument;
    this._root = rootBeside(_element, "ink-announcer");
    const region = page.createElement("div");
    region.style.cssText = "position:absolute;clip-path:inset(50%);white-space:nowrap";
    region.setAttribute("role", "status");
    region.setAttribute("aria-live", "polite");
    // Chromium ends the writer's undo step when a node is added or removed; a text node's data may change.
    this._text = page.createTextNode("");
    region.append(this._text);
    this._root.append(region);
  }

  /** Be where the editor is some time before there is something to say: a new region is not read. */
  follow(): void {
    stayBeside(this._element, this._root);
  }

  say(text: string): void {
    write(this._text, text);
  }

  remove(): void {
    this._root.host.remove();
  }
}
