/** Decides when to ask: early if answers are quick, in the writer's pauses if they are slow. */

import type { Clock } from "./clock.js";

/** "auto", or milliseconds without a key before a request is sent. */
export type Schedule = "auto" | number;

/** With round trips up to this, the first key asks at once and the others at most once an interval. */
const QUICK_MS = 60;
const INTERVAL_MS = 40;
const WEIGHT = 0.3; // of the newest measurement in a running mean
const LONGEST_RHYTHM_MS = 1000; // a longer silence is a pause, not a rhythm
const SHORTEST_PAUSE_MS = 80;
const LONGEST_PAUSE_MS = 400;

export class Pace {
  private _roundTrip = 0;
  private _rhythm = 200;
  private _lastKey = -Infinity;
  private _lastSent = -Infinity;

  constructor(private readonly _clock: Clock) {}

  /** The writer pressed a key. */
  key(): void {
    const now = this._clock._now();
    const interval = now - this._lastKey;
    if (interval <= LONGEST_RHYTHM_MS) this._rhythm += WEIGHT * (interval - this._rhythm);
    this._lastKey = now;
  }

  /** A request was sent. */
  _sent(): void {
    this._lastSent = this._clock._now();
  }

  /** A request was answered after this many milliseconds. */
  answered(milliseconds: number): void {
    const weight = this._roundTrip ? WEIGHT : 1;
    this._roundTrip += weight * (milliseconds - this._roundTrip);
  }

  /** A request was aborted after this many milliseconds, so a round trip takes longer. */
  _unanswered(milliseconds: number): void {
    this._roundTrip = Math.max(this._roundTrip, milliseconds);
  }

  /** Milliseconds from now until a request for the draft as it stands should be sent; now, if there are none. */
  _delay(schedule: Schedule): number {
    let at = this._lastSent + INTERVAL_MS;
    if (schedule !== "auto") at = this._lastKey + schedule;
    else if (this._roundTrip > QUICK_MS) {
      const pause = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, 1.25 * this._rhythm));
      // A writer who never pauses is answered too, as often as the source can keep up.
      const longest = this._lastSent + Math.max(LONGEST_PAUSE_MS, 2 * this._roundTrip);
      at = Math.min(this._lastKey + pause, Math.max(longest, this._lastKey));
    }
    return at - this._clock._now();
  }
}
