/** Time as the engine needs it, so that tests can own it. Milliseconds. */
export interface Clock {
  now(): number;
  /** Run something once, `milliseconds` from now; the function returned calls it off. */
  later(milliseconds: number, run: () => void): () => void;
  /** Run something when what is shown now is about to be painted. */
  frame(run: () => void): void;
}

export const browserClock: Clock = {
  now: () => performance.now(),
  later(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
  frame: (run) => void requestAnimationFrame(run),
};

/** One thing to be done later: given another, or nothing, the one before is called off. */
export type Alarm = (milliseconds?: number, run?: () => void) => void;

export function alarm(clock: Clock): Alarm {
  let stop: (() => void) | undefined;
  return (milliseconds = 0, run) => {
    stop?.();
    stop = run && clock.later(milliseconds, run);
  };
}
