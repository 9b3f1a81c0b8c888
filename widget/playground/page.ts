/** What every playground page offers to whoever tries it, tests among them. */

import type { Handle } from "../src/handle.js";

export interface Playground {
  readonly handle: Handle;
  /** What the writer has written, as plain text. */
  text(): string;
  /** What would be sent, as the editor itself gives it. */
  outgoing(): string;
  /** Undo once, as the editor's own key does. */
  undo(): void;
  /** Begin with this draft, of one paragraph a line, and the caret behind it. */
  start(text: string): void | Promise<void>;
  /** Change to the page's other editor and take the draft along. */
  toggle?(): void | Promise<void>;
  /** Name the message otherwise, where the page knows a subject. */
  subject?(text: string): void;
  /** Let the framework take its field away. */
  remove?(): void;
  /** Take the suggestions away and give what is sent. */
  send?(): string;
}

declare global {
  interface Window {
    playground: Playground;
  }
}

/** The place for the editor. */
export const place = document.getElementById("editor") as HTMLElement;

/** A contenteditable element in the place for the editor. */
export function sheet(): HTMLElement {
  const root = document.createElement("div");
  root.contentEditable = "true";
  root.className = "sheet";
  root.setAttribute("role", "textbox");
  root.setAttribute("aria-label", "Message");
  place.append(root);
  return root;
}

const userOf = (user: string | null): { user?: string } => (user === null ? {} : { user });

/** Options that a page's address may change: ?endpoint=, ?telemetry, ?edits, ?middle, ?user=. */
export const options = {
  endpoint: new URLSearchParams(location.search).get("endpoint") ?? location.origin,
  telemetry: new URLSearchParams(location.search).has("telemetry"),
  edits: new URLSearchParams(location.search).has("edits"),
  middle: new URLSearchParams(location.search).has("middle"),
  ...userOf(new URLSearchParams(location.search).get("user")),
};

export function offer(playground: Playground): void {
  window.playground = playground;
  document.body.dataset.ready = "true";
}

/** The caret behind the last character of an editor, or of one node in it. */
export function caretToEnd(root: HTMLElement, within: Node = root): void {
  root.focus();
  const selection = root.ownerDocument.getSelection();
  let last = within;
  while (last.lastChild !== null && last.lastChild.nodeName !== "BR") last = last.lastChild;
  selection?.collapse(last, last.nodeType === Node.TEXT_NODE ? (last as Text).length : last.childNodes.length);
}

export function undoNatively(page: Document = document): void {
  page.execCommand("undo");
}
