/** One editor with suggestions: the engine, its adapter, the keys and the page's listeners. */

import { serviceSource, Telemetry, type Service } from "./client.js";
import type { Adapter } from "./dom/adapter.js";
import { Announcer } from "./dom/announcer.js";
import { DEFAULT_KEYS, isKey } from "./dom/keys.js";
import { browserClock } from "./engine/clock.js";
import { Composer, type ComposerOptions } from "./engine/composer.js";
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
  dismiss(): void;
  /** Ask where the caret is. */
  trigger(): void;
  /** Listen; the function returned stops it. */
  on<K extends keyof HandleEvents>(name: K, listener: (detail: HandleEvents[K]) => void): () => void;
  /** Change options; what the old ones found is forgotten. */
  update(options: Options): void;
  /** Take everything away and restore the element. */
  detach(): void;
}

export class Attached implements Handle {
  private _composer: Composer;
  private _announcer: Announcer;
  private _telemetry: Telemetry | null = null;
  private _listeners = new Map<string, Set<(detail: never) => void>>();
  private _frame = 0;
  private _writingSuggestions: string | null;
  private _session = randomId();

  constructor(
    private _adapter: Adapter,
    private _options: Options,
    private _detached: () => void,
  ) {
    const { element } = _adapter;
    this._writingSuggestions = element.getAttribute("writingsuggestions");
    element.setAttribute("writingsuggestions", "false");
    this._announcer = new Announcer(element, _options.nonce);
    this._composer = new Composer(
      {
        read: () => _adapter.read(),
        render: (text) => this._render(text),
        insert: (text) => _adapter.insert(text),
      },
      this._engineOptions(),
      {
        suggestion: (shown) => this._tell("suggestion", shown),
        announce: (text) => this._announce(text),
        outcome: (outcome) => {
          this._telemetry?.add(outcome);
          this._tell("outcome", outcome);
        },
        trouble: (trouble) => this._tell("trouble", trouble),
        answered: (milliseconds) => this._tell("answered", milliseconds),
      },
      browserClock,
    );
    _adapter.subscribe({
      typed: () => this._composer.typed(),
      edited: () => this._composer.edited(),
      moved: (surely) => this._composer.moved(surely),
      composing: (text) => this._composer.composing(text),
      blurred: () => this._composer.blurred(),
      key: (event) => this._key(event),
      tapped: () => this._options.touch !== false && this._composer.takeable && this.accept(),
    });
  }

  get suggestion(): Shown | null {
    return this._composer.shown;
  }

  get enabled(): boolean {
    return this._composer.enabled;
  }

  set enabled(on: boolean) {
    this._composer.enable(on);
  }

  accept(part: "all" | "word" = "all"): boolean {
    return this._composer.accept(part);
  }

  dismiss(): void {
    this._composer.dismiss();
  }

  trigger(): void {
    this._composer.trigger();
  }

  on<K extends keyof HandleEvents>(name: K, listener: (detail: HandleEvents[K]) => void): () => void {
    const listeners = this._listeners.get(name) ?? new Set();
    this._listeners.set(name, listeners.add(listener));
    return () => listeners.delete(listener);
  }

  update(options: Options): void {
    this._options = { ...this._options, ...options };
    this._composer.update(this._engineOptions());
  }

  detach(): void {
    const { element } = this._adapter;
    this._composer.close();
    this._telemetry?.close();
    cancelAnimationFrame(this._frame);
    this._adapter.destroy();
    this._announcer.remove();
    if (this._writingSuggestions === null) element.removeAttribute("writingsuggestions");
    else element.setAttribute("writingsuggestions", this._writingSuggestions);
    this._listeners.clear();
    this._detached();
  }

  private _engineOptions(): ComposerOptions {
    const { endpoint = ".", headers, user, minConfidence, complete, telemetry = true } = this._options;
    const { context, schedule, when, minVisibleMs } = this._options;
    const service: Service = { endpoint, headers, user, minConfidence };
    this._telemetry?.close();
    const view = this._adapter.element.ownerDocument.defaultView;
    this._telemetry = complete === undefined && telemetry && view !== null ? new Telemetry(service, view) : null;
    return {
      complete: complete ?? serviceSource(service),
      session: this._session,
      context: context ?? (() => ({})),
      schedule: schedule ?? "auto",
      when: when ?? (() => true),
      minVisibleMs: minVisibleMs ?? 80,
    };
  }

  private _render(text: string | null): number | void {
    const room = this._adapter.render(text);
    cancelAnimationFrame(this._frame);
    // Within the frame callback it is about to be painted; the next one would be a frame late.
    if (text !== null) this._frame = requestAnimationFrame(() => this._composer.painted());
    return room;
  }

  private _key(event: KeyboardEvent): void {
    const keys = { ...DEFAULT_KEYS, ...this._options.keys };
    const taken =
      (isKey(event, keys.accept) && this._composer.takeable && this.accept("all")) ||
      (isKey(event, keys.word) && this._composer.takeable && this.accept("word")) ||
      (isKey(event, keys.dismiss) && this._composer.dismiss());
    if (taken) {
      event.preventDefault();
      event.stopImmediatePropagation();
    } else if (isKey(event, keys.trigger)) {
      event.preventDefault();
      this.trigger();
    }
  }

  private _announce(text: string): void {
    const { announce = (said: string) => `Suggestion: ${said}. Press Tab to accept.` } = this._options;
    if (announce !== false) this._announcer.say(text && announce(text));
  }

  private _tell<K extends keyof HandleEvents>(name: K, detail: HandleEvents[K]): void {
    for (const listener of this._listeners.get(name) ?? []) (listener as (detail: HandleEvents[K]) => void)(detail);
    const { element } = this._adapter;
    const view = element.ownerDocument.defaultView as (Window & typeof globalThis) | null;
    const Event = view?.CustomEvent ?? CustomEvent;
    element.dispatchEvent(new Event(`inkling:${name}`, { detail, bubbles: true, composed: true }));
  }
}

/** `crypto.randomUUID` is missing on plain-HTTP addresses other than loopback. */
function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return "w-" + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
