/** Inkling's service as a source of completions, and where its outcomes go. */

import { SourceError } from "./engine/trouble.js";
import type { Answer, Complete, CompletionRequest, Outcome } from "./engine/types.js";

export interface Service {
  /** Where the service is: "https://mail.example/inkling" for .../v1/suggestions. */
  endpoint: string;
  /** Sent with every request, an API key for instance. */
  headers?: Record<string, string> | (() => Record<string, string>) | undefined;
  /** Whose profile counts. */
  user?: string | undefined;
  /** Least confidence of what is shown, 0 to 1; the service's own choice when missing. */
  minConfidence?: number | undefined;
}

const LONGEST_BATCH = 32;
const BATCH_MS = 2_000;

function headersOf({ headers }: Service): Record<string, string> {
  return (typeof headers === "function" ? headers() : headers) ?? {};
}

function urlOf({ endpoint }: Service, path: string): string {
  return endpoint.replace(/\/*$/, "/") + path;
}

/** Asks the service. */
export function serviceSource(service: Service): Complete {
  return async (request: CompletionRequest, signal: AbortSignal) => {
    const body: Record<string, unknown> = { prefix: request.prefix, session_id: request.session };
    if (Object.keys(request.context).length > 0) body.context = request.context;
    if (service.user !== undefined) body.user_id = service.user;
    if (service.minConfidence !== undefined) body.min_confidence = service.minConfidence;
    const response = await fetch(urlOf(service, "v1/suggestions"), {
      method: "POST",
      headers: { ...headersOf(service), "Content-Type": "application/json" },
      body: JSON.stringify(body),
      signal,
      credentials: "same-origin",
      redirect: "error",
    });
    const { status } = response;
    if (status === 409) return null; // a newer request of this draft took its place
    if (!response.ok) throw troubleOf(status, response.headers.get("Retry-After"));
    try {
      return (await response.json()) as Answer;
    } catch {
      throw new SourceError("malformed", status);
    }
  };
}

function troubleOf(status: number, retryAfter: string | null): SourceError {
  if (status === 401 || status === 403) return new SourceError("refused", status, Infinity);
  if (status === 429 || status === 503) {
    const seconds = Number.parseFloat(retryAfter ?? "");
    return new SourceError("busy", status, 1000 * (seconds > 0 ? seconds : 1));
  }
  return new SourceError(status === 413 || status === 422 ? "refused" : "failed", status);
}

/** Sends outcomes in batches, the last ones when the page goes. */
export class Telemetry {
  private _waiting: Outcome[] = [];
  private _timer: ReturnType<typeof setTimeout> | null = null;
  private _leaving = (): void => this.flush();

  constructor(
    private _service: Service,
    private _view: Window,
  ) {
    _view.addEventListener("pagehide", this._leaving);
  }

  add(outcome: Outcome): void {
    this._waiting.push(outcome);
    if (this._waiting.length >= LONGEST_BATCH) this.flush();
    else this._timer ??= setTimeout(() => this.flush(), BATCH_MS);
  }

  /** Lost without a word if the service does not take them. */
  flush(): void {
    if (this._timer !== null) clearTimeout(this._timer);
    this._timer = null;
    const events = this._waiting.splice(0);
    if (events.length === 0) return;
    const url = urlOf(this._service, "v1/events");
    const body = JSON.stringify({ events });
    const headers = headersOf(this._service);
    const bare = Object.keys(headers).length === 0;
    // A beacon carries no headers.
    if (bare && this._view.navigator.sendBeacon?.(url, new Blob([body], { type: "application/json" }))) return;
    const init = { method: "POST", headers: { ...headers, "Content-Type": "application/json" }, body, keepalive: true };
    fetch(url, init).catch(() => undefined);
  }

  close(): void {
    this._view.removeEventListener("pagehide", this._leaving);
    this.flush();
  }
}
