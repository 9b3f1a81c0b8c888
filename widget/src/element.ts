/** `<ink-compose for="id" endpoint="...">`: suggestions without a line of script. */

import { attach, type Handle, type Options } from "./index.js";

export type { InkComposeAttributes, InkComposeTag } from "./markup.js";

/** Without a DOM, as in server rendering, the module can only be imported. */
const Base = globalThis.HTMLElement ?? (class {} as unknown as typeof HTMLElement);

export class InkComposeElement extends Base {
  static readonly observedAttributes = ["for", "endpoint", "user", "min-confidence", "eagerness", "edits", "middle"];
  /** Undefined before the first look for the editor. */
  private _handle: Handle | null | undefined;
  private _more: Options = {};

  /** The handle of the editor; null while there is none. */
  get handle(): Handle | null {
    return this._handle ?? null;
  }

  /** Options that no attribute can hold: functions, keys. */
  set options(options: Options) {
    this._more = options;
    this._handle?.update(options);
  }

  connectedCallback(): void {
    // A parser calls this before the children, or the named element, exist.
    if (this.ownerDocument.readyState === "loading") {
      this.ownerDocument.addEventListener("DOMContentLoaded", () => this.isConnected && this._attach(), { once: true });
    } else this._attach();
  }

  disconnectedCallback(): void {
    this._handle?.detach();
    this._handle = undefined;
  }

  attributeChangedCallback(): void {
    if (this._handle === undefined) return;
    this.disconnectedCallback();
    this._attach();
  }

  private _attach(): void {
    const name = this.getAttribute("for");
    const root = this.getRootNode() as Document | ShadowRoot;
    const target = name === null ? this.querySelector("textarea,input,[contenteditable]") : root.getElementById(name);
    this._handle = null;
    if (target === null) return;
    const options: Options = { ...this._more };
    const endpoint = this.getAttribute("endpoint");
    const user = this.getAttribute("user");
    const confidence = this.getAttribute("min-confidence");
    if (endpoint !== null) options.endpoint = endpoint;
    if (user !== null) options.user = user;
    const eagerness = this.getAttribute("eagerness");
    if (eagerness === "calm" || eagerness === "balanced" || eagerness === "eager") options.eagerness = eagerness;
    if (this.hasAttribute("edits")) options.edits = true;
    if (this.hasAttribute("middle")) options.middle = true;
    if (confidence !== null) options.minConfidence = Number(confidence);
    this._handle = attach(target, options);
  }
}

const registry = globalThis.customElements as CustomElementRegistry | undefined;
if (registry && !registry.get("ink-compose")) registry.define("ink-compose", InkComposeElement);
