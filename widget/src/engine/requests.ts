/** Requests under way: at most two, the hopeless aborted, trouble counted. */

import { Breaker } from "./breaker.js";
import type { Clock } from "./clock.js";
import type { Known } from "./answers.js";
import { cleanText } from "./text.js";
import { SourceError } from "./trouble.js";
import type { Complete, CompletionRequest, Trouble } from "./types.js";

const MOST = 2;
const TIMEOUT_MS = 5_000;

export class Requests {
  readonly breaker: Breaker;
  /** The prefixes asked about, oldest first. */
  private _open = new Map<AbortController, string>();
  private _asked = 0;
  private _troubled = false;

  constructor(
    private _clock: Clock,
    private _answered: (answer: Known, milliseconds: number) => void,
    /** A request was given up after so many milliseconds. */
    private _unanswered: (milliseconds: number) => void,
    private _trouble: (trouble: Trouble | null) => void,
  ) {
    this.breaker = new Breaker(_clock);
  }

  /** Whether this prefix is being asked about. */
  asks(prefix: string): boolean {
    return [...this._open.values()].includes(prefix);
  }

  /**
   * Ask what continues `prefix`, with a request that may hold less of it; of two that are under way the older makes
   * room. Never rejects.
   */
  async ask(complete: Complete, prefix: string, request: CompletionRequest): Promise<void> {
    const { _open: open, _clock: clock } = this;
    for (const older of open.keys()) if (open.size >= MOST) this._abort(older);
    const controller = new AbortController();
    const { signal } = controller;
    open.set(controller, prefix);
    const number = ++this._asked;
    const started = clock.now();
    let late = false;
    const stop = clock.later(TIMEOUT_MS, () => {
      late = true;
      controller.abort();
    });
    // Not every source heeds its signal.
    const aborted = new Promise<never>((_, reject) => {
      signal.onabort = () => reject(new SourceError("slow"));
    });
    try {
      const known = read(await Promise.race([aborted, (async () => complete(request, signal))()]), prefix, number);
      open.delete(controller);
      this.breaker.succeeded();
      if (this._troubled) this._trouble(null);
      this._troubled = false;
      this._answered(known, clock.now() - started);
    } catch (error) {
      if (signal.aborted) this._unanswered(clock.now() - started);
      if (!signal.aborted || late) this._fail(error, prefix);
    } finally {
      stop();
      open.delete(controller);
    }
  }

  /** Abort what cannot be of use to a draft that stands at `prefix`; everything where there is none. */
  keep(prefix: string | null): void {
    for (const [controller, asked] of this._open) if (!prefix?.startsWith(asked)) this._abort(controller);
  }

  private _abort(controller: AbortController): void {
    this._open.delete(controller);
    controller.abort();
  }

  private _fail(error: unknown, prefix: string): void {
    const { kind, status, pause } =
      error instanceof SourceError ? error : new SourceError(error instanceof TypeError ? "unreachable" : "failed");
    // A draft that the source refuses is no fault of the source: this prefix has no completion.
    if (status === 413 || status === 422) this._answered({ id: "", prefix, text: "", confidence: null, uses: 0 }, NaN);
    else {
      this.breaker.hold(pause);
      this.breaker.failed();
    }
    this._troubled = true;
    this._trouble({ kind, status, pause: this.breaker.wait });
  }
}

/** An answer of any of the allowed forms, made safe; throws SourceError for anything else. */
function read(answer: unknown, prefix: string, number: number): Known {
  let { id, suggestions } = (answer ?? { suggestions: [] }) as { id?: unknown; suggestions?: unknown };
  if (typeof answer === "string") suggestions = [{ text: answer }];
  const [best = { text: "" }] = Array.isArray(suggestions) ? (suggestions as unknown[]) : [null];
  const { text, confidence } = (best ?? {}) as { text?: unknown; confidence?: unknown };
  if (typeof text !== "string") throw new SourceError("malformed");
  if (typeof id !== "string" || !/^[\w.:-]{1,128}$/.test(id)) id = `local-${number}`;
  const known = typeof confidence === "number" && confidence >= 0 && confidence <= 1;
  return { id: id as string, prefix, text: cleanText(text), confidence: known ? confidence : null, uses: 0 };
}
