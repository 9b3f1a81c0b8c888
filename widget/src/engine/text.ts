/** Text as the writer sees it: what may be shown, and where words end. */

/** Shorter suggestions are nearly always right and save nothing. */
export const MIN_CHARACTERS = 2;
/** Longer than any honest answer; more is a broken or hostile server. */
const MAX_CHARACTERS = 400;

/** C0 but line feed, delete and C1, zero-width and bidi controls, line separators, specials, tags, lone surrogates. */
const UNSAFE =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\uffff\u{e0000}-\u{e007f}]|\p{Surrogate}/gu;

/** Scripts that set no spaces: a letter is a word. */
const UNSPACED = "\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Thai}\\p{Script=Lao}\\p{Script=Khmer}\\p{Script=Myanmar}";
const WORD = new RegExp(`^\\s*(?:[${UNSPACED}]|[^\\s${UNSPACED}]+)`, "u");

/** Server text made fit to show and to insert; "" when nothing usable is left. */
export function cleanText(text: unknown): string {
  if (typeof text !== "string") return "";
  const clean = text.replace(/\r\n?/g, "\n").replace(UNSAFE, "");
  const usable = clean.trim() !== "" && clean.length <= MAX_CHARACTERS && [...clean].length >= MIN_CHARACTERS;
  return usable ? clean : "";
}

/** Whether nothing but white space stands between the caret and the end of its line. */
export function endsLine(after: string): boolean {
  return /^[^\S\n]*(\n|$)/.test(after);
}

/** The next word of a text with the white space before it; the whole text where it has no further word. */
export function nextWord(text: string): string {
  return WORD.exec(text)?.[0] ?? text;
}
