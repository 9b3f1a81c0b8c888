/** One suggestion from its first showing to its end. */

import type { Choice, Known } from "./answers.js";
import { lastWord, nextWord } from "./text.js";
import type { DismissReason, Outcome, Shown } from "./types.js";

export class Suggestion {
  readonly id: string;
  /** The candidates of its answer; one that grew is kept as it grew. */
  readonly _choices: Choice[];
  /** The one that is shown. */
  _choice!: Choice;
  /** The draft that was asked about. */
  readonly _start: string;
  /** The draft with the whole suggestion taken, as far as it fits; "" where nothing of it fits. */
  _completion = "";
  /** How many UTF-16 units before the caret go when it is taken. */
  replace = 0;
  /** When it reached the screen, in the clock's milliseconds; 0 if it has not. */
  _painted = 0;
  /** Whether the writer has turned to another choice. */
  _turned = false;
  /** Whether some of it was taken, and how many characters were inserted for the writer. */
  _isTaken = false;
  _taken = 0;
  /** How long the completion was when it was read to the writer. */
  _announced = 0;
  /** Whether a word was typed since the last request for more. */
  _due = false;
  /** The time when it grew, and the completion that had been visible for long enough until then. */
  _grownAt = -Infinity;
  _steady = "";

  /** A choice of an answer as a suggestion in a draft with this `prefix`. */
  constructor(
    known: Known,
    public _prefix: string,
    choice: Choice,
  ) {
    // Each showing of an answer is a suggestion of its own.
    this.id = known._uses++ ? `${known.id}.${known._uses}` : known.id;
    this._start = known.prefix;
    this._choices = known.choices.map((one) => ({ ...one }));
    this._choose(this._choices[known.choices.indexOf(choice)] as Choice);
  }

  /** Show this choice from now on. */
  _choose(choice: Choice): void {
    this._choice = choice;
    this._completion = choice._full;
    this.replace = choice.replace;
    this._grownAt = -Infinity;
  }

  /** The draft that stays when it is taken. */
  _base(): string {
    return this._prefix.slice(0, this._prefix.length - this.replace);
  }

  /** What is still to be inserted. */
  _rest(): string {
    return this._completion.slice(this._base().length);
  }

  /** What stays of the word that is mended; "" unless it is a correction. */
  _stays(): string {
    return this.replace ? lastWord(this._base()) : "";
  }

  /** The next word to be inserted; of a correction, what makes its word whole. */
  _word(): string {
    const stays = this._stays();
    return nextWord(stays + this._rest()).slice(stays.length);
  }

  /** Whether nothing of it is left to be shown. */
  _isOver(): boolean {
    return !this._completion || !(this._rest() || this.replace);
  }

  /** As the page may know it, where there are so many choices. */
  _shown(choices: number): Shown {
    const { id, replace } = this;
    const { confidence, rank } = this._choice;
    return { id, text: this._rest(), replace, confidence, rank, choices };
  }

  /** Its id, and the rank of what is shown unless that is the best. */
  _which(): { id: string; rank?: number } {
    const { id } = this;
    const { rank } = this._choice;
    return rank ? { id, rank } : { id };
  }

  /** Its outcome; `reason` is null if it was used up. */
  _outcome(reason: DismissReason | null): Outcome {
    const { _taken: characters } = this;
    const which = this._which();
    if (this._isTaken) return { type: reason ? "partial" : "accepted", ...which, characters };
    if (reason) return { type: "dismissed", ...which, reason };
    return { type: "typed_through", ...which, characters: this._completion.length - this._start.length };
  }
}
