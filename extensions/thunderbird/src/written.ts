/** The text of messages: of one that is answered, and of one that is sent. */

/** What is not the writer's own in a compose window. */
export const QUOTED = "blockquote[type=cite], .moz-cite-prefix, .moz-signature, .moz-forward-container";

const MOST = 20_000;

/** The first text of a message, plain if it has one, without what it quotes itself; null for none. */
export function textOf(part: messenger.Part): string | null {
  const all = flat(part);
  const found = (kind: string): string | undefined =>
    all.find((one) => one.contentType?.startsWith(kind) === true && one.body)?.body;
  const plain = found("text/plain") ?? plainOf(found("text/html") ?? "");
  const lines = plain.replace(/\r/g, "").split("\n");
  const own = lines.filter((line) => !/^\s*>/.test(line)).join("\n");
  return own.trim() === "" ? null : own.trim().slice(0, MOST);
}

/** An HTML body as text, without quotes and signature. */
export function plainOf(html: string): string {
  const page = new DOMParser().parseFromString(html, "text/html");
  for (const one of page.querySelectorAll(`${QUOTED}, blockquote, style, script`)) one.remove();
  for (const one of page.querySelectorAll("br, p, div, li, tr, pre")) one.append("\n");
  return (page.body.textContent ?? "").replace(/\n{3,}/g, "\n\n").trim();
}

function flat(part: messenger.Part): messenger.Part[] {
  return [part, ...(part.parts ?? []).flatMap(flat)];
}
