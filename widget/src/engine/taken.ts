/** Notices what becomes of taken text: an undo, or other words in its place. */

import type { Clock } from "./clock.js";
import type { Outcome } from "./types.js";

const SOON_MS = 30_000; // later changes say nothing of the suggestion

/** The draft before and after something was taken, and how much of it stayed. */
export interface Taking {
  from: string;
  to: string;
  _stayed: number;
  _which: { id: string; rank?: number };
}

export class Taken {
  private _last: Taking | null = null;
  private _at = 0;
  /** The draft when a deletion left only the beginning of what was taken. */
  private _cut: string | null = null;

  /** `_tell` is told what became of it. `_before` gives the text before the caret. */
  constructor(
    private readonly _clock: Clock,
    private readonly _before: () => string | undefined,
    private readonly _tell: (outcome: Outcome, taking: Taking) => void,
  ) {}

  _note(taking: Taking): void {
    this._last = taking;
    this._at = this._clock._now();
    this._cut = null;
  }

  /** The draft has changed: by typing, or in another way. */
  _changed(typed: boolean): void {
    const taking = this._last;
    if (!taking) return;
    const now = this._before();
    if (now === undefined || this._clock._now() - this._at >= SOON_MS) {
      this._last = null;
      return;
    }
    const { from, to, _stayed } = taking;
    const cut = this._cut;
    const isBeginning = to.startsWith(now);
    if (!typed) {
      if (now === from && cut === null) this._end("undone", to.length - _stayed, taking);
      this._cut = isBeginning && now !== to ? now : null;
    } else if (cut !== null && now.startsWith(cut) && !isBeginning) {
      const lost = to.slice(Math.max(cut.length, _stayed));
      // Another mark at its end is no other text.
      if (/[\p{L}\p{M}\p{N}]/u.test(lost)) this._end("retyped", lost.length, taking);
      this._last = null;
    }
  }

  private _end(type: "undone" | "retyped", characters: number, taking: Taking): void {
    this._last = null;
    this._tell({ type, ...taking._which, characters }, taking);
  }
}
