/**
 * The engine of one editor: what is grey, when to ask, and what a key may do. Knows no DOM.
 *
 * An editor tells it what happened (`typed`, `edited`, `moved`, ...); it reads the draft, paints and inserts through
 * a `Surface`.
 */

import { type Known, makeAnswers } from "./answers.js";
import { alarm, type Clock } from "./clock.js";
import { watchKept } from "./kept.js";
import { endOf } from "./outcomes.js";
import { makePace, type Schedule } from "./pace.js";
import { makeRequests } from "./requests.js";
import { restOf, type Suggestion } from "./suggestion.js";
import { CONVERTED, dropWord, endsLine, isWhole, MIN_CHARACTERS, nextWord } from "./text.js";
import type { Complete, Context, DismissReason, Draft, Outcome, Shown, Trouble } from "./types.js";

/** An editor as the engine sees it. */
export interface Surface {
  /** Whether grey text stands within the content, which no one may change while the writer composes. */
  readonly inline?: boolean;
  /** The draft around the caret; null where no suggestion may stand: a selection, no focus, read-only. */
  read(): Draft | null;
  /** Paint grey text behind the caret, or none; returns how many UTF-16 units found room, if not all did. */
  render(text: string | null): number | void;
  /** Insert at the caret as one undo step, at once, and tell that something was typed. */
  insert(text: string): void;
}

export interface ComposerOptions {
  complete: Complete;
  session: string;
  context: () => Context;
  schedule: Schedule;
  /** Whether to suggest at all where the draft stands so. */
  when: (draft: Draft) => boolean;
  /** How long a suggestion must have been visible before a key may take it. */
  minVisibleMs: number;
}

/** What the engine tells. */
export interface ComposerEvents {
  /** Something else is grey now. */
  suggestion: Shown | null;
  /** To be read to the writer: once a suggestion, after a quiet moment; "" when it is gone. */
  announce: string;
  outcome: Outcome;
  /** The source is in trouble, or no longer. */
  trouble: Trouble | null;
  /** A request was answered after so many milliseconds. */
  answered: number;
  /** What was taken is no longer in the draft, and nobody took it out. */
  lost: null;
}

const RELEASE_MS = 2_000; // Tab leaves the field for so long after Esc
const QUIET_MS = 700; // before a suggestion is announced
const LOOK_MS = QUIET_MS / 2; // between looks at the draft: a program that empties a field tells nobody
const IDLE_MS = 200; // in a composition, before a suggestion may be shown

export interface Composer {
  /** What is grey now. */
  readonly suggestion: Shown | null;
  /** Whether to suggest; setting it to false hides what is shown. */
  enabled: boolean;
  /**
   * Insert all of the suggestion, its next word, or what of it has been visible for long enough; false if there is
   * none, or the editor refused.
   */
  accept(part?: "all" | "word" | "seen"): boolean;
  /** Hide the suggestion, do not offer it again, and leave Tab to the browser for a while; tells if there was one. */
  dismiss(): boolean;
  /** Ask where the caret stands, whatever was dismissed here. */
  trigger(): void;
  /** Whether a key may take the suggestion now. */
  takeable(): boolean;
  /** Take over other options; what was known under the old ones is forgotten. */
  configure(options: ComposerOptions): void;
  /** End for good. */
  close(): void;

  /** The writer typed at the caret, or a composition ended. */
  typed(): void;
  /** A key was pressed, before it does anything: one that writes a character, or another. */
  pressed(writes: boolean): void;
  /** The draft changed in another way: a deletion, undo, paste, drop, or a program. */
  edited(): void;
  /** The caret may have moved, or is sure to. */
  moved(surely?: boolean): void;
  blurred(): void;
  /** The editor has another place or size: what no longer finds room is not part of the suggestion. */
  resized(): void;
  /**
   * A composition goes on with `text`, or is over (null); `typed` follows if it left any, and where `follows` says so
   * whenever the draft has changed in it.
   */
  composing(text: string | null, follows?: boolean): void;
}

/** Tells whoever listens. */
export type Tell = <K extends keyof ComposerEvents>(name: K, detail: ComposerEvents[K]) => void;

/** The composer of one editor; it suggests once it is configured. */
export function makeComposer(surface: Surface, clock: Clock, tell: Tell): Composer {
  let options: ComposerOptions;
  let enabled = true;
  let closed = false;
  let held: Suggestion | null = null;
  /** Where the writer types; null where nothing may be suggested. */
  let prefix: string | null = null;
  /** The draft that the writer left there. */
  let draft: Draft | null = null;
  let rejected = "";
  let releasedUntil = 0;
  let isComposing = false;
  /** The composition writes letters as they are typed, as keyboards of phones do with every word. */
  let spells = false;
  /** A word is being taken and one is left: what follows that one is asked for, and nothing else. */
  let prefetches = false;
  let context: Context = {};
  let contextKey = "{}";
  const asking = alarm(clock);
  const idling = alarm(clock);
  const looking = alarm(clock);
  let answers = makeAnswers(clock);
  const pace = makePace(clock);
  const requests = makeRequests(clock, pace, {
    answered(answer, milliseconds) {
      tell("answered", milliseconds);
      answers.add(answer);
      if (!standsAt(prefix)) return;
      if (held) extend(answer);
      else if (fromKnown()) {
        paint();
        grow();
      }
    },
    trouble: (trouble) => tell("trouble", trouble),
  });

  const read = (): Draft | null => {
    const found = enabled && !closed ? surface.read() : null;
    return found && endsLine(found.after) && (found.room ?? 1) > 0 && options.when(found) ? found : null;
  };

  const kept = watchKept(clock, () => surface.read(), () => read()?.before, () => tell("lost", null));

  const standsAt = (place?: string | null): boolean => read()?.before === place;

  /** The writer went on, or wants to know at once what would follow. */
  const follow = (now?: boolean): void => {
    draft = read();
    const left = prefix;
    prefix = draft?.before ?? null;
    if (prefix === null || (isComposing && left && prefix.length < left.length)) return hide("edit");
    requests.keep(prefix);
    if (held) {
      const matches = prefix.length >= held.prefix.length && held.completion.startsWith(prefix);
      if (matches) held.prefix = prefix;
      if (matches && restOf(held)) {
        lookSoon();
        paint();
        return grow();
      }
      end(matches ? null : "mismatch");
    }
    if (!rejected.startsWith(prefix)) rejected = "";
    look();
    asking();
    if (!fromKnown() && (now || !isComposing)) askSoon(now);
    paint();
    grow();
  };

  /** Ask when the pace allows it, unless something is grey by then that need not grow. */
  const askSoon = (now?: boolean): void => {
    const delay = pace.delay(options.schedule);
    if (now || delay <= 0) ask(prefix);
    else asking(delay, () => (held && !held.due) || ask(prefix));
  };

  const ask = (about: string | null): void => {
    asking();
    if (about === null) return;
    if (held) held.due = false;
    void requests.ask(options.complete, { prefix: about, context, session: options.session });
  };

  /** Take note of the context as it is now; what was known under another one is forgotten. */
  const look = (): void => {
    context = options.context();
    const key = JSON.stringify(context);
    if (key === contextKey) return;
    contextKey = key;
    answers = makeAnswers(clock);
    requests.keep();
  };

  /** Hold what is known to continue the draft; true when that is known, if only that there is nothing. */
  const fromKnown = (): boolean => {
    const known = answers.find(prefix as string);
    if (!known) return false;
    const completion = known.prefix + known.text;
    const left = completion.length - (prefix as string).length;
    if (left < MIN_CHARACTERS || rejected.startsWith(completion)) return true;
    const id = known.uses++ ? `${known.id}.${known.uses}` : known.id;
    held = { ...known, id, start: known.prefix, full: completion, completion, prefix: prefix as string, taken: 0 };
    lookSoon();
    return true;
  };

  /** Once a word, where it ends, find out whether what is grey goes on; one request at most. */
  const grow = (): void => {
    if (!held || prefetches) return;
    const rest = restOf(held);
    // What was cut finds no room for more.
    if (/\S$/.test(held.prefix) && /^\s/.test(rest) && !isWhole(rest) && held.completion === held.full) held.due = true;
    if (!held.due) return;
    const known = answers.find(held.prefix);
    if (known?.prefix !== held.prefix) return askSoon();
    held.due = false;
    extend(known);
  };

  /** Make what is grey longer, if an answer begins with it and there is room: never shorter, never another. */
  const extend = ({ prefix: start, text, confidence }: Known): void => {
    const shown = held as Suggestion;
    const full = start + text;
    const { completion } = shown;
    if (full.length <= completion.length || !full.startsWith(completion)) return;
    const longer = lay(shown, full);
    if (longer.length <= completion.length) return void lay(shown, completion);
    Object.assign(shown, { confidence, full, steady: seenOf(shown), grown: clock.now(), completion: longer, due: false });
    lookSoon();
    tell("suggestion", suggestion());
  };

  /** The completion as far as it has been visible for long enough that a key may take it. */
  const seenOf = ({ completion, steady = "", grown = -Infinity }: Suggestion): string =>
    clock.now() - grown < options.minVisibleMs ? steady : completion;

  /** Have the surface show the rest of a completion; returns it as far as it finds room. */
  const lay = ({ prefix: before }: Suggestion, completion: string): string => {
    const { singleLine, room = Infinity } = draft ?? {};
    let rest = completion.slice(before.length);
    if (singleLine) rest = rest.replace(/\n.*/s, "");
    while (rest.length > room) rest = dropWord(rest);
    return before + rest.slice(0, surface.render(rest) as number | undefined);
  };

  /** Make the surface show what is held. */
  const paint = (): void => {
    const shown = held;
    if (!shown) return;
    shown.completion = lay(shown, shown.completion);
    if (!restOf(shown)) return end("edit");
    tell("suggestion", suggestion());
    clock.frame(() => {
      if (held !== shown || shown.painted) return;
      shown.painted = clock.now();
      tell("outcome", { type: "shown", id: shown.id, characters: restOf(shown).length });
    });
  };

  const suggestion = (): Shown | null => held && { id: held.id, text: restOf(held), confidence: held.confidence };

  /** The suggestion is over: taken, typed, or gone for a reason. */
  const end = (reason: DismissReason | null): void => {
    const ended = held;
    if (!ended) return;
    held = null;
    looking();
    if (ended.painted) tell("outcome", endOf(ended, reason));
    surface.render(null);
    tell("suggestion", null);
    if (ended.announced) tell("announce", "");
  };

  /** Nothing is suggested where the caret was. */
  const leave = (reason: DismissReason): void => {
    requests.keep();
    asking();
    prefix = null;
    end(reason);
  };

  const hide = (reason: DismissReason): void => {
    kept.forget();
    leave(reason);
  };

  const moved = (surely = false): void => {
    if (isComposing || prefix === null || (!surely && standsAt(prefix))) return;
    kept.moved();
    leave("caret");
  };

  /** While nothing is typed, look whether the draft still stands; the second time, announce what is grey. */
  const lookSoon = (quiet = false): void =>
    looking(LOOK_MS, () => {
      moved();
      if (!held) return;
      if (quiet && (held.announced ?? 0) < held.completion.length) {
        held.announced = held.completion.length;
        tell("announce", restOf(held).trim());
      }
      lookSoon(true);
    });

  return {
    get suggestion() {
      return suggestion();
    },
    get enabled() {
      return enabled;
    },
    set enabled(on) {
      enabled = on;
      if (!on) hide("disabled");
    },
    accept(part = "all") {
      const taking = held;
      const place = taking?.prefix;
      if (!taking || !standsAt(place)) return false;
      const rest = restOf(taking);
      const text = { all: rest, word: nextWord(rest), seen: seenOf(taking).slice(taking.prefix.length) }[part];
      if (!text) return false;
      const left = rest.slice(text.length);
      prefetches = nextWord(left) === left;
      taking.taken += text.length;
      // What is taken must not be painted over its own ghost.
      surface.render(left || null);
      surface.insert(text);
      const refused = standsAt(place);
      if (!refused && held === taking) follow();
      if (!refused && held === taking && prefetches) ask(taking.completion);
      prefetches = false;
      if (refused) {
        // The editor, or the page around it, did not let it in.
        taking.taken -= text.length;
        hide("edit");
        return false;
      }
      kept.taken(place as string, place + text);
      return true;
    },
    dismiss() {
      const dismissed = held;
      if (dismissed) rejected = dismissed.full;
      releasedUntil = clock.now() + RELEASE_MS;
      hide("escape");
      return !!dismissed;
    },
    trigger() {
      rejected = "";
      if (!held) follow(true);
    },
    takeable() {
      if (!held?.painted || (isComposing && !spells)) return false;
      const now = clock.now();
      return now - held.painted >= options.minVisibleMs && now >= releasedUntil && standsAt(held.prefix);
    },
    configure(chosen) {
      options = chosen;
      kept.stop();
      answers = makeAnswers(clock);
      requests.reset();
      hide("edit");
    },
    close() {
      closed = true;
      hide("detach");
      idling();
      kept.stop();
    },
    pressed: kept.pressed,
    typed() {
      if (isComposing && !spells) return;
      kept.look();
      if (!isComposing) pace.key();
      follow();
    },
    edited() {
      kept.stop();
      if (!isComposing) hide("edit");
    },
    moved,
    blurred: () => hide("blur"),
    resized: paint,
    composing(text, follows) {
      idling();
      spells = !!follows && !surface.inline && !CONVERTED.test(text ?? "");
      if (text !== null && !spells && (!isComposing || held)) hide("composition");
      isComposing = text !== null;
      // In Korean every syllable is a composition, and the writer is in one nearly always.
      if (!surface.inline && /\p{sc=Hang}$/u.test(text ?? "")) idling(IDLE_MS, () => follow(true));
    },
  };
}
