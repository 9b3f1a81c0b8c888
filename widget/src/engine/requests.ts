/** Requests under way: at most two, the hopeless aborted, trouble counted. */

import type { Known } from "./answers.js";
import { makeBreaker } from "./breaker.js";
import type { Clock } from "./clock.js";
import type { Pace } from "./pace.js";
import { cleanText } from "./text.js";
import type { Complete, CompletionRequest, Failure, Trouble } from "./types.js";

export interface Requests {
  /**
   * Ask what continues the request's prefix, unless that is being asked or the source is left alone; of two requests
   * that are under way the older makes room. Whatever the source does, this does not reject.
   */
  ask(complete: Complete, request: CompletionRequest): Promise<void>;
  /** Abort what cannot be of use to a draft that stands at `prefix`; everything where there is none. */
  keep(prefix?: string): void;
  /** Something about the source was changed: try it again. */
  reset(): void;
}

/** What becomes of requests. */
export interface RequestEvents {
  /** One was answered after so many milliseconds. */
  answered(answer: Known, milliseconds: number): void;
  trouble(trouble: Trouble | null): void;
}

const MOST = 2;
const TIMEOUT_MS = 5_000;

export function makeRequests(clock: Clock, pace: Pace, events: RequestEvents): Requests {
  /** The prefixes asked about, oldest first; one that is aborted is not in it. */
  const open = new Map<AbortController, string>();
  let breaker = makeBreaker(clock);
  let asked = 0;
  let troubled = false;

  const abort = (controller: AbortController): void => {
    open.delete(controller);
    controller.abort();
  };

  const ask = async (complete: Complete, request: CompletionRequest): Promise<void> => {
    const { prefix } = request;
    if (breaker.wait() || [...open.values()].includes(prefix)) return;
    pace.sent();
    for (const older of open.keys()) if (open.size >= MOST) abort(older);
    const controller = new AbortController();
    const { signal } = controller;
    open.set(controller, prefix);
    const started = clock.now();
    const spent = (): number => clock.now() - started;
    const stop = clock.later(TIMEOUT_MS, () => controller.abort());
    let known: Known = { id: `local-${++asked}`, prefix, text: "", confidence: null, uses: 0, at: started };
    try {
      // Not every source heeds its signal.
      const aborted = new Promise<never>((_, reject) => {
        signal.onabort = () => reject({ kind: "slow" } satisfies Failure);
      });
      known = { ...known, ...read(await Promise.race([aborted, (async () => complete(request, signal))()])) };
    } catch (error) {
      if (signal.aborted) pace.unanswered(spent());
      if (!open.delete(controller)) return;
      // What fetch throws where it reaches nobody has no members of its own.
      const other = error instanceof TypeError ? "unreachable" : "failed";
      const { kind = other, status = 0, pause = 0 } = (error ?? {}) as Failure;
      breaker.failed(pause);
      troubled = true;
      events.trouble({ kind, status, pause: breaker.wait() });
    } finally {
      stop();
    }
    if (!open.delete(controller)) return;
    breaker.succeeded();
    if (troubled) events.trouble(null);
    troubled = false;
    pace.answered(spent());
    events.answered(known, spent());
  };

  return {
    ask,
    keep(prefix) {
      for (const [controller, about] of open) if (!prefix?.startsWith(about)) abort(controller);
    },
    reset() {
      breaker = makeBreaker(clock);
    },
  };
}

/** An answer of any of the allowed forms, made safe; throws a Failure for anything else. */
function read(answer: unknown): Partial<Known> {
  const given = (typeof answer === "string" ? { suggestions: [{ text: answer }] } : answer) ?? { suggestions: [] };
  const { id, suggestions } = given as { id?: unknown; suggestions?: unknown };
  const best: unknown = Array.isArray(suggestions) ? (suggestions[0] ?? { text: "" }) : {};
  const { text, confidence } = best as { text?: unknown; confidence?: unknown };
  if (typeof text !== "string") throw { kind: "malformed" } satisfies Failure;
  const known: Partial<Known> = { text: cleanText(text) };
  if (typeof confidence === "number" && confidence >= 0 && confidence <= 1) known.confidence = confidence;
  if (typeof id === "string" && /^[\w.:-]{1,128}$/.test(id)) known.id = id;
  return known;
}
