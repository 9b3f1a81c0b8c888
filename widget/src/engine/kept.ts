/**
 * Looks whether an editor kept what was taken. One that keeps its text elsewhere writes it anew without that: by
 * itself, or at the next key.
 */

import { alarm, type Clock } from "./clock.js";
import type { Draft } from "./types.js";

const LOOK_MS = 350; // after something was taken
const SETTLE_MS = 100; // after a key, for an editor that writes its text anew

export interface Kept {
  /** The draft before the caret was `from`, and is `to` now. */
  taken(from: string, to: string): void;
  /** A key was pressed, before it does anything: one that writes a character, or another. */
  pressed(writes: boolean): void;
  /** Look now: the writer has typed. */
  look(): void;
  /** The caret is elsewhere. */
  moved(): void;
  /** What is gone from now on, somebody took out. */
  forget(): void;
  /** Do not look by itself. */
  stop(): void;
}

/**
 * Calls `lost` when what was taken is gone and nobody took it out. `read` gives the draft, `before` what is before the
 * caret where something may be suggested.
 */
export function watchKept(clock: Clock, read: () => Draft | null, before: () => string | undefined, lost: () => void): Kept {
  const later = alarm(clock);
  /** Until more than one key was pressed; `wrote` is when that was. */
  let took: { from: string; to: string } | null = null;
  let wrote = Infinity;
  const look = (): void => {
    const found = took && wrote < Infinity && read();
    if (!found || !took) return;
    const now = found.before + found.after;
    if (now.length >= took.to.length || !now.startsWith(took.from)) return;
    took = null;
    lost();
  };
  return {
    taken(from, to) {
      took = { from, to };
      wrote = Infinity;
      later(LOOK_MS, () => from && before() === from && lost());
    },
    pressed(writes) {
      later();
      if (writes) look();
      // A page that has written another draft since has not lost anything.
      if (!writes || wrote < Infinity || ![took?.from, took?.to].includes(before())) took = null;
      wrote = clock.now();
    },
    look,
    moved() {
      // Other than the writer, an editor moves the caret as soon as a key has written something.
      const since = clock.now() - wrote;
      if (since >= 0 && since < SETTLE_MS) look();
      else took = null;
    },
    forget: () => void (took = null),
    stop: () => later(),
  };
}
