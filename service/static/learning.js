/** The switch by which a writer lets Inkling learn from what they send, and everything be forgotten. */

const USER = "inkling-user";
const SWITCH = "inkling-learning";

/** A browser's own user, who exists from the first time that learning is switched on until all is forgotten. */
export class Learning {
  #headers;
  #storage = null; // none where the browser refuses it: learning stays off

  constructor(headers) {
    this.#headers = headers;
    try {
      this.#storage = localStorage;
    } catch {
      this.#storage = null;
    }
  }

  /** Whether something may have been learned. */
  get known() {
    return this.#storage?.getItem(USER) != null;
  }

  get on() {
    return this.#storage?.getItem(SWITCH) === "on";
  }

  set on(on) {
    this.#storage?.setItem(SWITCH, on ? "on" : "off");
    if (on && !this.known) this.#storage?.setItem(USER, randomId());
  }

  /** Whose profile counts; null where learning is off. */
  get user() {
    return this.on ? this.#storage.getItem(USER) : null;
  }

  /**
   * Let the service learn a message; returns what it keeps of this user, throws an Error that tells why not.
   * `request` is given to `fetch` besides.
   */
  async learn(text, recipient, request = {}) {
    const body = { text };
    if (recipient !== "") body.recipient_name = recipient;
    return this.#ask("POST", "/messages", body, request);
  }

  /** Have everything forgotten that was learned. */
  async forget() {
    await this.#ask("DELETE", "");
    this.#storage.removeItem(USER);
    if (this.on) this.on = true; // as another user
  }

  async #ask(method, path, body, request) {
    let response;
    try {
      response = await fetch(`v1/users/${this.#storage.getItem(USER)}${path}`, {
        method,
        headers: { ...this.#headers(), "Content-Type": "application/json" },
        body: body && JSON.stringify(body),
        redirect: "error",
        ...request,
      });
    } catch {
      throw new Error("The server cannot be reached.");
    }
    if (method === "DELETE" && response.status === 404) return null; // nothing was kept
    if (!response.ok) {
      const { error } = await response.json().catch(() => ({}));
      throw new Error(error?.message ?? `The server answered with status ${response.status}.`);
    }
    return response.status === 204 ? null : response.json();
  }
}

/** `crypto.randomUUID` is missing on plain-HTTP addresses other than loopback. */
function randomId() {
  return "page-" + Array.from(crypto.getRandomValues(new Uint32Array(4)), (part) => part.toString(36)).join("");
}
