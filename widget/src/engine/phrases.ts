/** Phrases that a writer has banned, and what counts as spelling one. */

/** No phrase is longer. */
const FAR = 400;

/** The words of a text as they are compared: whatever their case, and what stands between them or within. */
const spelled = (text: string): string => ` ${(text.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).join("  ")} `;

/** Whether taking all of `full` would spell a banned phrase to its end, in a draft with this `prefix`. */
export function spells(full: string, prefix: string, phrases: readonly string[]): boolean {
  // A look through all of a draft would cost too much.
  const near = prefix.slice(-FAR);
  const written = spelled(near.replace(/\S*$/, ""));
  return phrases.some((phrase) => {
    const parts = spelled(phrase);
    return (
      parts.trim() && spelled(full.slice(prefix.length - near.length)).split(parts).length > written.split(parts).length
    );
  });
}

/** The words at the end of a text, 4 at most, that no punctuation parts; "" if there are none. */
export const lastPhrase = (text: string): string =>
  /((\S*[\p{L}\p{M}\p{N}]\s+){0,3}\S*[\p{L}\p{M}\p{N}])[^\p{L}\p{M}\p{N}]*$/u.exec(text)?.[1] ?? "";
