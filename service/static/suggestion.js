/**
 * The suggestion of one draft: what is shown, how typing shrinks it, and when Tab may take it.
 * Knows no DOM, no network and no clock; times are milliseconds handed in by the caller.
 */

/** Shorter suggestions are nearly always right and save nothing. */
const MIN_CHARACTERS = 2;
/** Longer than any honest answer (15 words); more is a broken or hostile server. */
const MAX_CHARACTERS = 400;
/** C0 except line feed, delete and C1, zero-width and bidi controls, line separators, specials, tags, lone surrogates. */
const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** Server text made fit to show and to insert; "" when nothing usable is left. */
export function cleanText(text) {
  if (typeof text !== "string") return "";
  const clean = text.replace(/\r\n?/g, "\n").replace(UNSAFE, "");
  const usable = clean.trim() !== "" && [...clean].length >= MIN_CHARACTERS && clean.length <= MAX_CHARACTERS;
  return usable ? clean : "";
}

/** Whether nothing but white space stands between the caret and the end of its line. */
export function endsLine(after) {
  return /^[^\S\n]*(\n|$)/.test(after);
}

export class SuggestionState {
  #shown = null;
  #dismissed = null;
  #releasedUntil = -Infinity;

  /** Tab is ours once a suggestion was visible for `minVisibleMs`; Esc gives it back for `releaseMs`. */
  constructor({ minVisibleMs = 80, releaseMs = 2000 } = {}) {
    this.minVisibleMs = minVisibleMs;
    this.releaseMs = releaseMs;
  }

  /** {prefix, text, confidence, paintedAt} or null; prefix + text never changes while it is shown. */
  get shown() {
    return this.#shown;
  }

  /** The writer typed and the draft up to the caret is now `prefix`; true when the suggestion still holds. */
  typed(prefix) {
    const shown = this.#shown;
    if (shown === null) return false;
    const completion = shown.prefix + shown.text;
    const holds =
      prefix.length > shown.prefix.length &&
      prefix.length < completion.length &&
      prefix.startsWith(shown.prefix) &&
      completion.startsWith(prefix);
    this.#shown = holds ? { ...shown, prefix, text: completion.slice(prefix.length) } : null;
    return holds;
  }

  /**
   * An answer to the question `asked`, while the draft stands at `prefix`; true when it is now shown.
   * A late answer is used only where the writer typed exactly what it said; it never replaces another.
   */
  offer(asked, prefix, text, confidence) {
    const completion = asked + cleanText(text);
    if (this.#shown !== null || !prefix.startsWith(asked) || !completion.startsWith(prefix)) return false;
    if (this.#dismissed?.startsWith(completion) || completion.length - prefix.length < MIN_CHARACTERS) return false;
    const known = typeof confidence === "number" && confidence >= 0 && confidence <= 1;
    this.#shown = {
      prefix,
      text: completion.slice(prefix.length),
      confidence: known ? confidence : null,
      paintedAt: null,
    };
    return true;
  }

  /** Only the first `length` UTF-16 units found room on the page; none means nothing is shown. */
  clip(length) {
    if (this.#shown === null || length >= this.#shown.text.length) return;
    this.#shown = length > 0 ? { ...this.#shown, text: this.#shown.text.slice(0, length) } : null;
  }

  /** The suggestion reached the screen at `now`. */
  painted(now) {
    if (this.#shown !== null && this.#shown.paintedAt === null) this.#shown = { ...this.#shown, paintedAt: now };
  }

  /** Whether a key pressed at `now`, the draft standing at `prefix`, may take the suggestion. */
  canTake(prefix, now) {
    const shown = this.#shown;
    if (shown === null || shown.paintedAt === null || shown.prefix !== prefix) return false;
    return now - shown.paintedAt >= this.minVisibleMs && now >= this.#releasedUntil;
  }

  /** The text to insert; nothing is shown afterwards. */
  take() {
    const text = this.#shown?.text ?? "";
    this.#shown = null;
    return text;
  }

  hide() {
    this.#shown = null;
  }

  /** Esc: hide, do not offer the same completion again, and leave Tab to the browser for a while. */
  dismiss(now) {
    if (this.#shown !== null) this.#dismissed = this.#shown.prefix + this.#shown.text;
    this.#shown = null;
    this.#releasedUntil = now + this.releaseMs;
  }
}
