/** Stops asking a source that fails, so no request is made, or logged by the browser, in a loop. */

import type { Clock } from "./clock.js";

const FAILURES_BEFORE_PAUSE = 3;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

export class Breaker {
  private _failures = 0;
  private _until = 0;

  constructor(private readonly _clock: Clock) {}

  /** Milliseconds until the source may be asked; 0 for now, Infinity for never. */
  _wait(): number {
    return Math.max(0, this._until - this._clock._now());
  }

  _succeeded(): void {
    this._failures = 0;
  }

  /**
   * A request failed, and the source asked for a pause of this many milliseconds: a minute at most, unless it is
   * forever. After three failures in a row, and each one after a pause, the next pause is twice as long.
   */
  _failed(asked: number): void {
    let pause = asked < Infinity ? Math.min(asked, LONGEST_PAUSE_MS) : asked;
    const times = ++this._failures - FAILURES_BEFORE_PAUSE;
    if (times >= 0) pause = Math.max(pause, Math.min(FIRST_PAUSE_MS * 2 ** times, LONGEST_PAUSE_MS));
    this._until = Math.max(this._until, this._clock._now() + pause);
  }
}
