/** Sends requests, at most two in flight. Aborts useless ones, and counts failures. */

import type { Choice, Known } from "./answers.js";
import { Breaker } from "./breaker.js";
import { Alarm, type Clock } from "./clock.js";
import type { Tell } from "./contract.js";
import { Pace, type Schedule } from "./pace.js";
import { cleanText, lastWord } from "./text.js";
import type { Complete, CompletionRequest, Failure } from "./types.js";

const MOST = 2;
const TIMEOUT_MS = 5_000;

export class Requests {
  /** The prefixes asked about, oldest first; one that is aborted is not in it. */
  private readonly _open = new Map<AbortController, string>();
  private readonly _alarm = new Alarm(this._clock);
  private readonly _pace = new Pace(this._clock);
  private _breaker = new Breaker(this._clock);
  private _asked = 0;
  private _troubled = false;

  /** `answered` is told of each answer. */
  constructor(
    private readonly _clock: Clock,
    private readonly _tell: Tell,
    private readonly _answered: (answer: Known) => void,
  ) {}

  /** The writer pressed a key. */
  key(): void {
    this._pace.key();
  }

  /** Run something when the pace allows a request, which may be now. It replaces an earlier plan. */
  _later(schedule: Schedule, run: () => void): void {
    const delay = this._pace._delay(schedule);
    if (delay > 0) this._alarm.set(delay, run);
    else run();
  }

  /** Run nothing later. */
  _wait(): void {
    this._alarm.clear();
  }

  /**
   * Ask for the continuation of the request's prefix, unless that is in flight or the source is paused. If two requests
   * are in flight, the older is aborted. This never rejects.
   */
  async _ask(complete: Complete, request: CompletionRequest): Promise<void> {
    const { prefix } = request;
    this._wait();
    if (this._breaker._wait() || [...this._open.values()].includes(prefix)) return;
    this._pace._sent();
    for (const older of this._open.keys()) {
      if (this._open.size >= MOST) this._abort(older);
    }
    const controller = new AbortController();
    this._open.set(controller, prefix);
    const started = this._clock._now();
    const spent = (): number => this._clock._now() - started;
    const stop = this._clock._later(TIMEOUT_MS, () => controller.abort());
    const id = `local-${++this._asked}`;
    let known: Known;
    try {
      const answer = readAnswer(await answerOf(complete, request, controller.signal), request);
      known = { id, prefix, _uses: 0, _at: started, ...answer };
    } catch (error) {
      if (controller.signal.aborted) this._pace._unanswered(spent());
      if (this._open.delete(controller)) this._fail(error);
      return;
    } finally {
      stop();
    }
    if (!this._open.delete(controller)) return;
    this._breaker._succeeded();
    if (this._troubled) this._tell("trouble", null);
    this._troubled = false;
    this._pace.answered(spent());
    this._tell("answered", spent());
    this._answered(known);
  }

  /** Abort requests that are useless for a draft with this `prefix`; all of them if there is none. */
  _keep(prefix?: string): void {
    for (const [controller, about] of this._open) {
      if (!prefix?.startsWith(about)) this._abort(controller);
    }
  }

  /** Give up all of them, and run nothing later. */
  stop(): void {
    this._keep();
    this._wait();
  }

  /** Something about the source was changed: try it again. */
  _reset(): void {
    this._breaker = new Breaker(this._clock);
  }

  private _abort(controller: AbortController): void {
    this._open.delete(controller);
    controller.abort();
  }

  private _fail(error: unknown): void {
    // The error of fetch for an unreachable server has no members of its own.
    const other = error instanceof TypeError ? "unreachable" : "failed";
    const { kind = other, status = 0, pause = 0 } = (error ?? {}) as Failure;
    this._breaker._failed(pause);
    this._troubled = true;
    this._tell("trouble", { kind, status, pause: this._breaker._wait() });
  }
}

/** The answer of a source; a Failure once the signal aborts, because not every source obeys it. */
function answerOf(complete: Complete, request: CompletionRequest, signal: AbortSignal): Promise<unknown> {
  const aborted = new Promise<never>((_, reject) => {
    signal.onabort = () => reject({ kind: "slow" } satisfies Failure);
  });
  const asked = async (): Promise<unknown> => complete(request, signal);
  return Promise.race([aborted, asked()]);
}

type ReadAnswer = Pick<Known, "choices"> & Partial<Pick<Known, "id">>;

/** The content of an answer in any allowed form, made safe; throws a Failure for other forms. */
function readAnswer(answer: unknown, request: CompletionRequest): ReadAnswer {
  const given = (typeof answer === "string" ? { suggestions: [{ text: answer }] } : answer) ?? { suggestions: [] };
  const { id, suggestions } = given as { id?: unknown; suggestions?: unknown };
  const list: unknown[] = Array.isArray(suggestions) ? suggestions : [{}];
  const read: ReadAnswer = {
    choices: list.flatMap((one, rank) => readChoice(one, rank, request) ?? []),
  };
  if (typeof id === "string" && /^[\w.:-]{1,128}$/.test(id)) read.id = id;
  return read;
}

/** One candidate, made safe; nothing where it cannot be shown. */
function readChoice(one: unknown, rank: number, { prefix, edits }: CompletionRequest): Choice | undefined {
  const { text, confidence, replace = 0 } = (one ?? {}) as Partial<Record<"text" | "confidence" | "replace", unknown>>;
  if (typeof text !== "string" && rank) return undefined;
  if (typeof text !== "string") throw { kind: "malformed" } satisfies Failure;
  const clean = cleanText(text);
  const tail = [...lastWord(prefix)];
  const start = tail.length - (replace as number);
  // Only the unfinished word is mended, and only where the page wants that.
  if (replace !== 0 && !(edits && Number.isInteger(replace) && start in tail)) return undefined;
  const gone = replace ? tail.slice(start).join("") : "";
  const _full = prefix.slice(0, prefix.length - gone.length) + clean;
  // A correction that leaves all that is typed is none.
  const mends = !!gone && !_full.startsWith(prefix);
  if (mends ? !start && !/^\S/.test(clean) : _full.length <= prefix.length) return undefined;
  const probable = typeof confidence === "number" && confidence >= 0 && confidence <= 1;
  return { _full, replace: mends ? gone.length : 0, confidence: probable ? confidence : null, rank };
}
