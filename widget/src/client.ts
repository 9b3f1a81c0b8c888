/** Inkling's service as a source of completions, and where its outcomes go. */

import { SourceError } from "./engine/trouble.js";
import type { Answer, Complete, Outcome } from "./engine/types.js";

export interface Service {
  /** Where the service is: "https://mail.example/inkling" for .../v1/suggestions; the page's own folder when missing. */
  endpoint?: string | undefined;
  /** Sent with every request, an API key for instance. */
  headers?: Record<string, string> | (() => Record<string, string>) | undefined;
  /** Whose profile counts. */
  user?: string | undefined;
  /** Least confidence of what is shown, 0 to 1; the service's own choice when missing. */
  minConfidence?: number | undefined;
}

const BATCH_MS = 2_000;

const urlOf = (service: Service, path: string): string => (service.endpoint ?? ".").replace(/\/*$/, "/v1/") + path;

const headersOf = ({ headers }: Service): Record<string, string> =>
  (typeof headers === "function" ? headers() : headers) ?? {};

function post(service: Service, path: string, body: unknown, init: RequestInit): Promise<Response> {
  return fetch(urlOf(service, path), {
    method: "POST",
    headers: { ...headersOf(service), "Content-Type": "application/json" },
    body: JSON.stringify(body),
    redirect: "error",
    ...init,
  });
}

/** Asks the service. */
export function serviceSource(service: Service): Complete {
  return async ({ prefix, context, session }, signal) => {
    const { user: user_id, minConfidence: min_confidence } = service;
    const response = await post(service, "suggestions", { prefix, session_id: session, context, user_id, min_confidence }, { signal });
    const { status } = response;
    if (status === 409) return null; // a newer request of this draft took its place
    if (response.ok) {
      return response.json().catch(() => {
        throw new SourceError("malformed", status);
      }) as Promise<Answer>;
    }
    if (status === 401 || status === 403) throw new SourceError("refused", status, Infinity);
    if (status === 429 || status === 503) {
      throw new SourceError("busy", status, 1000 * (parseFloat(response.headers.get("Retry-After") ?? "") || 1));
    }
    throw new SourceError("failed", status);
  };
}

/** Sends outcomes in batches, the last ones when the page goes. */
export class Telemetry {
  private _waiting: Outcome[] = [];
  private _timer = 0;

  constructor(
    private _service: Service,
    private _view: Window,
  ) {
    _view.addEventListener("pagehide", this.flush);
  }

  add(outcome: Outcome): void {
    this._waiting.push(outcome);
    this._timer ||= this._view.setTimeout(this.flush, BATCH_MS);
  }

  /** Send what waits; lost without a word if the service does not take it. */
  flush = (): void => {
    const { _service: service, _view: view } = this;
    view.clearTimeout(this._timer);
    this._timer = 0;
    const body = { events: this._waiting.splice(0) };
    if (body.events.length === 0) return;
    // A beacon carries no headers.
    const bare = Object.keys(headersOf(service)).length === 0;
    const blob = new Blob([JSON.stringify(body)], { type: "application/json" });
    if (bare && view.navigator.sendBeacon(urlOf(service, "events"), blob)) return;
    post(service, "events", body, { keepalive: true }).catch(() => undefined);
  };

  close(): void {
    this._view.removeEventListener("pagehide", this.flush);
    this.flush();
  }
}
