/**
 * Checks whether an editor kept the taken text. An editor with a text model of its own rewrites its element without it:
 * by itself, or at the next key.
 */

import { Alarm, type Clock } from "./clock.js";
import type { Surface } from "./contract.js";

const LOOK_MS = 350; // after something was taken
const SETTLE_MS = 100; // after a key, for an editor that writes its text anew

/**
 * Calls `lost` when taken text is gone and the writer did not remove it. `before` gives the text before the caret if
 * something may be suggested.
 */
export class Kept {
  private readonly _alarm: Alarm;
  /** The draft before and after something was taken; forgotten once more than one key was pressed. */
  private _taken: { from: string; to: string } | null = null;
  /** When a key was pressed after that. */
  private _pressedAt = Infinity;

  constructor(
    private readonly _clock: Clock,
    private readonly _surface: Surface,
    private readonly _before: () => string | undefined,
    private readonly _lost: () => void,
  ) {
    this._alarm = new Alarm(_clock);
  }

  /** Something was taken: the draft before the caret was `from`, and is `to` now. */
  _take(from: string, to: string): void {
    this._taken = { from, to };
    this._pressedAt = Infinity;
    this._alarm.set(LOOK_MS, () => {
      if (from && this._before() === from) this._lost();
    });
  }

  /** A key was pressed, before it does anything: one that writes a character, or another. */
  _pressed(writes: boolean): void {
    this.stop();
    if (writes) this._look();
    const before = this._before();
    // If the page has written another draft since, nothing was lost.
    const stands = before === this._taken?.from || before === this._taken?.to;
    if (!writes || this._pressedAt < Infinity || !stands) this._forget();
    this._pressedAt = this._clock._now();
  }

  /** Look now: the writer has typed. */
  _look(): void {
    if (!this._taken || this._pressedAt === Infinity) return;
    const found = this._surface.read();
    if (!found) return;
    const { from, to } = this._taken;
    const now = found.before + found.after;
    if (now.length >= to.length || !now.startsWith(from)) return;
    this._forget();
    this._lost();
  }

  /** The caret is elsewhere. */
  moved(): void {
    // Unlike the writer, an editor moves the caret as soon as a key has written something.
    const since = this._clock._now() - this._pressedAt;
    if (since >= 0 && since < SETTLE_MS) this._look();
    else this._forget();
  }

  /** From now on, missing text was removed on purpose. */
  _forget(): void {
    this._taken = null;
  }

  /** Do not look by itself. */
  stop(): void {
    this._alarm.clear();
  }
}
