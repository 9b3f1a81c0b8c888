/** The service as the background asks it. */

import { connect, type Connection } from "../../widget/src/client.js";
import type { Answer, CompletionRequest, Failure, Outcome, Trouble } from "../../widget/src/engine/types.js";
import type { Suggested, Told } from "./messages.js";
import type { Settings } from "./settings.js";

const PATIENCE_MS = 15_000;

/** One server under one set of settings. */
export class Service {
  private readonly connection: Connection;

  constructor(private readonly settings: Settings) {
    const { server, eagerness, learning, user } = settings;
    this.connection = connect(
      { endpoint: server, headers: this.headers(), eagerness, user: learning ? user : undefined },
      // Of a window it takes timers and the end of the page, which a worker has too.
      self as unknown as Window,
    );
  }

  async suggest(request: CompletionRequest, signal: AbortSignal): Promise<Suggested> {
    try {
      const answer = await this.connection.complete(request, signal);
      return { answer: answer as Answer | null };
    } catch (error) {
      if (signal.aborted) return { answer: null };
      return { answer: null, failure: troubleOf(error) };
    }
  }

  tell(outcome: Outcome): void {
    this.connection.tell(outcome);
  }

  close(): void {
    this.connection.close();
  }

  /** Whether the service answers, and with which model. */
  async check(): Promise<Told> {
    const response = await this.ask("GET", "/v1/models");
    if (typeof response === "string") return { ok: false, message: response };
    const { data } = (await response.json()) as { data: { id: string }[] };
    return { ok: true, message: `Connected to ${data[0]?.id ?? "a model"}.` };
  }

  /** Let the service learn a message as it was sent. */
  async learn(text: string, recipient: string): Promise<void> {
    const { learning, user } = this.settings;
    if (!learning || user === "") return;
    const body = recipient === "" ? { text } : { text, recipient_name: recipient };
    await this.ask("POST", `/v1/users/${user}/messages`, body);
  }

  /** Have everything erased that was learned. */
  async forget(): Promise<Told> {
    const { user } = this.settings;
    if (user === "") return { ok: true, message: "Nothing was learned." };
    const response = await this.ask("DELETE", `/v1/users/${user}`);
    if (typeof response === "string") return { ok: false, message: response };
    return { ok: true, message: "What was learned is erased." };
  }

  private headers(): Record<string, string> {
    const { key } = this.settings;
    return key === "" ? {} : { Authorization: `Bearer ${key}` };
  }

  /** The answer to a request, or why there is none, for the writer. */
  private async ask(method: string, path: string, body?: unknown): Promise<Response | string> {
    let response: Response;
    try {
      response = await fetch(this.settings.server + path, {
        method,
        headers: { ...this.headers(), "Content-Type": "application/json" },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        credentials: "omit",
        redirect: "error",
        cache: "no-store",
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
    } catch {
      return "The server cannot be reached.";
    }
    if (response.ok || (method === "DELETE" && response.status === 404)) return response;
    if (response.status === 401) return "The server wants an API key, and does not know this one.";
    if (response.status === 403) return "The server does not allow this to the API key.";
    return `The server answered with status ${response.status}.`;
  }
}

/** A failure as a message can carry it. */
function troubleOf(error: unknown): Trouble {
  const { kind, status = 0, pause = 0 } = (error ?? {}) as Failure;
  // JSON has no infinity.
  return { kind: kind ?? (error instanceof TypeError ? "unreachable" : "failed"), status, pause: Math.min(pause, 1e9) };
}
