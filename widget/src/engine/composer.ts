/**
 * The engine of one editor: what is grey, when to ask, and what a key may do. Knows no DOM.
 *
 * An editor tells it what happened (`typed`, `edited`, `moved`, ...); it reads the draft, paints and inserts through
 * a `Surface`.
 */

import { Answers, type Known } from "./answers.js";
import type { Clock } from "./clock.js";
import { endOf } from "./outcomes.js";
import { Pace, type Schedule } from "./pace.js";
import { Requests } from "./requests.js";
import { Suggestion } from "./suggestion.js";
import { endsLine, MIN_CHARACTERS } from "./text.js";
import type { Complete, Context, DismissReason, Draft, Outcome, Shown, Trouble } from "./types.js";

/** An editor as the engine sees it. */
export interface Surface {
  /** The draft around the caret; null where no suggestion may stand: a selection, no focus, read-only. */
  read(): Draft | null;
  /** Paint grey text behind the caret, or none; returns how many UTF-16 units found room, if not all did. */
  render(text: string | null): number | void;
  /** Insert at the caret as one undo step; false if the editor refused. */
  insert(text: string): boolean;
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
}

const RELEASE_MS = 2_000; // Tab leaves the field for so long after Esc
const QUIET_MS = 700; // before a suggestion is announced
const IDLE_MS = 200; // in a composition, before a suggestion may be shown
const MOST_CHARACTERS = 20_000;
const STRIDE = 4_096; // of the place where a longer draft is cut, so that it seldom moves

export abstract class Composer {
  private _enabled = true;
  private _held: Suggestion | null = null;
  private _prefix: string | null = null;
  private _rejected: string | null = null;
  private _releasedUntil = -Infinity;
  private _composing = false;
  private _announced = false;
  private _stopAsking: (() => void) | null = null;
  private _stopAnnouncing: (() => void) | null = null;
  private _stopIdling: (() => void) | null = null;
  private _context: Context = {};
  private readonly _answers: Answers;
  private readonly _pace: Pace;
  private readonly _requests: Requests;

  constructor(
    private _surface: Surface,
    private _choices: ComposerOptions,
    private _clock: Clock,
  ) {
    this._answers = new Answers(_clock);
    this._pace = new Pace(_clock, _choices.schedule);
    this._requests = new Requests(
      _clock,
      (answer, milliseconds) => this._answered(answer, milliseconds),
      (milliseconds) => this._pace.unanswered(milliseconds),
      (trouble) => this.tell("trouble", trouble),
    );
  }

  /** Tell whoever listens. */
  protected abstract tell<K extends keyof ComposerEvents>(name: K, detail: ComposerEvents[K]): void;

  /** What is grey now. */
  get suggestion(): Shown | null {
    const held = this._held;
    return held && { id: held.id, text: held.rest, confidence: held.confidence };
  }

  /** Take over changed options; what was known under the old ones is forgotten. */
  protected configure(options: Partial<ComposerOptions>): void {
    this._choices = { ...this._choices, ...options };
    this._pace.schedule = this._choices.schedule;
    this._answers.clear();
    this._requests.breaker.reset();
    this._hide("edit");
  }

  /** The writer typed at the caret, or a composition ended. */
  typed(): void {
    if (this._composing) return;
    this._pace.key();
    this._follow();
  }

  /** The draft changed in another way: a deletion, undo, paste, drop, or a program. */
  edited(): void {
    if (!this._composing) this._hide("edit");
  }

  /** The caret may have moved, or is sure to. */
  moved(surely = false): void {
    if (this._composing || this._prefix === null) return;
    if (surely || this._draft()?.before !== this._prefix) this._hide("caret");
  }

  blurred(): void {
    this._hide("blur");
  }

  /** The editor has another place or size: what no longer finds room is not part of the suggestion. */
  resized(): void {
    this._paint();
  }

  /** A composition goes on with `text`, or is over (null); `typed` follows if it left any. */
  composing(text: string | null): void {
    this._stopIdling?.();
    this._stopIdling = null;
    if (text === null) {
      this._composing = false;
      return;
    }
    if (!this._composing || this._held !== null) this._hide("composition");
    this._composing = true;
    // In Korean every syllable is a composition, and the writer is in one nearly always.
    if (/\p{Script=Hangul}$/u.test(text)) {
      this._stopIdling = this._clock.later(IDLE_MS, () => this._follow());
    }
  }

  /** Whether a key may take the suggestion now. */
  protected get takeable(): boolean {
    const held = this._held;
    if (held === null || held.paintedAt === null || this._composing) return false;
    const now = this._clock.now();
    if (now - held.paintedAt < this._choices.minVisibleMs || now < this._releasedUntil) return false;
    return this._draft()?.before === held.prefix;
  }

  /** Insert all of the suggestion, or its next word; false if there is none, or the editor refused. */
  accept(part: "all" | "word" = "all"): boolean {
    const held = this._held;
    if (held === null || this._draft()?.before !== held.prefix) return false;
    const text = part === "all" ? held.rest : held.nextWord;
    held.taken += text.length;
    // What is taken must not be painted over its own ghost.
    this._surface.render(held.rest.slice(text.length) || null);
    if (!this._surface.insert(text)) {
      held.taken -= text.length;
      this._hide("edit");
      return false;
    }
    if (this._held === held && held.prefix.length < held.completion.length) this._follow();
    const rest = this._held === held ? held.rest : "";
    if (rest !== "" && held.nextWord === rest) this._send(held.completion);
    return true;
  }

  /** Hide the suggestion, do not offer it again, and leave Tab to the browser for a while; tells if there was one. */
  dismiss(): boolean {
    const held = this._held;
    this._requests.keep(null);
    this._stopAsking?.();
    this._releasedUntil = this._clock.now() + RELEASE_MS;
    if (held === null) return false;
    this._rejected = held.completion;
    this._hide("escape");
    return true;
  }

  /** Ask where the caret stands, whatever was dismissed here. */
  trigger(): void {
    this._rejected = null;
    const draft = this._draft();
    if (draft === null || this._held !== null) return;
    this._prefix = draft.before;
    this._look();
    if (this._fromKnown(draft.before)) this._paint();
    else this._send(draft.before);
  }

  /** Whether to suggest; setting it to false hides what is shown. */
  get enabled(): boolean {
    return this._enabled;
  }

  set enabled(on: boolean) {
    this._enabled = on;
    if (!on) this._hide("disabled");
  }

  protected close(): void {
    this._hide("detach");
    this._stopIdling?.();
  }

  private _draft(): Draft | null {
    if (!this._enabled) return null;
    const draft = this._surface.read();
    if (draft === null || !endsLine(draft.after) || (draft.room ?? 1) <= 0) return null;
    return this._choices.when(draft) ? draft : null;
  }

  private _follow(): void {
    const draft = this._draft();
    if (draft === null) return this._hide("edit");
    const prefix = draft.before;
    const same = prefix === this._prefix;
    this._prefix = prefix;
    const held = this._held;
    if (held !== null) {
      const state = held.follow(prefix);
      if (state === "holds") {
        this._requests.keep(prefix);
        if (!same && !this._announced) this._announceSoon();
        return this._paint();
      }
      this._end(state === "done" ? null : "mismatch");
    }
    if (this._rejected !== null && !this._rejected.startsWith(prefix)) this._rejected = null;
    this._requests.keep(prefix);
    this._look();
    if (!this._fromKnown(prefix)) this._askSoon(prefix);
    this._paint();
  }

  private _askSoon(prefix: string): void {
    this._stopAsking?.();
    const delay = Math.max(this._pace.delay(), 0);
    if (delay === 0) return this._send(prefix);
    this._stopAsking = this._clock.later(delay, () => {
      if (this._prefix === prefix && this._held === null) this._send(prefix);
    });
  }

  private _send(prefix: string): void {
    this._stopAsking?.();
    this._stopAsking = null;
    if (this._requests.asks(prefix) || this._requests.breaker.wait > 0) return;
    this._pace.sent();
    void this._requests.ask(this._choices.complete, prefix, {
      prefix: recent(prefix),
      context: this._context,
      session: this._choices.session,
    });
  }

  /** Take note of the context as it is now; what was known under another one is forgotten. */
  private _look(): void {
    const context = this._choices.context();
    if (JSON.stringify(context) !== JSON.stringify(this._context)) {
      this._answers.clear();
      this._requests.keep(null);
    }
    this._context = context;
  }

  private _answered(answer: Known, milliseconds: number): void {
    if (milliseconds >= 0) {
      this._pace.answered(milliseconds);
      this.tell("answered", milliseconds);
    }
    this._answers.add(answer);
    const draft = this._draft();
    if (draft === null || draft.before !== this._prefix) return;
    const held = this._held;
    if (held === null) this._fromKnown(draft.before) && this._paint();
    else if (answer.text !== "" && held.extend(answer.prefix + answer.text)) this._paint();
  }

  /** Hold what is known to continue `prefix`; true when that is known, if only that there is nothing. */
  private _fromKnown(prefix: string): boolean {
    const known = this._answers.find(prefix);
    if (known === null) return false;
    const completion = known.prefix + known.text;
    const rest = completion.length - prefix.length;
    if (known.text === "" || rest < MIN_CHARACTERS || this._rejected?.startsWith(completion)) return true;
    known.uses += 1;
    const id = known.uses > 1 ? `${known.id}.${known.uses}` : known.id;
    this._held = new Suggestion(id, known.prefix, known.text, known.confidence, prefix);
    this._announced = false;
    this._announceSoon();
    return true;
  }

  /** Make the surface show what is held. */
  private _paint(): void {
    const held = this._held;
    if (held === null) {
      this._surface.render(null);
      return;
    }
    const draft = this._draft();
    let rest = held.rest;
    if (draft?.singleLine && rest.includes("\n")) rest = rest.slice(0, rest.indexOf("\n"));
    if (draft?.room !== undefined && rest.length > draft.room) rest = wholeWords(rest, draft.room);
    const room = rest === "" ? 0 : (this._surface.render(rest) ?? rest.length);
    if (room < held.rest.length) held.clip(room);
    if (held.rest === "") return this._end("edit");
    this.tell("suggestion", this.suggestion);
    this._clock.frame(() => {
      if (this._held !== held || held.paintedAt !== null) return;
      held.paintedAt = this._clock.now();
      this.tell("outcome", { type: "shown", id: held.id, characters: held.rest.length });
    });
  }

  /** The suggestion is over: taken, typed, or gone for a reason. */
  private _end(reason: DismissReason | null): void {
    const held = this._held;
    if (held === null) return;
    this._held = null;
    this._stopAnnouncing?.();
    if (held.paintedAt !== null) this.tell("outcome", endOf(held, reason));
    this._surface.render(null);
    this.tell("suggestion", null);
    if (this._announced) this.tell("announce", "");
    this._announced = false;
  }

  private _hide(reason: DismissReason): void {
    this._requests.keep(null);
    this._stopAsking?.();
    this._stopAsking = null;
    this._prefix = null;
    this._end(reason);
  }

  private _announceSoon(): void {
    this._stopAnnouncing?.();
    this._stopAnnouncing = this._clock.later(QUIET_MS, () => {
      const held = this._held;
      if (held === null || this._announced) return;
      this._announced = true;
      this.tell("announce", held.rest.trim());
    });
  }
}

/** What of a long draft is sent: the same beginning for thousands of keys, so that the source's session holds. */
function recent(prefix: string): string {
  const over = prefix.length - MOST_CHARACTERS;
  if (over <= 0) return prefix;
  const end = prefix.slice(Math.ceil(over / STRIDE) * STRIDE);
  return end.slice(Math.max(0, end.search(/\s/)));
}

/** The longest run of whole words within so many UTF-16 units. */
function wholeWords(text: string, units: number): string {
  const cutText = text.slice(0, units);
  return /\s/.test(text[units] ?? " ") ? cutText : cutText.replace(/\s*\S*$/, "");
}
