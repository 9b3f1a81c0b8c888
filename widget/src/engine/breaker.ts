/** Stops asking a source that fails, so that nothing is asked, or logged by the browser, in a loop. */

import type { Clock } from "./clock.js";

export interface Breaker {
  /** Milliseconds until the source may be asked; 0 for now, Infinity for never. */
  wait(): number;
  succeeded(): void;
  /**
   * A request failed, and the source asked for a pause of so many milliseconds: a minute at most, unless it is for
   * good. After three failures in a row, and each one after a pause, the next pause is twice as long.
   */
  failed(asked: number): void;
}

const FAILURES_BEFORE_PAUSE = 3;
const FIRST_PAUSE_MS = 5_000;
const LONGEST_PAUSE_MS = 60_000;

export function makeBreaker(clock: Clock): Breaker {
  let failures = 0;
  let until = 0;
  return {
    wait: () => Math.max(0, until - clock.now()),
    succeeded() {
      failures = 0;
    },
    failed(asked) {
      if (asked < Infinity) asked = Math.min(asked, LONGEST_PAUSE_MS);
      const times = ++failures - FAILURES_BEFORE_PAUSE;
      const pause = times < 0 ? 0 : Math.min(FIRST_PAUSE_MS * 2 ** times, LONGEST_PAUSE_MS);
      until = Math.max(until, clock.now() + Math.max(asked, pause));
    },
  };
}
