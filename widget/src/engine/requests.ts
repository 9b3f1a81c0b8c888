/** Requests under way: at most two, the hopeless aborted, trouble counted. */

import { Breaker } from "./breaker.js";
import type { Clock } from "./clock.js";
import type { Known } from "./answers.js";
import { cleanText } from "./text.js";
import { SourceError } from "./trouble.js";
import type { Complete, CompletionRequest, Trouble } from "./types.js";

const MOST = 2;
const TIMEOUT_MS = 5_000;

interface Question {
  prefix: string;
  number: number;
  controller: AbortController;
  /** Whether it was given up for want of an answer. */
  late: boolean;
}

export class Requests {
  readonly breaker: Breaker;
  private _open: Question[] = [];
  private _asked = 0;
  private _troubled = false;

  constructor(
    private _clock: Clock,
    private _answered: (answer: Known, milliseconds: number) => void,
    private _trouble: (trouble: Trouble | null) => void,
  ) {
    this.breaker = new Breaker(_clock);
  }

  /** Whether this prefix is being asked about. */
  asks(prefix: string): boolean {
    return this._open.some((question) => question.prefix === prefix);
  }

  /** Ask what continues `prefix`, with a request that may hold less of it; of two that are under way the older makes room. Never rejects. */
  async ask(complete: Complete, prefix: string, request: CompletionRequest): Promise<void> {
    if (this._open.length >= MOST) this._open.shift()?.controller.abort();
    const question = { prefix, number: ++this._asked, controller: new AbortController(), late: false };
    const { signal } = question.controller;
    this._open.push(question);
    const started = this._clock.now();
    const stop = this._clock.later(TIMEOUT_MS, () => {
      question.late = true;
      question.controller.abort();
    });
    // Not every source heeds its signal.
    const aborted = new Promise<never>((_, reject) => {
      signal.addEventListener("abort", () => reject(new SourceError("slow")));
    });
    try {
      const answer = await Promise.race([aborted, (async () => complete(request, signal))()]);
      if (!signal.aborted) this._accept(question, read(answer, prefix, question.number), started);
    } catch (error) {
      if (!signal.aborted || question.late) this._fail(error, question);
    } finally {
      stop();
      this._open = this._open.filter((other) => other !== question);
    }
  }

  /** Abort what cannot be of use to a draft that stands at `prefix`. */
  keep(prefix: string): void {
    this._abort((question) => !prefix.startsWith(question.prefix));
  }

  abortAll(): void {
    this._abort(() => true);
  }

  private _abort(hopeless: (question: Question) => boolean): void {
    const open = this._open;
    this._open = open.filter((question) => !hopeless(question));
    for (const question of open) if (hopeless(question)) question.controller.abort();
  }

  private _accept(question: Question, answer: Known, started: number): void {
    this.breaker.succeeded();
    if (this._troubled) this._trouble(null);
    this._troubled = false;
    this._open = this._open.filter((other) => other !== question);
    this._answered(answer, this._clock.now() - started);
  }

  private _fail(error: unknown, question: Question): void {
    const { kind, status, pause } =
      error instanceof SourceError ? error : new SourceError(error instanceof TypeError ? "unreachable" : "failed");
    // A draft that the source refuses is no fault of the source: this prefix has no completion.
    if (status === 413 || status === 422) {
      this._answered({ id: "", prefix: question.prefix, text: "", confidence: null }, NaN);
    } else if (pause > 0) this.breaker.hold(pause);
    else this.breaker.failed();
    this._troubled = true;
    this._trouble({ kind, status, pause: this.breaker.wait });
  }
}

/** An answer of any of the allowed forms, made safe; throws SourceError for anything else. */
function read(answer: unknown, prefix: string, number: number): Known {
  let { id, suggestions } = (answer ?? { suggestions: [] }) as { id?: unknown; suggestions?: unknown };
  if (typeof answer === "string") suggestions = [{ text: answer }];
  if (!Array.isArray(suggestions)) throw new SourceError("malformed");
  const { text, confidence } = (suggestions.length > 0 ? (suggestions[0] ?? {}) : { text: "" }) as { text?: unknown; confidence?: unknown };
  if (typeof text !== "string") throw new SourceError("malformed");
  if (typeof id !== "string" || !/^[\w.:-]{1,128}$/.test(id)) id = `local-${number}`;
  const known = typeof confidence === "number" && confidence >= 0 && confidence <= 1;
  return { id: id as string, prefix, text: cleanText(text), confidence: known ? confidence : null };
}
