/** Answers kept for a while: the writer goes back and forth over the same words. */

import type { Clock } from "./clock.js";

/** What came of asking about `prefix`; text "" means that there was nothing to suggest. */
export interface Known {
  id: string;
  prefix: string;
  text: string;
  confidence: number | null;
  /** How often it was shown: each showing is a suggestion of its own. */
  uses: number;
  /** When it was answered, in the clock's milliseconds. */
  at: number;
}

export interface Answers {
  /** Keep an answer; the last one used is the last one forgotten. */
  add(answer: Known): void;
  /** The answer to `prefix`, or one to a shorter prefix whose text goes on exactly as the writer did. */
  find(prefix: string): Known | undefined;
}

const SIZE = 64;
const KEPT_MS = 60_000;

export function makeAnswers(clock: Clock): Answers {
  /** The last one used comes first. */
  let known: Known[] = [];
  const add = (answer: Known): void => {
    known = [answer, ...known.filter(({ prefix }) => prefix !== answer.prefix)].slice(0, SIZE);
  };
  return {
    add,
    find(prefix) {
      const usable = known.filter(({ prefix: start, text, at }) => {
        const typed = prefix.length - start.length;
        const goesOn = typed > 0 && typed < text.length && prefix.endsWith(text.slice(0, typed)) && prefix.startsWith(start);
        return (goesOn || prefix === start) && clock.now() - at <= KEPT_MS;
      });
      // The one that knew most of the draft.
      const [found] = usable.sort((one, other) => other.prefix.length - one.prefix.length);
      if (found) add(found);
      return found;
    },
  };
}
