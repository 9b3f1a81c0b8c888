/** What this tab has seen: confidence, times of answers, keystrokes saved. */

import { textOf } from "./text.js";

const KEPT = 500;
const DRAWN = 40;

const element = (id) => document.getElementById(id);

const percent = (share) => `${Math.round(100 * share)}%`;
const duration = (milliseconds) => `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;

export class Figures {
  #show = Object.fromEntries(["confidence", "median", "slowest", "saved", "share", "accepted"].map((id) => [id, textOf(element(id))]));
  #times = [];
  #typed = 0;
  #accepted = 0;
  #saved = 0;

  /** What is grey now, or null. */
  suggestion(shown) {
    const confidence = shown?.confidence ?? null;
    this.#show.confidence(confidence === null ? "–" : percent(confidence));
    element("confidence-bar").style.transform = `scaleX(${confidence ?? 0})`;
    document.body.classList.toggle("suggesting", shown !== null);
  }

  /** A question was answered after so many milliseconds. */
  answered(milliseconds) {
    this.#times.push(milliseconds);
    if (this.#times.length > KEPT) this.#times.shift();
    const sorted = [...this.#times].sort((a, b) => a - b);
    this.#show.median(duration(sorted[Math.floor(sorted.length / 2)]));
    this.#show.slowest(`p95 ${duration(sorted[Math.min(Math.floor(sorted.length * 0.95), sorted.length - 1)])}`);
    const drawn = this.#times.slice(-DRAWN);
    const top = Math.max(...drawn);
    const points = drawn.map((time, at) => `${100 - 100 * ((drawn.length - 1 - at) / (DRAWN - 1))},${19 - 17 * (time / top)}`);
    element("trace").setAttribute("points", points.join(" "));
  }

  /** What became of a suggestion. */
  outcome({ type, characters }) {
    if (type !== "accepted" && type !== "partial") return;
    this.#accepted += characters;
    this.#saved += characters - 1;
    this.#savings();
  }

  /** The writer typed a character. */
  typed() {
    this.#typed += 1;
    this.#savings();
  }

  #savings() {
    this.#show.accepted(this.#accepted.toLocaleString("en"));
    this.#show.saved(this.#saved.toLocaleString("en"));
    const share = this.#saved / (this.#typed + this.#accepted);
    this.#show.share(this.#saved > 0 ? `${percent(share)} of what you wrote` : "");
  }
}
