/** One editor with suggestions: the engine, its adapter, the keys and the page's listeners. */

import type { Connection, Eagerness } from "./client.js";
import type { Adapter } from "./dom/adapter.js";
import { Announcer } from "./dom/announcer.js";
import { Keyboard } from "./dom/keyboard.js";
import { Listening, whenUsed } from "./dom/watch.js";
import { browserClock } from "./engine/clock.js";
import { Composer } from "./engine/composer.js";
import type { Tell } from "./engine/contract.js";
import type { Outcome, Shown, Trouble } from "./engine/types.js";
import type { Options } from "./options.js";
import { type Pause, Wishes } from "./wishes.js";

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
  /** The writer paused suggestions, or resumed them (null). */
  paused: Pause | null;
  /** The writer banned this phrase, or took that back (null). */
  banned: string | null;
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
  /** Show the next of the choices that came with it, or with -1 the one before; false if there is none. */
  turn(step?: 1 | -1): boolean;
  /** Ask where the caret is. */
  trigger(): void;
  /** How readily it suggests; setting it is remembered for this writer, within the bounds of the page. */
  eagerness: Eagerness;
  /** Whether the writer has paused suggestions. */
  readonly paused: Pause | null;
  /** Suggest nothing for this draft, for an hour, or until it is resumed; false if the page does not allow it. */
  pause(how?: Pause): boolean;
  resume(): void;
  /** Never suggest a phrase again, by default the last one of what is grey; returns it, or null if there is none. */
  ban(phrase?: string): string | null;
  /** The phrases that this writer has banned. */
  banned(): Promise<readonly string[]>;
  /** Suggest this phrase again. */
  allow(phrase: string): Promise<void>;
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

/** What a screen reader is told of a suggestion where the page says nothing else; `how` names the key. */
const sayIn =
  (how: string) =>
  (text: string, { replace, rank, choices }: Shown): string =>
    `${replace ? "Correction" : "Suggestion"}${rank ? ` ${rank + 1} of ${choices}` : ""}: ${text}.${how}`;

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

  const announce = (told: { text: string; shown: Shown } | null): void => {
    const [key] = keyboard._keys("accept");
    const how = key ? ` Press ${key} to accept.` : "";
    const { announce = sayIn(how) } = given;
    if (announce) use()._say(told ? announce(told.text, told.shown) : "");
  };

  const emit = (name: string, detail: unknown): void => {
    element.dispatchEvent(new CustomEvent(`inkling:${name}`, { detail, bubbles: true, composed: true }));
  };

  const tell: Tell = (name, detail) => {
    if (name === "announce") {
      announce(detail as Parameters<typeof announce>[0]);
      return;
    }
    if (name === "lost") {
      console.warn("inkling: this editor did not keep what was taken; it needs an adapter of your own");
      composer.enabled = false;
      return;
    }
    if (name === "suggestion") announcer?._follow();
    if (name === "outcome") void service?.then((connection) => connection.tell(detail as Outcome));
    emit(name, detail);
  };

  const disconnect = (): void => {
    void service?.then((connection) => connection.close());
    service = undefined;
  };

  const view = element.ownerDocument.defaultView as Window;
  const wishes = new Wishes(
    view,
    () => given,
    () => service,
  );

  /** Say something else than a suggestion, where the page has no words of its own, and tell the page. */
  const note = (text: string, name: string, detail: string | null): void => {
    if (given.announce === undefined) use()._say(text);
    emit(name, detail);
  };

  const pause = (how?: Pause): boolean => {
    const allowed = wishes._pause(how);
    if (allowed) {
      composer._drop("disabled");
      note(`Suggestions ${how ? "paused" : "on"}.`, "paused", how ?? null);
    }
    return allowed;
  };

  const update = (options: Options): void => {
    if (listening.signal.aborted) return;
    given = { ...given, ...options };
    let { complete } = given;
    let connection: typeof service;
    if (!complete) {
      // Loaded only where there is a service to talk to.
      const settings = {
        ...given,
        get eagerness() {
          return handle.eagerness;
        },
      };
      const made = import("./client.js").then(({ connect }) => connect(settings, view));
      complete = async (request, signal) => (await made).complete(request, signal);
      connection = made;
    }
    // The outcome of a suggestion goes to the service that made it.
    const { when = DEFAULTS.when } = given;
    const marks = given.touch !== false && view.matchMedia("(pointer:coarse)").matches;
    composer._configure({
      ...DEFAULTS,
      ...given,
      complete,
      session,
      marks,
      when: (draft) => !wishes._paused && when(draft),
      banned: () => wishes._phrases(),
    });
    disconnect();
    service = connection;
  };

  const composer = new Composer(adapter, browserClock, tell);
  const handle: Handle = {
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
    turn: (step) => composer.turn(step),
    trigger: () => composer.trigger(),
    get eagerness() {
      return wishes._eagerness ?? given.eagerness ?? "balanced";
    },
    set eagerness(chosen) {
      wishes._eagerness = chosen;
      composer._drop("edit");
    },
    get paused() {
      return wishes._paused;
    },
    pause: (how = "until-resumed") => pause(how),
    resume: () => pause(),
    ban(phrase = composer._phrase()) {
      if (!phrase) return null;
      void wishes._list(phrase, true);
      composer._drop("escape");
      note(`Not suggested any more: ${phrase}. Control+Z undoes it.`, "banned", phrase);
      return phrase;
    },
    banned: () => wishes._list(),
    async allow(phrase) {
      const done = wishes._list(phrase);
      composer._drop("edit");
      emit("banned", null);
      await done;
    },
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
  const keyboard = new Keyboard(adapter, composer, () => given.keys, handle);
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
    turned: () => composer.turn(),
  });
  whenUsed(element, listening, use);
  return handle;
}
