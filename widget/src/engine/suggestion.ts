/** One suggestion from its first showing to its end. */

import { nextWord } from "./text.js";

export class Suggestion {
  /** When it reached the screen, in the clock's milliseconds. */
  paintedAt: number | null = null;
  /** Characters that were inserted for the writer. */
  taken = 0;
  private _prefix: string;

  /** `text` continues `start`; the draft stands at `prefix`, somewhere within both. */
  constructor(
    readonly id: string,
    readonly start: string,
    private _text: string,
    readonly confidence: number | null,
    prefix: string,
  ) {
    this._prefix = prefix;
  }

  /** The draft with the whole suggestion taken. It only ever grows, at its end. */
  get completion(): string {
    return this.start + this._text;
  }

  /** Where the draft stands. */
  get prefix(): string {
    return this._prefix;
  }

  /** What is still to be shown. */
  get rest(): string {
    return this.completion.slice(this._prefix.length);
  }

  get nextWord(): string {
    return nextWord(this.rest);
  }

  /** The draft is now `prefix`: whether the suggestion still holds, is used up, or is contradicted. */
  follow(prefix: string): "holds" | "done" | "lost" {
    const completion = this.completion;
    if (prefix.length < this._prefix.length || !completion.startsWith(prefix)) return "lost";
    this._prefix = prefix;
    return prefix.length === completion.length ? "done" : "holds";
  }

  /** Grow to `completion` if that begins with what is shown; tells whether it grew. */
  extend(completion: string): boolean {
    const grows = completion.length > this.completion.length && completion.startsWith(this.completion);
    if (grows) this._text = completion.slice(this.start.length);
    return grows;
  }

  /** Keep only the first `units` UTF-16 units of what is still to be shown. */
  clip(units: number): void {
    this._text = this._text.slice(0, this._prefix.length - this.start.length + units);
  }
}
