/** Stops asking a source that fails, so that nothing is asked, or logged by the browser, in a loop. */

import type { Clock } from "./clock.js";

const FAILURES_BEFORE_PAUSE = 3;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

export class Breaker {
  private _failures = 0;
  private _pause = FIRST_PAUSE_MS;
  private _until = -Infinity;

  constructor(private _clock: Clock) {}

  /** Milliseconds until the source may be asked; 0 for now, Infinity for not before `reset`. */
  get wait(): number {
    return Math.max(0, this._until - this._clock.now());
  }

  succeeded(): void {
    this._failures = 0;
    this._pause = FIRST_PAUSE_MS;
  }

  /** A request failed. After three in a row, and each one after a pause, the next pause is twice as long. */
  failed(): void {
    this._failures += 1;
    if (this._failures < FAILURES_BEFORE_PAUSE) return;
    this.hold(this._pause);
    this._pause = Math.min(2 * this._pause, LONGEST_PAUSE_MS);
  }

  /** The source asked for a pause, of a minute at most unless it is for good. */
  hold(milliseconds: number): void {
    const longest = milliseconds === Infinity ? Infinity : LONGEST_PAUSE_MS;
    this._until = Math.max(this._until, this._clock.now() + Math.min(milliseconds, longest));
  }

  /** Something about the source was changed: try it again. */
  reset(): void {
    this.succeeded();
    this._until = -Infinity;
  }
}
