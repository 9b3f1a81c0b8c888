/** Inkling's service as a source of completions, and as the receiver of outcomes. */

import type { Answer, Complete, Outcome, Trouble } from "./engine/types.js";

/** "calm" shows less than the service does by itself, "eager" more. */
export type Eagerness = "calm" | "balanced" | "eager";

/** The assumed cost of reading a suggestion, in milliseconds; the service's own number when balanced. */
const INTERRUPTION_MS: Partial<Record<Eagerness, number>> = { calm: 600, eager: 100 };

type HeaderFields = Record<string, string>;

/** Headers, or a function that gives them: `refused` once more when the service did not take those before (401). */
export type HeaderSource = HeaderFields | ((refused: boolean) => HeaderFields | Promise<HeaderFields>);

export interface Service {
  /** Where the service is: "https://mail.example/inkling" for .../v1/suggestions; the page's own folder when missing. */
  endpoint?: string | undefined;
  /** Sent with every request, an API key for instance. */
  headers?: HeaderSource | undefined;
  /** Whose profile counts. */
  user?: string | undefined;
  /** Least confidence of a shown suggestion, 0 to 1; the service's own choice when missing. */
  minConfidence?: number | undefined;
  /** How readily it suggests; "balanced", the service's own choice, when missing. */
  eagerness?: Eagerness | undefined;
  /** Whether outcomes are sent to it. */
  telemetry?: boolean | undefined;
}

const BATCH_MS = 2_000;
const MOST_CHARACTERS = 20_000; // that the service takes
const STRIDE = 4_096; // of the place where a longer draft is cut, so that it seldom moves

const urlOf = (service: Service, path: string): string => (service.endpoint ?? ".").replace(/\/*$/, "/v1/") + path;

function send(service: Service, path: string, body: unknown, init: RequestInit, refused = false): Promise<Response> {
  const { headers } = service;
  const renewable = typeof headers === "function";
  const fetchWith = (fields?: HeaderFields): Promise<Response> =>
    fetch(urlOf(service, path), {
      method: "POST",
      headers: { ...fields, "Content-Type": "application/json" },
      body: JSON.stringify(body),
      redirect: "error",
      ...init,
    });
  const given = renewable ? headers(refused) : headers;
  // Without a promise it is sent at once: a page that is left waits for none. A promise may be of another window.
  const later = given as Promise<HeaderFields> | undefined;
  const sent = typeof later?.then === "function" ? later.then(fetchWith) : fetchWith(given as HeaderFields | undefined);
  return sent.then((response) =>
    response.status === 401 && renewable && !refused ? send(service, path, body, init, true) : response,
  );
}

/** Services that a page of another origin has been told of. */
const unreached = new Set<string>();

/** Warn once that the service may not allow the page's origin, because browsers do not report this. */
function sayUnreached(service: Service): void {
  if (typeof document === "undefined") return; // a worker has no page
  const { origin } = new URL(urlOf(service, ""), document.baseURI);
  if (origin === location.origin || unreached.has(origin)) return;
  unreached.add(origin);
  console.warn(
    `inkling: ${origin} was not reached. If it runs, it must know this page: --allowed-origins ${location.origin}`,
  );
}

export interface Connection {
  complete: Complete;
  /** Send it with the next batch. It is lost silently if the service does not take it. */
  tell(outcome: Outcome): void;
  /** The phrases that are never suggested to the user, after one was added or taken away where one is given. */
  phrases(phrase?: string, isNew?: boolean): Promise<string[]>;
  close(): void;
}

/** A service as seen from a window. */
export function connect(service: Service, view: Window): Connection {
  let waiting: Array<Outcome & { user_id: string | undefined }> = [];
  let timer = 0;
  const flush = (): void => {
    view.clearTimeout(timer);
    timer = 0;
    const body = { events: waiting };
    if (waiting.length === 0) return;
    waiting = [];
    // Outlives the page like a beacon. A beacon would send cookies, which a service on another origin refuses.
    send(service, "events", body, { keepalive: true }).catch(() => undefined);
  };
  view.addEventListener("pagehide", flush);
  return {
    complete: ({ prefix, context, session: session_id, edits, suffix }, signal) => {
      const { user: user_id, minConfidence: min_confidence, eagerness = "balanced" } = service;
      const interruption_ms = INTERRUPTION_MS[eagerness];
      const draft = { prefix: recent(prefix), suffix, edits };
      const body = { ...draft, session_id, context, user_id, min_confidence, interruption_ms };
      return send(service, "suggestions", body, { signal }).then(answerOf, (error: unknown) => {
        if (error instanceof TypeError) sayUnreached(service);
        throw error;
      });
    },
    tell(outcome) {
      if (service.telemetry === false) return;
      waiting.push({ ...outcome, user_id: service.user });
      timer ||= view.setTimeout(flush, BATCH_MS);
    },
    async phrases(phrase, isNew) {
      const change = phrase && { [isNew ? "add" : "remove"]: [phrase] };
      const path = `users/${encodeURIComponent(service.user ?? "")}/forbidden-phrases`;
      const response = await send(service, path, change, { method: change ? "PATCH" : "GET" });
      return ((await answerOf(response)) as unknown as { phrases: string[] }).phrases;
    },
    close() {
      view.removeEventListener("pagehide", flush);
      flush();
    },
  };
}

/** The part of a long draft that is sent. Its beginning stays for thousands of keys, so the session remains valid. */
function recent(prefix: string): string {
  const over = prefix.length - MOST_CHARACTERS;
  if (over <= 0) return prefix;
  const end = prefix.slice(Math.ceil(over / STRIDE) * STRIDE);
  return end.slice(Math.max(0, end.search(/\s/)));
}

const failure = (kind: Trouble["kind"], status: number, pause = 0): Error & Trouble =>
  Object.assign(new Error(kind), { kind, status, pause });

/** The answer of a response; throws a Failure if something is wrong with it. */
function answerOf(response: Response): Promise<Answer> | null {
  const { ok, status, headers } = response;
  if (status === 409) return null; // a newer request of this draft replaced it
  if (ok) {
    return response.json().catch(() => {
      throw failure("malformed", status);
    });
  }
  if (status === 401 || status === 403) throw failure("refused", status, Infinity);
  if (status === 429 || status === 503) {
    throw failure("busy", status, 1000 * (parseFloat(headers.get("Retry-After") ?? "") || 1));
  }
  throw failure("failed", status);
}
