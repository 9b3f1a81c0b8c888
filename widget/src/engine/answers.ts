/** Keeps answers for a while, because writers go back and forth over the same words. */

import type { Clock } from "./clock.js";

/** One candidate of an answer. */
export interface Choice {
  /** The draft with all of it taken. */
  _full: string;
  /** How many UTF-16 units before the caret go; more than 0 in a correction. */
  replace: number;
  confidence: number | null;
  /** Its place in the answer; 0 for the best. */
  rank: number;
}

/** The answer to `prefix`; without a choice there was nothing to suggest. */
export interface Known {
  id: string;
  prefix: string;
  choices: Choice[];
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

  /** The answer to `prefix`, or one to a shorter prefix whose best text goes on exactly as the writer did. */
  find(prefix: string): Known | undefined {
    const oldest = this._clock._now() - KEPT_MS;
    const usable = this._known.filter(({ prefix: start, choices: [best], _at }) => {
      const asked = start.length;
      const isLonger = best && !best.replace && prefix.length > asked && best._full.length > prefix.length;
      const goesOn = isLonger && best._full.startsWith(prefix.slice(asked), asked);
      return (prefix === start || (goesOn && prefix.startsWith(start))) && _at >= oldest;
    });
    // The answer to the longest prefix.
    const [found] = usable.sort((one, other) => other.prefix.length - one.prefix.length);
    if (found) this.add(found);
    return found;
  }
}
