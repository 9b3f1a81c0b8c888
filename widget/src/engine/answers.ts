/** Keeps answers for a while, because writers go back and forth over the same words. */

import type { Clock } from "./clock.js";

/** The answer to `prefix`; text "" means that there was nothing to suggest. */
export interface Known {
  id: string;
  prefix: string;
  text: string;
  confidence: number | null;
  /** How often it was shown: each showing is a suggestion of its own. */
  _uses: number;
  /** When it was answered, in the clock's milliseconds. */
  _at: number;
}

const SIZE = 64;
const KEPT_MS = 60_000;

export class Answers {
  /** The last one used comes first. */
  private _known: Known[] = [];

  constructor(private readonly _clock: Clock) {}

  /** Keep an answer; the last one used is the last one forgotten. */
  add(answer: Known): void {
    const others = this._known.filter(({ prefix }) => prefix !== answer.prefix);
    this._known = [answer, ...others].slice(0, SIZE);
  }

  /** The answer to `prefix`, or one to a shorter prefix whose text goes on exactly as the writer did. */
  find(prefix: string): Known | undefined {
    const oldest = this._clock.now() - KEPT_MS;
    const usable = this._known.filter(({ prefix: start, text, _at }) => {
      const typed = prefix.length - start.length;
      const goesOn =
        typed > 0 && typed < text.length && prefix.endsWith(text.slice(0, typed)) && prefix.startsWith(start);
      return (goesOn || prefix === start) && _at >= oldest;
    });
    // The answer to the longest prefix.
    const [found] = usable.sort((one, other) => other.prefix.length - one.prefix.length);
    if (found) this.add(found);
    return found;
  }
}
