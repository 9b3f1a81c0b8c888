/** Time as the engine needs it, so that tests can own it. Milliseconds. */
export interface Clock {
  now(): number;
  /** Run something once, `milliseconds` from now; the function returned calls it off. */
  later(milliseconds: number, run: () => void): () => void;
}

export const browserClock: Clock = {
  now: () => performance.now(),
  later(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
};
