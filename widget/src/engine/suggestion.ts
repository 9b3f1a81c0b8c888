/** One suggestion from its first showing to its end. */

import type { Known } from "./answers.js";
import type { DismissReason, Outcome, Shown } from "./types.js";

export class Suggestion {
  readonly id: string;
  /** Of the answer with the longest text of it. */
  confidence: number | null;
  /** The draft that was asked about. */
  private readonly _start: string;
  /** The draft with all of the answer taken. */
  _full: string;
  /** The draft with the whole suggestion taken, as far as it fits. */
  _completion: string;
  /** When it reached the screen, in the clock's milliseconds; 0 if it has not. */
  _painted = 0;
  /** Characters that were inserted for the writer. */
  _taken = 0;
  /** How long the completion was when it was read to the writer. */
  _announced = 0;
  /** Whether a word was typed since the last request for more. */
  _due = false;
  /** The time when it grew, and the completion that had been visible for long enough until then. */
  _grownAt = -Infinity;
  _steady = "";

  /** An answer as a suggestion in a draft with this `prefix`. */
  constructor(
    known: Known,
    public prefix: string,
  ) {
    // Each showing of an answer is a suggestion of its own.
    this.id = known._uses++ ? `${known.id}.${known._uses}` : known.id;
    this.confidence = known.confidence;
    this._start = known.prefix;
    this._completion = this._full = known.prefix + known.text;
  }

  /** What is still to be shown. */
  _rest(): string {
    return this._completion.slice(this.prefix.length);
  }

  /** As the page may know it. */
  _shown(): Shown {
    return { id: this.id, text: this._rest(), confidence: this.confidence };
  }

  /** Its outcome; `reason` is null if it was used up. */
  _outcome(reason: DismissReason | null): Outcome {
    const { id, _taken: characters } = this;
    if (characters) return { type: reason ? "partial" : "accepted", id, characters };
    if (reason) return { type: "dismissed", id, reason };
    return { type: "typed_through", id, characters: this._completion.length - this._start.length };
  }
}
