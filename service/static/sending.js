/** Send and its way back: the text goes at once, is learned a moment later, and comes back with Undo. */

import { paragraphs } from "./markup.js";

const LEARN_AFTER_MS = 3_000;

export class Sending {
  #learning;
  #say;
  #sent = new Map(); // by thread, what was sent last
  #waiting = null;
  #learned = null; // what was learned last
  #kept = null; // what had been learned before it was undone

  /** `say(text)` tells the writer what became of a message. */
  constructor(learning, say) {
    this.#learning = learning;
    this.#say = say;
    // Nothing is left then that could be undone.
    addEventListener("pagehide", () => this.#settle({ keepalive: true }));
  }

  /** Take note of a message that was sent: `content` as the body gives it. */
  send(thread, content, recipient) {
    this.#settle();
    this.#sent.set(thread, content);
    if (!this.#learning.on) return this.#say("Cleared. Nothing was sent, and nothing learned.");
    this.#say("Cleared. It is learned in a moment.");
    this.#waiting = { text: content.text, recipient, timer: setTimeout(() => this.#settle(), LEARN_AFTER_MS) };
  }

  canUndo(thread) {
    return this.#sent.has(thread);
  }

  /** What was sent last in a thread, followed by what has been written since. */
  undo(thread, since) {
    const sent = this.#sent.get(thread);
    this.#sent.delete(thread);
    const waited = this.#waiting?.text === sent.text;
    if (waited) this.#drop();
    const stays = !waited && this.#learned === sent.text;
    if (stays) this.#kept = sent.text;
    this.#say(stays ? "Your text is back. It stays learned until you have it all forgotten." : "Your text is back.");
    if (since.text.trim() === "") return sent;
    return {
      text: `${sent.text}\n${since.text}`,
      markup: [...(sent.markup ?? paragraphs(sent.text)), ["DIV", ...(since.markup ?? paragraphs(since.text))]],
    };
  }

  /** All that was learned is forgotten, and what waits to be learned with it. */
  forget() {
    this.#drop();
    this.#learned = this.#kept = null;
  }

  #drop() {
    clearTimeout(this.#waiting?.timer);
    this.#waiting = null;
  }

  async #settle(request) {
    const { text, recipient } = this.#waiting ?? {};
    this.#drop();
    if (text === undefined || !this.#learning.on) return;
    if (text === this.#kept) return this.#say("Cleared. It was learned before.");
    try {
      const { messages, words } = await this.#learning.learn(text, recipient, request);
      this.#learned = text;
      const count = (number, noun) => `${number.toLocaleString("en")} ${noun}${number === 1 ? "" : "s"}`;
      this.#say(`Learned: ${count(words, "word")} of ${count(messages, "message")} so far.`);
    } catch (error) {
      this.#say(error.message);
    }
  }
}
