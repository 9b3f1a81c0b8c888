/** One editor with suggestions: the engine, its adapter, the keys and the page's listeners. */

import type { Connection } from "./client.js";
import type { Adapter } from "./dom/adapter.js";
import { type Announcer, makeAnnouncer } from "./dom/announcer.js";
import { DEFAULT_KEYS, menuIsOpen, nameOf, type Keys } from "./dom/keys.js";
import { Listening, whenUsed } from "./dom/watch.js";
import { browserClock } from "./engine/clock.js";
import { type ComposerEvents, makeComposer } from "./engine/composer.js";
import type { Complete, Outcome, Shown, Trouble } from "./engine/types.js";
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

/** The same as events of the element, by name. */
export type InklingEvents = { [K in keyof HandleEvents as `inkling:${K}`]: CustomEvent<HandleEvents[K]> };

declare global {
  interface GlobalEventHandlersEventMap extends InklingEvents {}
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
  let announcer: Announcer | undefined;
  /** The key that took a suggestion last, which may be down still. */
  let taken = "";
  // `crypto.randomUUID` is missing on plain-HTTP addresses other than loopback.
  const session = crypto.getRandomValues(new Uint32Array(4)).join("-");
  let service: Promise<Connection> | undefined;

  const use = (): Announcer => {
    if (!nested) element.setAttribute(NATIVE, "false");
    return (announcer ??= makeAnnouncer(element));
  };

  const tell = <K extends keyof ComposerEvents>(name: K, detail: ComposerEvents[K]): void => {
    if (name === "announce") {
      const [key] = [keys().accept].flat();
      const how = key ? ` Press ${key} to accept.` : "";
      const { announce = (text: string) => `Suggestion: ${text}.${how}` } = given;
      if (announce) use().say(detail && announce(detail as string));
      return;
    }
    if (name === "lost") {
      console.warn("inkling: this editor did not keep what was taken, so nothing more is suggested in it; it needs an adapter");
      composer.enabled = false;
      return;
    }
    if (name === "suggestion") announcer?.follow();
    if (name === "outcome") void service?.then((source) => source.tell(detail as Outcome));
    element.dispatchEvent(new CustomEvent(`inkling:${name}`, { detail, bubbles: true, composed: true }));
  };

  const keys = (): Keys => ({ ...DEFAULT_KEYS, ...given.keys });

  const disconnect = (): void => {
    void service?.then((source) => source.close());
    service = undefined;
  };

  const update = (options: Options): void => {
    if (listening.signal.aborted) return;
    given = { ...given, ...options };
    let { complete } = given;
    // Loaded only where there is a service to talk to.
    const source = complete
      ? undefined
      : import("./client.js").then(({ connect }) => connect(given, element.ownerDocument.defaultView as Window));
    if (source) complete = async (...asked) => (await source).complete(...asked);
    // What this ends is told to the service that suggested it.
    composer.configure({ ...DEFAULTS, ...given, complete: complete as Complete, session });
    disconnect();
    service = source;
  };

  const composer = makeComposer(adapter, browserClock, tell);
  const handle = Object.assign(composer, {
    on<K extends keyof HandleEvents>(name: K, listener: (detail: HandleEvents[K]) => void): () => void {
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
      if (nested) {
        // Nothing was set.
      } else if (native === null) element.removeAttribute(NATIVE);
      else element.setAttribute(NATIVE, native);
      listening.abort();
      detached();
    },
    key(event: KeyboardEvent) {
      const pressed = nameOf(event);
      composer.pressed(event.key.length === 1 && !event.ctrlKey && !event.metaKey);
      // A key that is held down takes once, and moves no focus before it is up.
      const again = event.repeat && pressed === taken;
      if (!again) taken = "";
      if (menuIsOpen(element)) return;
      const is = (name: keyof Keys): boolean => [keys()[name]].flat().some((one) => one?.toLowerCase() === pressed);
      const take = (part: "seen" | "word"): boolean =>
        composer.takeable() && (adapter.seen?.() ?? true) && composer.accept(part);
      const asks = is("trigger");
      const accepts = !event.repeat && is("accept") && take("seen");
      if (accepts) taken = pressed;
      if (asks) composer.trigger();
      if (again || asks || accepts || (is("word") && take("word")) || (is("dismiss") && composer.dismiss())) {
        event.preventDefault();
        event.stopImmediatePropagation();
      }
    },
    tapped() {
      if (given.touch !== false && composer.takeable()) composer.accept("seen");
    },
  });
  update({});
  adapter.subscribe(handle);
  whenUsed(element, listening, use);
  return handle;
}
