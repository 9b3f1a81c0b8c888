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
}

export class Answers {
  private _known = new Map<string, { answer: Known; at: number }>();

  constructor(
    private _clock: Clock,
    private _size = 64,
    private _keptMs = 60_000,
  ) {}

  add(answer: Known): void {
    this._known.delete(answer.prefix);
    this._known.set(answer.prefix, { answer, at: this._clock.now() });
    if (this._known.size > this._size) {
      this._known.delete(this._known.keys().next().value as string);
    }
  }

  /** The answer to `prefix`, or one to a shorter prefix whose text goes on exactly as the writer did. */
  find(prefix: string): Known | null {
    const exact = this._fresh(prefix);
    if (exact !== null) return exact;
    for (const { answer } of [...this._known.values()].reverse()) {
      const typed = prefix.length - answer.prefix.length;
      if (typed <= 0 || typed >= answer.text.length) continue;
      if (prefix.endsWith(answer.text.slice(0, typed)) && prefix.startsWith(answer.prefix)) {
        return this._fresh(answer.prefix);
      }
    }
    return null;
  }

  clear(): void {
    this._known.clear();
  }

  private _fresh(prefix: string): Known | null {
    const entry = this._known.get(prefix);
    if (entry === undefined) return null;
    this._known.delete(prefix);
    if (this._clock.now() - entry.at > this._keptMs) return null;
    this._known.set(prefix, entry); // the last one used is the last one forgotten
    return entry.answer;
  }
}
