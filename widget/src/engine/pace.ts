/** When to ask: early where answers are quick, in the writer's pauses where they are slow. */

import type { Clock } from "./clock.js";

/** "auto", or milliseconds without a key before a request is sent. */
export type Schedule = "auto" | number;

export interface Pace {
  /** The writer pressed a key. */
  key(): void;
  /** A request was sent. */
  sent(): void;
  /** A request was answered after so many milliseconds. */
  answered(milliseconds: number): void;
  /** A request was given up after so many milliseconds: a round trip takes longer than that. */
  unanswered(milliseconds: number): void;
  /** Milliseconds from now until a request for the draft as it stands should be sent; now, if there are none. */
  delay(schedule: Schedule): number;
}

/** With round trips up to this, the first key asks at once and the others at most once an interval. */
const QUICK_MS = 60;
const INTERVAL_MS = 40;
const WEIGHT = 0.3; // of the newest measurement in a running mean
const LONGEST_RHYTHM_MS = 1000; // a longer silence is a pause, not a rhythm
const SHORTEST_PAUSE_MS = 80;
const LONGEST_PAUSE_MS = 400;

export function makePace(clock: Clock): Pace {
  let roundTrip = 0;
  let rhythm = 200;
  let lastKey = -Infinity;
  let lastSent = -Infinity;
  return {
    key() {
      const interval = clock.now() - lastKey;
      if (interval <= LONGEST_RHYTHM_MS) rhythm += WEIGHT * (interval - rhythm);
      lastKey = clock.now();
    },
    sent() {
      lastSent = clock.now();
    },
    answered(milliseconds) {
      roundTrip += (roundTrip ? WEIGHT : 1) * (milliseconds - roundTrip);
    },
    unanswered(milliseconds) {
      roundTrip = Math.max(roundTrip, milliseconds);
    },
    delay(schedule) {
      let at = lastSent + INTERVAL_MS;
      if (schedule !== "auto") at = lastKey + schedule;
      else if (roundTrip > QUICK_MS) {
        const pause = Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, 1.25 * rhythm));
        // Somebody who never pauses is answered too, as often as the source can keep up with.
        const longest = lastSent + Math.max(LONGEST_PAUSE_MS, 2 * roundTrip);
        at = Math.min(lastKey + pause, Math.max(longest, lastKey));
      }
      return at - clock.now();
    },
  };
}
