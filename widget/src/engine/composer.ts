/**
 * The engine of one editor: decides the grey text, when to ask, and what a key may do. It does not use the DOM.
 *
 * An editor tells it what happened (`typed`, `edited`, `moved`, ...); it reads the draft, paints and inserts through
 * a `Surface`.
 */

import { Answers, type Known } from "./answers.js";
import { Alarm, type Clock } from "./clock.js";
import type { ComposerOptions, Surface, Tell } from "./contract.js";
import { Kept } from "./kept.js";
import { Requests } from "./requests.js";
import { Suggestion } from "./suggestion.js";
import { CONVERTED, dropWord, endsLine, isWhole, MIN_CHARACTERS, nextWord } from "./text.js";
import type { Context, DismissReason, Draft, Shown } from "./types.js";

const RELEASE_MS = 2_000; // Tab leaves the field for so long after Esc
const QUIET_MS = 700; // before a suggestion is announced
const LOOK_MS = QUIET_MS / 2; // between checks of the draft, because no event reports a program that empties a field
const IDLE_MS = 200; // in a composition, before a suggestion may be shown

/** The composer of one editor; it suggests once it is configured. */
export class Composer {
  private _options!: ComposerOptions;
  private _enabled = true;
  private _closed = false;
  private _held: Suggestion | null = null;
  /** The draft where the writer types; null where nothing may be suggested. */
  private _draft: Draft | null = null;
  /** The draft as if the dismissed suggestion were taken; that suggestion is not offered again. */
  private _rejected = "";
  private _releasedUntil = 0;
  private _isComposing = false;
  /** The composition writes letters as they are typed, as keyboards of phones do with every word. */
  private _spells = false;
  /** A word is being taken and one is left. Only the text after that one is asked for. */
  private _prefetches = false;
  private _context: Context = {};
  private _contextKey = "{}";
  private readonly _idle = new Alarm(this._clock);
  private readonly _watch = new Alarm(this._clock);
  private _answers = new Answers(this._clock);
  private readonly _requests = new Requests(this._clock, this._tell, (answer) => this._answered(answer));
  private readonly _kept = new Kept(
    this._clock,
    this._surface,
    () => this._read()?.before,
    () => this._tell("lost", null),
  );

  constructor(
    private readonly _surface: Surface,
    private readonly _clock: Clock,
    private readonly _tell: Tell,
  ) {}

  /** What is grey now. */
  get suggestion(): Shown | null {
    return this._held ? this._held._shown() : null;
  }

  /** Whether to suggest; setting it to false hides what is shown. */
  get enabled(): boolean {
    return this._enabled;
  }

  set enabled(on: boolean) {
    this._enabled = on;
    if (!on) this._hide("disabled");
  }

  /**
   * Insert all of the suggestion, its next word, or what of it has been visible for long enough; false if there is
   * none, or the editor refused.
   */
  accept(part: "all" | "word" | "seen" = "all"): boolean {
    const held = this._held;
    if (!held || !this._standsAt(held.prefix)) return false;
    const from = held.prefix;
    const whole = held._rest();
    let text = whole;
    if (part === "word") text = nextWord(whole);
    if (part === "seen") text = this._seen(held).slice(from.length);
    if (!text) return false;
    const left = whole.slice(text.length);
    this._prefetches = nextWord(left) === left;
    held._taken += text.length;
    // Taken text must not be painted over its own ghost.
    this._surface.render(left || null);
    this._surface.insert(text);
    const refused = this._standsAt(from);
    if (refused) {
      // The editor, or the page around it, prevented the insertion.
      held._taken -= text.length;
      this._hide("edit");
    } else {
      if (this._held === held) this._follow();
      if (this._held === held && this._prefetches) this._ask(held._completion);
      this._kept._take(from, from + text);
    }
    this._prefetches = false;
    return !refused;
  }

  /** Hide the suggestion, do not offer it again, and leave Tab to the browser for a while; false if there was none. */
  dismiss(): boolean {
    const held = this._held;
    if (held) this._rejected = held._full;
    this._releasedUntil = this._clock.now() + RELEASE_MS;
    this._hide("escape");
    return held !== null;
  }

  /** Ask at the caret, even if a suggestion was dismissed here. */
  trigger(): void {
    this._rejected = "";
    if (!this._held) this._follow(true);
  }

  /** Whether a key may take the suggestion now. */
  _takeable(): boolean {
    const held = this._held;
    if (!held?._painted || (this._isComposing && !this._spells)) return false;
    const now = this._clock.now();
    if (now - held._painted < this._options.minVisibleMs || now < this._releasedUntil) return false;
    return this._standsAt(held.prefix);
  }

  /** Use other options; answers under the old ones are dropped. */
  _configure(options: ComposerOptions): void {
    this._options = options;
    this._kept.stop();
    this._answers = new Answers(this._clock);
    this._requests._reset();
    this._hide("edit");
  }

  /** End for good. */
  close(): void {
    this._closed = true;
    this._hide("detach");
    this._idle.clear();
    this._kept.stop();
  }

  /** A key was pressed, before it does anything: one that writes a character, or another. */
  _pressed(writes: boolean): void {
    this._kept._pressed(writes);
  }

  /** The writer typed at the caret, or a composition ended. */
  typed(): void {
    if (this._isComposing && !this._spells) return;
    this._kept._look();
    if (!this._isComposing) this._requests.key();
    this._follow();
  }

  /** The draft changed in another way: a deletion, undo, paste, drop, or a program. */
  edited(): void {
    this._kept.stop();
    if (!this._isComposing) this._hide("edit");
  }

  /** The caret may have moved, or is sure to. */
  moved(surely = false): void {
    if (this._isComposing || !this._draft) return;
    if (!surely && this._standsAt(this._draft.before)) return;
    this._kept.moved();
    this._leave("caret");
  }

  blurred(): void {
    this._hide("blur");
  }

  /** The editor has another place or size. Text that no longer fits is not part of the suggestion. */
  resized(): void {
    this._paint();
  }

  /**
   * A composition goes on with `text`, or is over (null); `typed` follows if it left any, and where `follows` says so
   * whenever the draft has changed in it.
   */
  composing(text: string | null, follows = false): void {
    const { inline } = this._surface;
    const written = text ?? "";
    this._idle.clear();
    this._spells = follows && !inline && !CONVERTED.test(written);
    if (text !== null && !this._spells && (!this._isComposing || this._held)) this._hide("composition");
    this._isComposing = text !== null;
    // In Korean every syllable is a composition, so the writer is nearly always in one.
    if (!inline && /\p{sc=Hang}$/u.test(written)) this._idle.set(IDLE_MS, () => this._follow(true));
  }

  /** The draft where the caret stands; null where nothing may be suggested. */
  private _read(): Draft | null {
    if (!this._enabled || this._closed) return null;
    const draft = this._surface.read();
    if (!draft || !endsLine(draft.after) || (draft.room ?? 1) <= 0) return null;
    return this._options.when(draft) ? draft : null;
  }

  private _standsAt(prefix: string): boolean {
    return this._read()?.before === prefix;
  }

  /** The writer continued, or asks for a suggestion at once. */
  private _follow(now = false): void {
    const left = this._draft;
    const draft = this._read();
    this._draft = draft;
    if (!draft || (this._isComposing && left && draft.before.length < left.before.length)) {
      this._hide("edit");
      return;
    }
    const prefix = draft.before;
    this._requests._keep(prefix);
    const held = this._held;
    if (held) {
      const matches = prefix.length >= held.prefix.length && held._completion.startsWith(prefix);
      if (matches) held.prefix = prefix;
      if (matches && held._rest()) {
        this._lookSoon();
        this._show();
        return;
      }
      this._end(matches ? null : "mismatch");
    }
    if (!this._rejected.startsWith(prefix)) this._rejected = "";
    this._lookAround();
    this._requests._wait();
    if (!this._knows(prefix) && (now || !this._isComposing)) this._askSoon(now);
    this._show();
  }

  /** Read the context as it is now; answers under another one are dropped. */
  private _lookAround(): void {
    this._context = this._options.context();
    const key = JSON.stringify(this._context);
    if (key === this._contextKey) return;
    this._contextKey = key;
    this._answers = new Answers(this._clock);
    this._requests._keep();
  }

  /** Ask when the pace allows it, unless there is grey text by then that need not grow. */
  private _askSoon(now = false): void {
    const ask = (): void => {
      if (this._draft && (!this._held || this._held._due)) this._ask(this._draft.before);
    };
    if (now) ask();
    else this._requests._later(this._options.schedule, ask);
  }

  private _ask(prefix: string): void {
    if (this._held) this._held._due = false;
    const { complete, session } = this._options;
    void this._requests._ask(complete, { prefix, context: this._context, session });
  }

  /** An answer came, perhaps to what the draft was some time ago. */
  private _answered(answer: Known): void {
    this._answers.add(answer);
    const prefix = this._draft?.before;
    if (prefix === undefined || !this._standsAt(prefix)) return;
    if (this._held) this._extend(this._held, answer);
    else if (this._knows(prefix)) this._show();
  }

  /** Hold the known continuation of the draft; true if an answer is known, even an empty one. */
  private _knows(prefix: string): boolean {
    const known = this._answers.find(prefix);
    if (!known) return false;
    const completion = known.prefix + known.text;
    const short = completion.length - prefix.length < MIN_CHARACTERS;
    if (short || this._rejected.startsWith(completion)) return true;
    this._held = new Suggestion(known, prefix);
    this._lookSoon();
    return true;
  }

  /** Paint the held suggestion, and find out whether it goes on. */
  private _show(): void {
    this._paint();
    this._grow();
  }

  /** At the end of each word, find out whether the grey text goes on; one request at most. */
  private _grow(): void {
    const held = this._held;
    if (!held || this._prefetches) return;
    const { prefix } = held;
    const rest = held._rest();
    // Text that was cut has no room for more.
    const cut = held._completion !== held._full;
    if (/\S$/.test(prefix) && /^\s/.test(rest) && !isWhole(rest) && !cut) held._due = true;
    if (!held._due) return;
    const known = this._answers.find(prefix);
    if (known?.prefix === prefix) {
      held._due = false;
      this._extend(held, known);
    } else this._askSoon();
  }

  /** Make grey text longer if an answer begins with it and there is room. Never shorten or replace it. */
  private _extend(held: Suggestion, answer: Known): void {
    const full = answer.prefix + answer.text;
    const completion = held._completion;
    if (full.length <= completion.length || !full.startsWith(completion)) return;
    const longer = this._lay(held, full);
    if (longer.length <= completion.length) {
      this._lay(held, completion);
      return;
    }
    held._steady = this._seen(held);
    held._grownAt = this._clock.now();
    held._completion = longer;
    held._full = full;
    held._due = false;
    held.confidence = answer.confidence;
    this._lookSoon();
    this._tell("suggestion", this.suggestion);
  }

  /** The completion as far as it has been visible for long enough that a key may take it. */
  private _seen(held: Suggestion): string {
    return this._clock.now() - held._grownAt < this._options.minVisibleMs ? held._steady : held._completion;
  }

  /** Have the surface show the rest of a completion; returns it as far as it finds room. */
  private _lay({ prefix }: Suggestion, completion: string): string {
    const { singleLine, room = Infinity } = this._draft ?? {};
    let rest = completion.slice(prefix.length);
    if (singleLine) rest = rest.replace(/\n.*/s, "");
    while (rest.length > room) rest = dropWord(rest);
    const units = this._surface.render(rest) ?? rest.length;
    return prefix + rest.slice(0, units);
  }

  /** Make the surface show the held suggestion. */
  private _paint(): void {
    const held = this._held;
    if (!held) return;
    held._completion = this._lay(held, held._completion);
    if (!held._rest()) {
      this._end("edit");
      return;
    }
    this._tell("suggestion", this.suggestion);
    this._clock.frame(() => {
      if (this._held !== held || held._painted) return;
      held._painted = this._clock.now();
      this._tell("outcome", { type: "shown", id: held.id, characters: held._rest().length });
    });
  }

  /** The suggestion is over: taken, typed, or gone for a reason. */
  private _end(reason: DismissReason | null): void {
    const ended = this._held;
    if (!ended) return;
    this._held = null;
    this._watch.clear();
    if (ended._painted) this._tell("outcome", ended._outcome(reason));
    this._surface.render(null);
    this._tell("suggestion", null);
    if (ended._announced) this._tell("announce", "");
  }

  /** Nothing is suggested where the caret was. */
  private _leave(reason: DismissReason): void {
    this._requests.stop();
    this._draft = null;
    this._end(reason);
  }

  /** The same, and the taken text may be gone. */
  private _hide(reason: DismissReason): void {
    this._kept._forget();
    this._leave(reason);
  }

  /** While nothing is typed, check that the draft is unchanged; the second time, announce the grey text. */
  private _lookSoon(quiet = false): void {
    this._watch.set(LOOK_MS, () => {
      this.moved();
      const held = this._held;
      if (!held) return;
      const { length } = held._completion;
      if (quiet && held._announced < length) {
        held._announced = length;
        this._tell("announce", held._rest().trim());
      }
      this._lookSoon(true);
    });
  }
}
