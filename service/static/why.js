/** The panel "Why this?": it asks why the text at hand gets its suggestions, only while it is open. */

import { draw } from "./explained.js";

const QUIET_MS = 400;
const DEADLINE_MS = 10_000;
const INTERRUPTION_MS = { calm: 600, eager: 100 }; // as the widget has them

const TROUBLE = {
  401: "The server wants an API key.",
  403: "This API key is not good for suggestions.",
  429: "The server is busy. The next key asks again.",
  503: "The server took too long. The next key asks again.",
};

export class Why {
  #panel = document.getElementById("why");
  #told = document.getElementById("why-told");
  #ask;
  #before = "";
  #timer = 0;
  #asking = null;

  /** `ask()` gives the headers of a question, and what it says besides the text: context, eagerness and user. */
  constructor(ask) {
    this.#ask = ask;
    this.#panel.addEventListener("toggle", () => this.again(0));
  }

  /** The text before the caret is this now. */
  wrote(before) {
    if (before === this.#before) return;
    this.#before = before;
    this.again(QUIET_MS);
  }

  /** Something else has changed than the text. */
  again(wait = QUIET_MS) {
    clearTimeout(this.#timer);
    this.#asking?.abort();
    if (this.#panel.open) this.#timer = setTimeout(() => this.#explain(), wait);
  }

  async #explain() {
    const asking = (this.#asking = new AbortController());
    this.#told.setAttribute("aria-busy", "true");
    try {
      const answer = await this.#fetch(asking.signal);
      if (!asking.signal.aborted) this.#told.replaceChildren(...answer);
    } catch {
      if (!asking.signal.aborted) this.#told.replaceChildren(line("The server cannot be reached."));
    } finally {
      if (this.#asking === asking) this.#told.setAttribute("aria-busy", "false");
    }
  }

  async #fetch(signal) {
    const { headers, context, eagerness, user } = this.#ask();
    const response = await fetch("v1/explanations", {
      method: "POST",
      headers: { ...headers, "Content-Type": "application/json" },
      body: JSON.stringify({
        prefix: this.#before.slice(-20_000),
        context,
        user_id: user,
        interruption_ms: INTERRUPTION_MS[eagerness],
        deadline_ms: DEADLINE_MS,
      }),
      redirect: "error",
      signal,
    });
    if (!response.ok) return [line(TROUBLE[response.status] ?? "The server has a problem.")];
    return draw((await response.json()).explanation);
  }
}

function line(text) {
  const paragraph = document.createElement("p");
  paragraph.textContent = text;
  return paragraph;
}
