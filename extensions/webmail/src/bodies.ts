/** Which fields of a page hold the body of a message, and what is known around them. */

import type { Context } from "../../../widget/src/engine/types.js";
import { localTime, withoutQuotes } from "../../shared/draft.js";

const CANDIDATES = "textarea, [contenteditable]:not([contenteditable=false i])";
const LEAST_WIDTH = 240;
const LEAST_HEIGHT = 60;
const NO_BODY = "[role=combobox], [role=searchbox], [role=search], [aria-multiline=false], [readonly], [disabled]";
/** Names of fields that are as large as a body in some clients. */
const OTHER_NAMES = /\b(search|subject|recipients?)\b|^(to|cc|bcc)\b/i;
const BODY_NAME = /^message body\b/i;
const QUOTES = "blockquote, .gmail_quote, .moz-cite-prefix, [id^=divRplyFwdMsg], .protonmail_quote, .tutanota_quote";
const SUBJECTS = "input[name*=subject i], input[aria-label*=subject i], input[placeholder*=subject i]";
const MOST_QUOTED = 4_000;

/** The fields of a document that may hold a body, the outermost ones. */
export function candidates(page: Document): HTMLElement[] {
  const found = [...page.querySelectorAll<HTMLElement>(CANDIDATES)];
  if (page.designMode === "on" && page.body !== null) found.push(page.body);
  return found.filter((one) => !(one.parentElement?.isContentEditable ?? false) || one.localName === "textarea");
}

/** Whether a field holds a body: of several lines, large enough, and of another name than other fields. */
export function isBody(field: HTMLElement): boolean {
  if (field.closest(NO_BODY) !== null) return false;
  const names = ["name", "id", "aria-label", "placeholder"].map((name) => field.getAttribute(name) ?? "");
  if (field !== field.ownerDocument.body && names.some((name) => OTHER_NAMES.test(name) && !BODY_NAME.test(name)))
    return false;
  const { width, height } = field.getBoundingClientRect();
  if (width < LEAST_WIDTH) return false;
  // A body that grows with its text may begin with one line.
  return height >= LEAST_HEIGHT || field === field.ownerDocument.body || field.getAttribute("role") === "textbox";
}

/** Whether the caret stands in text that somebody else wrote. */
export function inQuote(field: HTMLElement): boolean {
  const node = field.ownerDocument.getSelection()?.anchorNode ?? null;
  const element = node instanceof Element ? node : (node?.parentElement ?? null);
  const quote = element?.closest(QUOTES) ?? null;
  return quote !== null && field.contains(quote);
}

/** The subject, the message below that is answered, and the hour. */
export function contextOf(field: HTMLElement): Context {
  const context: Context = { sent_at: localTime(thisHour()) };
  const subject = subjectOf(field);
  if (subject !== "") context.subject = subject.slice(0, 998);
  const quoted = quoteOf(field);
  if (quoted !== "") context.previous_message = quoted;
  return context;
}

/** What the writer wrote: the text without what it quotes. */
export function ownText(field: HTMLElement): string {
  if ("value" in field) return (withoutQuotes(String(field.value)).split(/^-- $/m)[0] ?? "").trim();
  const copy = field.cloneNode(true) as HTMLElement;
  for (const quote of copy.querySelectorAll(QUOTES)) quote.remove();
  for (const line of copy.querySelectorAll("br")) line.replaceWith("\n");
  for (const block of copy.querySelectorAll("div, p, li")) block.append("\n");
  return (copy.textContent ?? "").replace(/\u00a0/g, " ").trim();
}

function subjectOf(field: HTMLElement): string {
  // The nearest form or window of the page knows the subject of this message.
  for (let around: Element | null = field; around !== null; around = around.parentElement) {
    const input = around.querySelector<HTMLInputElement>(SUBJECTS);
    if (input !== null) return input.value.trim();
  }
  const frame = frameOf(field);
  return frame === null ? "" : subjectOf(frame);
}

/** The frame that holds the field's document, where this script may see it. */
function frameOf(field: HTMLElement): HTMLElement | null {
  try {
    return (field.ownerDocument.defaultView?.frameElement as HTMLElement | null) ?? null;
  } catch {
    return null;
  }
}

function quoteOf(field: HTMLElement): string {
  const quote = field.querySelector<HTMLElement>(QUOTES);
  return (quote?.innerText ?? "").trim().slice(0, MOST_QUOTED);
}

/** The beginning of the hour: the same for the keys of a draft. */
function thisHour(): Date {
  const now = new Date();
  now.setMinutes(0, 0, 0);
  return now;
}
