/** Tells screen readers of a suggestion, beside the editor: within a modal dialog nothing outside it is read. */

import { ANNOUNCER_STYLE, adopt } from "./styles.js";

export class Announcer {
  private _host: HTMLElement;
  private _text: Text;

  constructor(element: HTMLElement, nonce?: string) {
    const page = element.ownerDocument;
    this._host = page.createElement("ink-announcer");
    const root = this._host.attachShadow({ mode: "open" });
    adopt(root, ANNOUNCER_STYLE, nonce);
    const region = page.createElement("div");
    region.setAttribute("role", "status");
    region.setAttribute("aria-live", "polite");
    // Chromium ends the writer's undo step when a node is added or removed; a text node's data may change.
    this._text = page.createTextNode("");
    region.append(this._text);
    root.append(region);
    element.after(this._host);
  }

  say(text: string): void {
    if (this._text.data !== text) this._text.data = text;
  }

  remove(): void {
    this._host.remove();
  }
}
