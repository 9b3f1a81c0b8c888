/**
 * Thunderbird's compose document: a page of its own whose body is edited, with a signature and a quoted reply below.
 *
 * `?lines` separates lines by breaks, as its "Body Text" does, instead of paragraphs; `?design` edits the document
 * as a whole instead of its body.
 */

import { attach } from "../src/index.js";
import { caretToEnd, offer, options, place, undoNatively } from "./page.js";

const query = new URLSearchParams(location.search);
const byLines = query.has("lines");
const frame = document.createElement("iframe");
frame.title = "Message";
frame.className = "sheet";
place.append(frame);
const page = frame.contentDocument as Document;
const { body } = page;

function element(name: string, content: Array<string | Node>, attributes: Record<string, string> = {}): HTMLElement {
  const made = page.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...content);
  return made;
}

const line = (text: string): Node[] => [text === "" ? element("br", []) : page.createTextNode(text)];

/** Begin with `text` above what a reply begins with. */
function fill(text: string): void {
  const own = text.split("\n");
  body.replaceChildren(
    ...(byLines
      ? own.flatMap((one) => [...(one === "" ? [] : line(one)), element("br", [])])
      : own.map((one) => element("p", line(one)))),
    element("div", ["-- ", element("br", []), "Ada Brook"], { class: "moz-signature" }),
    element("div", ["On 24/11/2026 10:02, Ben Hale wrote:", element("br", [])], { class: "moz-cite-prefix" }),
    element("blockquote", [element("p", ["When can we meet?"]), element("p", ["The hall is free on Monday."])], {
      type: "cite",
      cite: "mid:1@mail.example",
    }),
  );
}

fill("");
if (query.has("design")) page.designMode = "on";
else body.contentEditable = "true";
page.execCommand("defaultParagraphSeparator", false, "p");
if (byLines) {
  body.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    page.execCommand("insertLineBreak");
  });
}

/** Whether the caret stands in words that are not being written: quoted ones, or the signature. */
function inOthersWords(): boolean {
  const node = page.getSelection()?.anchorNode ?? null;
  const one = node?.nodeType === Node.TEXT_NODE ? node.parentElement : (node as Element | null);
  return one?.closest("blockquote[type=cite],.moz-cite-prefix,.moz-signature") != null;
}

const handle = attach(body, { ...options, when: () => !inOthersWords() });
offer({
  handle,
  text() {
    const range = page.createRange();
    range.setStart(body, 0);
    range.setEndBefore(body.querySelector(".moz-signature") ?? body);
    const box = page.createElement("div");
    box.append(range.cloneContents());
    for (const one of box.querySelectorAll("br")) one.replaceWith(byLines ? "\n" : "");
    for (const one of box.querySelectorAll("p")) one.append("\n");
    return box.textContent.replace(/\u00a0/g, " ").replace(/\n$/, "");
  },
  outgoing: () => page.documentElement.outerHTML,
  undo: () => undoNatively(page),
  send() {
    handle.detach();
    return page.documentElement.outerHTML;
  },
  start(text) {
    fill(text);
    frame.contentWindow?.focus();
    const last = body.querySelector(".moz-signature")?.previousSibling ?? body;
    if (!byLines) return caretToEnd(body, last);
    body.focus();
    page.getSelection()?.collapse(body, [...body.childNodes].indexOf(last));
  },
});
