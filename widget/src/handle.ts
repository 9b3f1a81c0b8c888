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

const NATIVE = "writingsuggestions";

export class Attached implements Handle {
  private _composer: Composer;
  private _announcer: Announcer;
  private _telemetry: Telemetry | null = null;
  private _stops: Array<() => void> = [];
  private _frame = 0;
  private _native: string | null;
  private _session = randomId();

  constructor(
    private _adapter: Adapter,
    private _options: Options,
    private _detached: () => void,
  ) {
    const { element } = _adapter;
    this._native = element.getAttribute(NATIVE);
    element.setAttribute(NATIVE, "false");
    this._announcer = new Announcer(element, _options.nonce);
    const composer = new Composer(
      {
        read: () => _adapter.read(),
        render: (text) => this._render(text),
        insert: (text) => _adapter.insert(text),
      },
      this._engineOptions(),
      (name, detail) => {
        if (name === "announce") this._announce(detail as string);
        else this._tell(name, detail as never);
      },
      browserClock,
    );
    this._composer = composer;
    _adapter.subscribe({
      typed: () => composer.typed(),
      edited: () => composer.edited(),
      moved: (surely) => composer.moved(surely),
      composing: (text) => composer.composing(text),
      blurred: () => composer.blurred(),
      key: (event) => this._key(event),
      tapped: () => {
        if (this._options.touch !== false && composer.takeable) composer.accept("all");
      },
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
    const { element } = this._adapter;
    const run = (event: Event): void => listener((event as CustomEvent<HandleEvents[K]>).detail);
    const stop = (): void => element.removeEventListener(`inkling:${name}`, run);
    element.addEventListener(`inkling:${name}`, run);
    this._stops.push(stop);
    return stop;
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
    if (this._native === null) element.removeAttribute(NATIVE);
    else element.setAttribute(NATIVE, this._native);
    for (const stop of this._stops) stop();
    this._detached();
  }

  private _engineOptions(): ComposerOptions {
    const { endpoint = ".", headers, user, minConfidence, telemetry = true, complete, ...others } = this._options;
    const service: Service = { endpoint, headers, user, minConfidence };
    this._telemetry?.close();
    this._telemetry =
      complete === undefined && telemetry ? new Telemetry(service, this._adapter.element.ownerDocument.defaultView as Window) : null;
    return {
      session: this._session,
      context: () => ({}),
      schedule: "auto",
      when: () => true,
      minVisibleMs: 80,
      ...others,
      complete: complete ?? serviceSource(service),
    };
  }

  private _render(text: string | null): number | void {
    const room = this._adapter.render(text);
    cancelAnimationFrame(this._frame);
    if (text !== null) this._frame = requestAnimationFrame(() => this._composer.painted());
    return room;
  }

  private _key(event: KeyboardEvent): void {
    const { _composer: composer } = this;
    const { accept, word, dismiss, trigger } = { ...DEFAULT_KEYS, ...this._options.keys };
    const taken =
      (isKey(event, accept) && composer.takeable && composer.accept("all")) ||
      (isKey(event, word) && composer.takeable && composer.accept("word")) ||
      (isKey(event, dismiss) && composer.dismiss());
    const asked = isKey(event, trigger);
    if (asked) composer.trigger();
    if (!taken && !asked) return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }

  private _announce(text: string): void {
    const { announce = (said: string) => `Suggestion: ${said}. Press Tab to accept.` } = this._options;
    if (announce !== false) this._announcer.say(text && announce(text));
  }

  private _tell<K extends keyof HandleEvents>(name: K, detail: HandleEvents[K]): void {
    if (name === "outcome") this._telemetry?.add(detail as Outcome);
    this._adapter.element.dispatchEvent(new CustomEvent(`inkling:${name}`, { detail, bubbles: true, composed: true }));
  }
}

/** `crypto.randomUUID` is missing on plain-HTTP addresses other than loopback. */
function randomId(): string {
  return "w-" + Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
}
