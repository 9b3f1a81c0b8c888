/** What is asked, what is known of the answers, and the context that both belong to. */

import { Answers, type Known } from "./answers.js";
import type { Clock } from "./clock.js";
import type { ComposerOptions, Surface, Tell } from "./contract.js";
import { spells } from "./phrases.js";
import { Requests } from "./requests.js";
import { restOfLine } from "./text.js";
import type { CompletionRequest, Context, Draft } from "./types.js";

export class Asking {
  private _options!: ComposerOptions;
  private _context: Context = {};
  private _suffix = "";
  private _contextKey = '[{},""]';
  private _answers = new Answers(this._clock);
  readonly _requests: Requests;

  /** `answered` is told of each answer. */
  constructor(
    private readonly _clock: Clock,
    private readonly _surface: Surface,
    tell: Tell,
    answered: (answer: Known) => void,
  ) {
    this._requests = new Requests(_clock, tell, (answer) => {
      const banned = this._options.banned();
      answer.choices = answer.choices.filter(({ _full }) => !spells(_full, answer.prefix, banned));
      this._answers.add(answer);
      answered(answer);
    });
  }

  /** Use other options. */
  _configure(options: ComposerOptions): void {
    this._options = options;
    this._forget();
    this._requests._reset();
  }

  /** Forget all answers. */
  _forget(): void {
    this._answers = new Answers(this._clock);
  }

  find(prefix: string): Known | undefined {
    return this._answers.find(prefix);
  }

  /** Read the context and what follows as they are now; answers under others are dropped. */
  _lookAround({ after }: Draft): void {
    this._context = this._options.context();
    this._suffix = restOfLine(after);
    const key = JSON.stringify([this._context, this._suffix]);
    if (key === this._contextKey) return;
    this._contextKey = key;
    this._forget();
    this._requests._keep();
  }

  _ask(prefix: string): void {
    const { complete, session, edits } = this._options;
    const request: CompletionRequest = { prefix, context: this._context, session };
    if (edits && this._surface.insert.length > 1) request.edits = true;
    if (this._suffix) request.suffix = this._suffix;
    void this._requests._ask(complete, request);
  }
}
