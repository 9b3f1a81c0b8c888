/**
 * The engine of one editor: decides the grey text, when to ask, and what a key may do. It does not use the DOM.
 *
 * An editor tells it what happened (`typed`, `edited`, `moved`, ...); it reads the draft, paints and inserts through
 * a `Surface`.
 */

import type { Known } from "./answers.js";
import { Asking } from "./asking.js";
import { Alarm, type Clock } from "./clock.js";
import type { ComposerOptions, Surface, Tell } from "./contract.js";
import { Kept } from "./kept.js";
import { lastPhrase } from "./phrases.js";
import { Refused } from "./refused.js";
import { Showing } from "./showing.js";
import type { Suggestion } from "./suggestion.js";
import { Taken } from "./taken.js";
import { CONVERTED, endsLine, isWhole, lastWord, nextWord } from "./text.js";
import type { DismissReason, Draft, Shown } from "./types.js";

const RELEASE_MS = 2_000; // Tab leaves the field for so long after Esc
const EARLY_MS = 80; // before a suggestion may be taken, Tab stays in the field
const AGAIN_MS = 300; // after one was taken, too
const IDLE_MS = 200; // in a composition, before a suggestion may be shown

/** The composer of one editor; it suggests once it is configured. */
export class Composer {
  private _options!: ComposerOptions;
  private _enabled = true;
  private _closed = false;
  /** The draft where the writer types; null where nothing may be suggested. */
  private _draft: Draft | null = null;
  private _releasedUntil = 0;
  private _takenAt = -Infinity;
  private _isComposing = false;
  /** The composition writes letters as they are typed, as keyboards of phones do with every word. */
  private _spells = false;
  /** A word is being taken and one is left. Only the text after that one is asked for. */
  private _prefetches = false;
  private readonly _idle = new Alarm(this._clock);
  private readonly _refused = new Refused();
  private readonly _showing = new Showing(
    this._surface,
    this._clock,
    this._tell,
    this._refused,
    () => this._draft,
    () => this.moved(),
  );
  private readonly _asking = new Asking(this._clock, this._surface, this._tell, (answer) => this._answered(answer));
  private readonly _requests = this._asking._requests;
  private readonly _taken = new Taken(
    this._clock,
    () => this._surface.read()?.before,
    (outcome, { from, _stayed }) => {
      this._tell("outcome", outcome);
      // The writer means the word as it was typed.
      if (outcome.type === "undone" && _stayed < from.length) this._refused._mean(from);
    },
  );
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
    return this._showing._shown();
  }

  private get _held(): Suggestion | null {
    return this._showing._held;
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
    const held = this._standing();
    if (!held) return false;
    const from = held._prefix;
    const { replace } = held;
    const base = held._base();
    const whole = held._rest();
    let text = whole;
    if (part === "word") text = held._word();
    if (part === "seen") text = this._showing._seen(held).slice(base.length);
    if (!text && !replace) return false;
    const left = whole.slice(text.length);
    this._prefetches = nextWord(left) === left;
    held._taken += text.length;
    held._isTaken = true;
    // From here on it goes on like any other.
    held._prefix = base;
    held.replace = 0;
    // Taken text must not be painted over its own ghost.
    this._surface.render(left || null);
    this._surface.insert(text, replace);
    const refused = this._standsAt(from);
    if (refused) {
      // The editor, or the page around it, prevented the insertion.
      held._taken -= text.length;
      held._isTaken = held._taken > 0;
      this._hide("edit");
    } else {
      if (this._held === held) this._follow();
      if (this._held === held && this._prefetches) this._ask(held._completion);
      const to = base + text;
      this._kept._take(from, to);
      this._taken._note({ from, to, _stayed: base.length, _which: held._which() });
      this._takenAt = this._clock._now();
    }
    this._prefetches = false;
    return !refused;
  }

  /** Hide the suggestion, do not offer it again, and leave Tab to the browser for a while; false if there was none. */
  dismiss(): boolean {
    const held = this._held;
    if (held) this._refused._add(held);
    this._releasedUntil = this._clock._now() + RELEASE_MS;
    this._hide("escape");
    return held !== null;
  }

  /** Ask at the caret, even if a suggestion was dismissed here. */
  trigger(): void {
    this._refused._forget();
    if (!this._held) this._follow(true);
  }

  /** Show the next of the choices that came with it, or the one before; false if there is none. */
  turn(step = 1): boolean {
    return !!this._standing() && this._showing._turn(step);
  }

  /** Whether a key may take the suggestion now. */
  _takeable(): boolean {
    const held = this._held;
    if (!held?._painted || (this._isComposing && !this._spells)) return false;
    const now = this._clock._now();
    if (now - held._painted < this._options.minVisibleMs || now < this._releasedUntil) return false;
    return !!this._standing();
  }

  /**
   * Whether a Tab that takes nothing stays in the editor: it comes just before it would take something, or right after
   * it did, so that it was meant to take.
   */
  _keepsTab(): boolean {
    const now = this._clock._now();
    const held = this._standing();
    // How long it must still be visible.
    const left = held ? this._options.minVisibleMs - (held._painted && now - held._painted) : 0;
    const early = left > 0 && left <= EARLY_MS;
    return now >= this._releasedUntil && (early || now - this._takenAt < AGAIN_MS);
  }

  /** The last phrase of what is grey; "" if nothing is. */
  _phrase(): string {
    const held = this._standing();
    if (!held) return "";
    const rest = held._rest();
    const begun = /^\s/.test(rest) ? "" : lastWord(held._base());
    return lastPhrase(begun + rest);
  }

  /** Forget what is known, and show nothing. */
  _drop(reason: DismissReason): void {
    this._asking._forget();
    this._hide(reason);
  }

  /** Use other options; answers under the old ones are dropped. */
  _configure(options: ComposerOptions): void {
    this._options = options;
    this._kept.stop();
    this._asking._configure(options);
    this._showing._configure(options);
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
    if (!this._isComposing) this._taken._changed(true);
  }

  /** The draft changed in another way: a deletion, undo, paste, drop, or a program. */
  edited(): void {
    this._kept.stop();
    if (this._isComposing) return;
    this._hide("edit");
    this._taken._changed(false);
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
    this._showing._paint();
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
    if (!draft || !this._mayStand(draft) || (draft.room ?? 1) <= 0) return null;
    return this._options.when(draft) ? draft : null;
  }

  /** Whether a suggestion may stand before what follows the caret. */
  private _mayStand({ after }: Draft): boolean {
    if (endsLine(after)) return true;
    return !!this._options.middle && this._surface.render.length > 2 && !/^[\p{L}\p{M}\p{N}]/u.test(after);
  }

  /** What is grey, if the draft still is what it was made for. */
  private _standing(): Suggestion | null {
    const held = this._held;
    return held && this._standsAt(held._prefix) ? held : null;
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
      const goesOn = !held.replace && prefix.length >= held._prefix.length && held._completion.startsWith(prefix);
      const matches = goesOn || prefix === held._prefix;
      if (matches) held._prefix = prefix;
      if (matches && !held._isOver()) {
        this._showing._lookSoon();
        this._show();
        return;
      }
      this._showing._end(matches ? null : "mismatch");
    }
    this._refused._follow(prefix);
    this._asking._lookAround(draft);
    this._requests._wait();
    if (!this._knows(prefix) && (now || !this._isComposing)) this._askSoon(now);
    this._show();
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
    this._asking._ask(prefix);
  }

  /** An answer came, perhaps to what the draft was some time ago. */
  private _answered(answer: Known): void {
    const prefix = this._draft?.before;
    if (prefix === undefined || !this._standsAt(prefix)) return;
    if (this._held) this._showing._extend(answer);
    else if (this._knows(prefix)) this._show();
  }

  /** Hold the known continuation of the draft; true if an answer is known, even an empty one. */
  private _knows(prefix: string): boolean {
    const known = this._asking.find(prefix);
    if (!known) return false;
    const choice = this._refused._best(known, prefix);
    if (!choice) return true;
    this._showing._hold(known, prefix, choice);
    return true;
  }

  /** Paint the held suggestion, and find out whether it goes on. */
  private _show(): void {
    this._showing._paint();
    this._grow();
  }

  /** At the end of each word, find out whether the grey text goes on; one request at most. */
  private _grow(): void {
    const held = this._held;
    if (!held || this._prefetches) return;
    const prefix = held._prefix;
    const rest = held._rest();
    // Text that was cut has no room for more.
    const cut = held._completion !== held._choice._full;
    if (!held.replace && /\S$/.test(prefix) && /^\s/.test(rest) && !isWhole(rest) && !cut) held._due = true;
    if (!held._due) return;
    const known = this._asking.find(prefix);
    if (known?.prefix === prefix) {
      held._due = false;
      this._showing._extend(known);
    } else this._askSoon();
  }

  /** Nothing is suggested where the caret was. */
  private _leave(reason: DismissReason): void {
    this._requests.stop();
    this._draft = null;
    this._showing._end(reason);
  }

  /** The same, and the taken text may be gone. */
  private _hide(reason: DismissReason): void {
    this._kept._forget();
    this._leave(reason);
  }
}
