/**
 * Asks the server for suggestions: at most two questions in flight, stale ones aborted, pauses honoured.
 * Knows no DOM. What goes wrong is reported as a sentence, never thrown at the writer.
 */

const MAX_IN_FLIGHT = 2;
const TIMEOUT_MS = 5000;
const MAX_PREFIX_CHARACTERS = 20000;
const FAILURES_BEFORE_PAUSE = 3;
const FAILURE_PAUSE_S = 5;
const MAX_PAUSE_S = 60;

class Trouble extends Error {
  /** `status` is the HTTP status, 0 when there was none; `pause` is in seconds. */
  constructor(message, { status = 0, pause = 0 } = {}) {
    super(message);
    this.status = status;
    this.pause = pause;
  }
}

/** The trouble an error status means, or null for an answer that a newer question superseded. */
function troubleOf(response) {
  const status = response.status;
  if (status === 409) return null;
  if (status === 401 || status === 403) return new Trouble("This server asks for an API key.", { status });
  if (status === 413 || status === 422) return new Trouble("The server cannot complete this draft.", { status });
  if (status === 429 || status === 503) {
    const asked = Number.parseFloat(response.headers.get("Retry-After") ?? "");
    const pause = Math.min(Number.isFinite(asked) && asked > 0 ? asked : 1, MAX_PAUSE_S);
    return new Trouble("The server is busy. Suggestions will be back shortly.", { status, pause });
  }
  return new Trouble(`Suggestions are unavailable (error ${status}).`, { status });
}

export class SuggestionClient {
  #inFlight = [];
  #asked = 0;
  #newestAnswered = 0;
  #failures = 0;
  #troubled = false;
  #pausedUntil = -Infinity;

  /**
   * `onAnswer({prefix, text, probability, milliseconds})` reports every answer, with text null when the server has
   * nothing to suggest; `onTrouble({message, code})` reports a failure, with message "" when it is over.
   */
  constructor({ endpoint, sessionId, onAnswer, onTrouble }) {
    this.endpoint = endpoint;
    this.sessionId = sessionId;
    this.onAnswer = onAnswer;
    this.onTrouble = onTrouble;
    this.apiKey = "";
    /** Least confidence of a suggestion; null leaves it to the server. */
    this.minConfidence = null;
  }

  /** Ask for the continuation of `prefix`; questions that `prefix` has outgrown are aborted. */
  async ask(prefix, context) {
    this.abortUnless(prefix);
    if (performance.now() < this.#pausedUntil) return;
    if (prefix.length > MAX_PREFIX_CHARACTERS && [...prefix].length > MAX_PREFIX_CHARACTERS) {
      this.#report(new Trouble("Drafts above 20,000 characters get no suggestions."));
      return;
    }
    if (this.#inFlight.length === MAX_IN_FLIGHT) this.#inFlight.shift().controller.abort();

    const question = { prefix, number: ++this.#asked, controller: new AbortController() };
    this.#inFlight.push(question);
    try {
      await this.#exchange(question, context);
    } catch (error) {
      if (question.controller.signal.aborted && !question.late) return;
      this.#fail(question.late ? new Trouble("The server is slow to answer.") : error);
    } finally {
      this.#inFlight = this.#inFlight.filter((other) => other !== question);
    }
  }

  /** Abort the questions whose answers cannot match a draft that stands at `prefix`. */
  abortUnless(prefix) {
    for (const question of this.#inFlight) {
      if (!prefix.startsWith(question.prefix)) question.controller.abort();
    }
    this.#inFlight = this.#inFlight.filter((question) => !question.controller.signal.aborted);
  }

  abortAll() {
    for (const question of this.#inFlight) question.controller.abort();
    this.#inFlight = [];
  }

  async #exchange(question, context) {
    const headers = { "Content-Type": "application/json" };
    if (this.apiKey !== "") headers.Authorization = `Bearer ${this.apiKey}`;
    const body = { prefix: question.prefix, session_id: this.sessionId };
    if (Object.keys(context).length > 0) body.context = context;
    if (this.minConfidence !== null) body.min_confidence = this.minConfidence;

    const timer = setTimeout(() => {
      question.late = true;
      question.controller.abort();
    }, TIMEOUT_MS);
    const started = performance.now();
    try {
      const response = await fetch(this.endpoint, {
        method: "POST",
        headers,
        body: JSON.stringify(body),
        signal: question.controller.signal,
        credentials: "same-origin",
        redirect: "error",
      });
      if (!response.ok) {
        const trouble = troubleOf(response);
        if (trouble !== null) throw trouble;
        return;
      }
      const suggestions = (await response.json())?.suggestions;
      if (!Array.isArray(suggestions)) throw new SyntaxError("no list of suggestions");
      this.#answer(question, suggestions[0], performance.now() - started);
    } finally {
      clearTimeout(timer);
    }
  }

  #answer(question, best, milliseconds) {
    if (this.#troubled) this.onTrouble({ message: "", code: 200 });
    this.#troubled = false;
    this.#failures = 0;
    // An older answer that arrives last knows less than the one already here.
    if (question.number < this.#newestAnswered) return;
    this.#newestAnswered = question.number;
    const { text = null, confidence: probability = null } = best ?? {};
    this.onAnswer({ prefix: question.prefix, text, probability, milliseconds });
  }

  #fail(error) {
    let trouble = error;
    if (error instanceof SyntaxError) trouble = new Trouble("The server sent an answer this page cannot read.");
    else if (!(error instanceof Trouble)) trouble = new Trouble("The server cannot be reached.");
    this.#failures += 1;
    let pause = trouble.pause;
    if (pause === 0 && this.#failures % FAILURES_BEFORE_PAUSE === 0) pause = FAILURE_PAUSE_S;
    if (pause > 0) this.#pausedUntil = performance.now() + pause * 1000;
    this.#report(trouble);
  }

  #report(trouble) {
    this.#troubled = true;
    this.onTrouble({ message: trouble.message, code: trouble.status });
  }
}
