/** One editor with suggestions: the engine, its adapter, the keys and the page's listeners. */

import type { Connection } from "./client.js";
import type { Adapter } from "./dom/adapter.js";
import { Announcer } from "./dom/announcer.js";
import { Keyboard } from "./dom/keyboard.js";
import { Listening, whenUsed } from "./dom/watch.js";
import { browserClock } from "./engine/clock.js";
import { Composer } from "./engine/composer.js";
import type { Tell } from "./engine/contract.js";
import type { Outcome, Shown, Trouble } from "./engine/types.js";
import type { Options } from "./options.js";

/** The events of `handle.on`; the element dispatches the same as bubbling events named "inkling:" + the name. */
export interface HandleEvents {
  /** The grey text changed; null when there is none. */
  suggestion: Shown | null;
  /** The outcome of a suggestion. */
  outcome: Outcome;
  /** Something is wrong with the source; null when it is over. */
  trouble: Trouble | null;
  /** A request was answered after this many milliseconds. */
  answered: number;
}

/** The same as events of the element, by name. */
export type InklingEvents = { [K in keyof HandleEvents as `inkling:${K}`]: CustomEvent<HandleEvents[K]> };

declare global {
  interface GlobalEventHandlersEventMap extends InklingEvents {}
}

export interface Handle {
  /** The grey text now. */
  readonly suggestion: Shown | null;
  /** Whether to suggest; setting it to false hides what is shown. */
  enabled: boolean;
  /** Take the suggestion, or its next word; false if there is none. */
  accept(part?: "all" | "word"): boolean;
  /** Hide it and do not offer it again; returns whether there was one. */
  dismiss(): boolean;
  /** Ask where the caret is. */
  trigger(): void;
  /** Listen; the function returned stops it. */
  on<K extends keyof HandleEvents>(name: K, listener: (detail: HandleEvents[K]) => void): () => void;
  /** Change options; suggestions under the old ones are dropped. */
  update(options: Options): void;
  /** Remove everything and restore the element; the handle then does nothing. */
  detach(): void;
}

const NATIVE = "writingsuggestions";

const DEFAULTS = {
  context: () => ({}),
  schedule: "auto",
  when: () => true,
  minVisibleMs: 80,
} as const;

/** Put suggestions into the editor behind an adapter; `detached` is called when they are taken away. */
export function makeHandle(adapter: Adapter, given: Options, detached: () => void): Handle {
  const { element } = adapter;
  const listening = new Listening();
  const native = element.getAttribute(NATIVE);
  // Within another editor, an attribute would be part of what that sends.
  const nested = element.parentElement?.closest("[contenteditable]");
  // `crypto.randomUUID` is missing on plain-HTTP addresses other than loopback.
  const session = crypto.getRandomValues(new Uint32Array(4)).join("-");
  let announcer: Announcer | undefined;
  let service: Promise<Connection> | undefined;

  /** The editor is used: from now on it may be changed. */
  const use = (): Announcer => {
    if (!nested) element.setAttribute(NATIVE, "false");
    announcer ??= new Announcer(element);
    return announcer;
  };

  const announce = (suggested: string): void => {
    const [key] = keyboard._keys("accept");
    const how = key ? ` Press ${key} to accept.` : "";
    const { announce = (text: string) => `Suggestion: ${text}.${how}` } = given;
    if (announce) use()._say(suggested && announce(suggested));
  };

  const tell: Tell = (name, detail) => {
    if (name === "announce") {
      announce(detail as string);
      return;
    }
    if (name === "lost") {
      console.warn("inkling: this editor did not keep what was taken; it needs an adapter of your own");
      composer.enabled = false;
      return;
    }
    if (name === "suggestion") announcer?._follow();
    if (name === "outcome") void service?.then((connection) => connection.tell(detail as Outcome));
    element.dispatchEvent(new CustomEvent(`inkling:${name}`, { detail, bubbles: true, composed: true }));
  };

  const disconnect = (): void => {
    void service?.then((connection) => connection.close());
    service = undefined;
  };

  const update = (options: Options): void => {
    if (listening.signal.aborted) return;
    given = { ...given, ...options };
    let { complete } = given;
    let connection: typeof service;
    if (!complete) {
      // Loaded only where there is a service to talk to.
      const made = import("./client.js").then(({ connect }) =>
        connect(given, element.ownerDocument.defaultView as Window),
      );
      complete = async (request, signal) => (await made).complete(request, signal);
      connection = made;
    }
    // The outcome of a suggestion goes to the service that made it.
    composer._configure({ ...DEFAULTS, ...given, complete, session });
    disconnect();
    service = connection;
  };

  const composer = new Composer(adapter, browserClock, tell);
  const keyboard = new Keyboard(adapter, composer, () => given.keys);
  update({});
  // Functions of their own, which an adapter may hand on.
  adapter.subscribe({
    typed: () => composer.typed(),
    edited: () => composer.edited(),
    moved: (surely) => composer.moved(surely),
    composing: (text, follows) => composer.composing(text, follows),
    blurred: () => composer.blurred(),
    resized: () => composer.resized(),
    key: (event) => keyboard.key(event),
    tapped() {
      if (given.touch !== false && composer._takeable()) composer.accept("seen");
    },
  });
  whenUsed(element, listening, use);
  return {
    get suggestion() {
      return composer.suggestion;
    },
    get enabled() {
      return composer.enabled;
    },
    set enabled(on) {
      composer.enabled = on;
    },
    accept: (part) => composer.accept(part),
    dismiss: () => composer.dismiss(),
    trigger: () => composer.trigger(),
    on<K extends keyof HandleEvents>(name: K, listener: (detail: HandleEvents[K]) => void) {
      const run = (event: Event): void => listener((event as CustomEvent<HandleEvents[K]>).detail);
      const type = `inkling:${name}`;
      element.addEventListener(type, run, listening);
      return () => element.removeEventListener(type, run);
    },
    update,
    detach() {
      if (listening.signal.aborted) return;
      composer.close();
      disconnect();
      adapter.destroy();
      announcer?.remove();
      if (!nested) {
        if (native === null) element.removeAttribute(NATIVE);
        else element.setAttribute(NATIVE, native);
      }
      listening.abort();
      detached();
    },
  };
}
