/** Time as the engine needs it, so that tests can own it. Milliseconds. */
export interface Clock {
  _now(): number;
  /** Run something once, `milliseconds` from now; the returned function cancels it. */
  _later(milliseconds: number, run: () => void): () => void;
  /** Run something just before the next frame is painted. */
  _frame(run: () => void): void;
}

export const browserClock: Clock = {
  _now: () => performance.now(),
  _later(milliseconds, run) {
    const timer = setTimeout(run, milliseconds);
    return () => clearTimeout(timer);
  },
  _frame(run) {
    requestAnimationFrame(run);
  },
};

/** One thing to be done later. */
export class Alarm {
  private _stop: (() => void) | undefined;

  constructor(private readonly _clock: Clock) {}

  /** Run something, `milliseconds` from now, instead of what was set before. */
  set(milliseconds: number, run: () => void): void {
    this.clear();
    this._stop = this._clock._later(milliseconds, run);
  }

  clear(): void {
    this._stop?.();
  }
}
