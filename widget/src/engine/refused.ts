/** What the writer does not want to see, and what of an answer may be shown. */

import type { Choice, Known } from "./answers.js";
import type { Suggestion } from "./suggestion.js";
import { MIN_CHARACTERS } from "./text.js";

export class Refused {
  /** The draft as if the dismissed suggestion were taken; that suggestion is not offered again. */
  private _rejected = "";
  /** The draft where a correction was dismissed; its last word is not mended any more. */
  private _asTyped = "";

  /** It was dismissed. */
  _add({ replace, _prefix, _choice }: Suggestion): void {
    if (replace) this._mean(_prefix);
    else this._rejected = _choice._full;
  }

  /** In a draft with this prefix, its last word stays as it is typed. */
  _mean(prefix: string): void {
    this._asTyped = prefix;
  }

  /** The draft is this now. */
  _follow(prefix: string): void {
    if (!this._rejected.startsWith(prefix)) this._rejected = "";
  }

  _forget(): void {
    this._rejected = this._asTyped = "";
  }

  /** The choice of an answer that is shown in a draft with this `prefix`, if one is. */
  _best({ choices: [best], prefix: start }: Known, prefix: string): Choice | undefined {
    return best && this._allows(best, prefix, start.length) && !this._rejected.startsWith(best._full)
      ? best
      : undefined;
  }

  /** What the writer may turn to: what is shown, and the choices that came with it and still go on from the draft. */
  _choices(held: Suggestion): Choice[] {
    const { _prefix, _start, _choices } = held;
    const fits = (one: Choice): boolean =>
      this._allows(one, _prefix, _start.length) && (!one.replace || _prefix === _start);
    return _choices.filter((one) => one === held._choice || fits(one));
  }

  /** Whether a choice goes on from a draft with this `prefix`, in which so much is what was asked about. */
  private _allows({ _full, replace }: Choice, prefix: string, asked: number): boolean {
    if (!replace) return _full.startsWith(prefix.slice(asked), asked) && _full.length - prefix.length >= MIN_CHARACTERS;
    const { length } = this._asTyped;
    return !length || !prefix.startsWith(this._asTyped) || /\s/.test(prefix.slice(length));
  }
}
