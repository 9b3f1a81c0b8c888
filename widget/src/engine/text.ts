/** Text as the writer sees it: text that may be shown, and the ends of words. */

/** Shorter suggestions are nearly always right and save nothing. */
export const MIN_CHARACTERS = 2;
/** Longer than any honest answer; more is a broken or hostile server. */
const MAX_CHARACTERS = 400;
/** Longer words are no words; a look through all of a draft would cost too much. */
const MOST_LETTERS = 100;
/** How much of what follows the service takes. */
const MOST_FOLLOWING = 1_000;

/**
 * Control characters except the line feed; characters that are invisible or change the direction, except the joiners
 * that letters and emoji need; lone surrogates, unassigned and private characters; line separators and replacement
 * characters.
 */
const UNSAFE = /(?![\n\u200c\u200d])[\p{C}\u2028\u2029\ufffc\ufffd]/gu;

/** Scripts that set no spaces: a letter is a word. */
const UNSPACED = "\\p{sc=Han}\\p{sc=Hira}\\p{sc=Kana}\\p{sc=Thai}\\p{sc=Laoo}\\p{sc=Khmr}\\p{sc=Mymr}";
const WORD = new RegExp(`^\\s*(?:[${UNSPACED}]|[^\\s${UNSPACED}]+)`, "u");

/** Server text made safe to show and to insert; "" when nothing usable is left. */
export function cleanText(text: string): string {
  const clean = text.replace(/\r\n?/g, "\n").replace(UNSAFE, "");
  return clean.trim() && clean.length <= MAX_CHARACTERS ? clean : "";
}

/** Whether there is only white space between the caret and the end of its line. */
export function endsLine(after: string): boolean {
  return /^[^\S\n]*(\n|$)/.test(after);
}

/** The word that ends a text, as far as it is one. */
export const lastWord = (text: string): string => /\S*$/.exec(text.slice(-MOST_LETTERS))?.[0] as string;

/** What follows the caret on its line, as far as it is sent; "" if that is blank. */
export const restOfLine = (after: string): string =>
  endsLine(after) ? "" : (after.split("\n", 1)[0] as string).slice(0, MOST_FOLLOWING);

/** The next word of a text with the white space before it; the whole text where it has no further word. */
export function nextWord(text: string): string {
  return WORD.exec(text)?.[0] ?? text;
}

/** What shows that the word before it is mended: the whole word follows. */
export const ARROW = " \u2192 ";

/** As many words as the service puts into one suggestion, unless it is told otherwise. */
const MOST_WORDS = 8;

/** Whether nothing is to be added to a suggestion: it ends a sentence, or has as many words as it may. */
export const isWhole = (text: string): boolean =>
  /[.!?\u2026\u3002\uff01\uff1f]["'\u2019\u201d\u00bb)\]]*\s*$/.test(text) ||
  text.trim().split(/\s+/).length >= MOST_WORDS;

/** A text without its last word; "" where it is the only one. */
export const dropWord = (text: string): string => text.replace(/\s*\S*\s*$/, "");

/** Characters that input methods make of letters or keys. */
export const CONVERTED = /[\p{sc=Hani}\p{sc=Hira}\p{sc=Kana}\p{sc=Hang}\p{sc=Bopo}]/u;
