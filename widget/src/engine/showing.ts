/** The suggestion that is grey: how it is painted, turned, made longer, read aloud and ended. */

import type { Choice, Known } from "./answers.js";
import { Alarm, type Clock } from "./clock.js";
import type { ComposerOptions, Surface, Tell } from "./contract.js";
import { lay } from "./lay.js";
import type { Refused } from "./refused.js";
import { Suggestion } from "./suggestion.js";
import type { DismissReason, Draft, Shown } from "./types.js";

const QUIET_MS = 700; // before a suggestion is announced
const LOOK_MS = QUIET_MS / 2; // between checks of the draft, because no event reports a program that empties a field

export class Showing {
  _held: Suggestion | null = null;
  private _options!: ComposerOptions;
  private readonly _watch = new Alarm(this._clock);

  /** `draft` gives the draft where the writer types. `check` makes sure that it still is what it was. */
  constructor(
    private readonly _surface: Surface,
    private readonly _clock: Clock,
    private readonly _tell: Tell,
    private readonly _refused: Refused,
    private readonly _draft: () => Draft | null,
    private readonly _check: () => void,
  ) {}

  _configure(options: ComposerOptions): void {
    this._options = options;
  }

  /** As the page may know it. */
  _shown(): Shown | null {
    return this._held && this._held._shown(this._refused._choices(this._held).length);
  }

  /** Hold a choice of an answer as a suggestion in a draft with this `prefix`. */
  _hold(known: Known, prefix: string, choice: Choice): void {
    this._held = new Suggestion(known, prefix, choice);
    this._lookSoon();
  }

  /** Make the surface show the held suggestion. */
  _paint(): void {
    const held = this._held;
    if (!held) return;
    held._completion = this._lay(held, held._completion);
    if (held._isOver()) {
      this._end("edit");
      return;
    }
    this._tell("suggestion", this._shown());
    this._clock._frame(() => {
      if (this._held !== held || held._painted) return;
      held._painted = this._clock._now();
      this._tell("outcome", { type: "shown", id: held.id, characters: held._rest().length });
    });
  }

  /** Show the next of the choices that came with it, or the one before; false if there is none. */
  _turn(step: number): boolean {
    const held = this._held as Suggestion;
    const from = held._choice;
    const choices = this._refused._choices(held);
    const count = choices.length;
    let at = choices.indexOf(from);
    held._turned = true;
    // What finds no room is passed over; what was shown before finds it.
    for (let tries = count; tries > 0; tries--) {
      at = (at + step + count) % count;
      held._choose(choices[at] as Choice);
      held._completion = this._lay(held, held._completion);
      if (!held._isOver()) break;
    }
    if (held._choice === from) return false;
    // It must have been visible for as long as any other.
    if (held._painted) held._painted = this._clock._now();
    held._announced = 0;
    held._due = false;
    this._lookSoon();
    this._tell("suggestion", this._shown());
    return true;
  }

  /** Make grey text longer if an answer begins with it and there is room. Never shorten or replace it. */
  _extend({ choices: [best] }: Known): void {
    const held = this._held as Suggestion;
    const completion = held._completion;
    if (!best || held.replace || best._full.length <= completion.length || !best._full.startsWith(completion)) return;
    const longer = this._lay(held, best._full);
    if (longer.length <= completion.length) {
      this._lay(held, completion);
      return;
    }
    held._steady = this._seen(held);
    held._grownAt = this._clock._now();
    held._completion = longer;
    held._choice._full = best._full;
    held._due = false;
    held._choice.confidence = best.confidence;
    this._lookSoon();
    this._tell("suggestion", this._shown());
  }

  /** The completion as far as it has been visible for long enough that a key may take it. */
  _seen(held: Suggestion): string {
    return this._clock._now() - held._grownAt < this._options.minVisibleMs ? held._steady : held._completion;
  }

  /** The suggestion is over: taken, typed, or gone for a reason. */
  _end(reason: DismissReason | null): void {
    const ended = this._held;
    if (!ended) return;
    this._held = null;
    this._watch.clear();
    if (ended._painted) this._tell("outcome", ended._outcome(reason));
    this._surface.render(null);
    this._tell("suggestion", null);
    if (ended._announced) this._tell("announce", null);
  }

  /** While nothing is typed, check that the draft is unchanged; the second time, announce the grey text. */
  _lookSoon(quiet = false): void {
    this._watch.set(LOOK_MS, () => {
      this._check();
      const held = this._held;
      if (!held) return;
      const { length } = held._completion;
      if (quiet && held._announced < length) {
        held._announced = length;
        const shown = this._shown() as Shown;
        this._tell("announce", { text: (held._stays() + shown.text).trim(), shown });
      }
      this._lookSoon(true);
    });
  }

  /** Have the surface show the rest of a completion; returns it as far as it finds room, "" if none is shown. */
  private _lay(held: Suggestion, completion: string): string {
    const choices = this._refused._choices(held);
    const { length } = choices;
    const isTold = length > 1 && (held._turned || this._options.marks);
    const mark = isTold ? `${choices.indexOf(held._choice) + 1}/${length}` : "";
    return lay(this._surface, this._draft(), held, completion, mark);
  }
}
