/** One editor with suggestions: the engine, its adapter, the keys and the page's listeners. */

import type { Connection } from "./client.js";
import type { Adapter, EditorEvents } from "./dom/adapter.js";
import { Announcer } from "./dom/announcer.js";
import { DEFAULT_KEYS, isKey, type Keys } from "./dom/keys.js";
import { browserClock } from "./engine/clock.js";
import { Composer, type ComposerEvents } from "./engine/composer.js";
import type { Outcome, Shown, Trouble } from "./engine/types.js";
import type { Options } from "./options.js";

/** What `handle.on` tells; the element dispatches the same as bubbling events named "inkling:" + the name. */
export interface HandleEvents {
  /** The grey text changed; null when there is none. */
  suggestion: Shown | null;
  /** What became of a suggestion. */
  outcome: Outcome;
  /** Something is wrong with the source; null when it is over. */
  trouble: Trouble | null;
  /** A request was answered after so many milliseconds. */
  answered: number;
}

export interface Handle {
  /** What is grey now. */
  readonly suggestion: Shown | null;
  /** Whether to suggest; setting it to false hides what is shown. */
  enabled: boolean;
  /** Take the suggestion, or its next word; false if there is none. */
  accept(part?: "all" | "word"): boolean;
  /** Hide it and do not offer it again; tells if there was one. */
  dismiss(): boolean;
  /** Ask where the caret is. */
  trigger(): void;
  /** Listen; the function returned stops it. */
  on<K extends keyof HandleEvents>(name: K, listener: (detail: HandleEvents[K]) => void): () => void;
  /** Change options; what the old ones found is forgotten. */
  update(options: Options): void;
  /** Take everything away and restore the element; the handle does nothing any more. */
  detach(): void;
}

const NATIVE = "writingsuggestions";

const DEFAULTS = {
  complete: () => null,
  context: () => ({}),
  schedule: "auto",
  when: () => true,
  minVisibleMs: 80,
} as const;

export class Attached extends Composer implements Handle, EditorEvents {
  private _announcer: Announcer;
  private _service: Promise<Connection> | null = null;
  private _stops: Array<() => void> = [];
  private _native: string | null;

  constructor(
    private _adapter: Adapter,
    private _options: Options,
    private _detached: () => void,
  ) {
    super(_adapter, { ...DEFAULTS, session: randomId() }, browserClock);
    const { element } = _adapter;
    this._native = element.getAttribute(NATIVE);
    element.setAttribute(NATIVE, "false");
    this._announcer = new Announcer(element);
    this.update(_options);
    _adapter.subscribe(this);
  }

  on<K extends keyof HandleEvents>(name: K, listener: (detail: HandleEvents[K]) => void): () => void {
    const { element } = this._adapter;
    const run = (event: Event): void => listener((event as CustomEvent<HandleEvents[K]>).detail);
    const stop = (): void => element.removeEventListener(`inkling:${name}`, run);
    element.addEventListener(`inkling:${name}`, run);
    this._stops.push(stop);
    return stop;
  }

  update(options: Options): void {
    this._options = { ...this._options, ...options };
    const { complete, telemetry = true, ...others } = this._options;
    this._disconnect();
    if (complete === undefined) {
      const view = this._adapter.element.ownerDocument.defaultView as Window;
      // Loaded only where there is a service to talk to.
      const service = import("./client.js").then(({ connect }) => connect(others, view, telemetry));
      this._service = service;
      this.configure({ ...others, complete: async (request, signal) => (await service).complete(request, signal) });
    } else this.configure({ ...others, complete });
  }

  detach(): void {
    const { element } = this._adapter;
    if (!this.close()) return;
    this._disconnect();
    this._adapter.destroy();
    this._announcer.remove();
    if (this._native === null) element.removeAttribute(NATIVE);
    else element.setAttribute(NATIVE, this._native);
    for (const stop of this._stops) stop();
    this._detached();
  }

  key(event: KeyboardEvent): void {
    const { accept, word, dismiss, trigger } = this._keys;
    const taken =
      (isKey(event, accept) && this.takeable && this.accept()) ||
      (isKey(event, word) && this.takeable && this.accept("word")) ||
      (isKey(event, dismiss) && this.dismiss());
    const asked = isKey(event, trigger);
    if (asked) this.trigger();
    if (!taken && !asked) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  tapped(): void {
    if (this._options.touch !== false && this.takeable) this.accept();
  }

  private get _keys(): Keys {
    return { ...DEFAULT_KEYS, ...this._options.keys };
  }

  private _disconnect(): void {
    void this._service?.then((service) => service.close());
    this._service = null;
  }

  protected override tell<K extends keyof ComposerEvents>(name: K, detail: ComposerEvents[K]): void {
    if (name === "announce") {
      const [key] = [this._keys.accept].flat();
      const how = key ? ` Press ${key} to accept.` : "";
      const { announce = (text: string) => `Suggestion: ${text}.${how}` } = this._options;
      if (announce !== false) this._announcer.say(detail && announce(detail as string));
      return;
    }
    if (name === "suggestion") this._announcer.follow();
    if (name === "outcome") void this._service?.then((service) => service.tell(detail as Outcome));
    this._adapter.element.dispatchEvent(new CustomEvent(`inkling:${name}`, { detail, bubbles: true, composed: true }));
  }
}

/** `crypto.randomUUID` is missing on plain-HTTP addresses other than loopback. */
function randomId(): string {
  return "w-" + Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
}
