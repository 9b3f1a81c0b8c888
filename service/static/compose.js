/** The compose page: a message's fields, the widget in its body, and what the writer may choose. */

import { Body } from "./body.js";
import { Figures } from "./figures.js";
import { Learning } from "./learning.js";
import { agreed } from "./question.js";
import { Sending } from "./sending.js";
import { textOf } from "./text.js";
import { offerThreads } from "./threads.js";

const TROUBLE = {
  busy: "The server is busy.",
  refused: "The server wants an API key.",
  slow: "The server is slow to answer.",
  unreachable: "The server cannot be reached.",
  malformed: "The server sent an answer this page cannot read.",
  failed: "The server has a problem.",
};

const element = (id) => document.getElementById(id);
const fields = [...document.querySelectorAll("[data-context]")];
const figures = new Figures();
const drafts = new Map(); // what was begun in threads that were left
const say = textOf(element("status"));
const LEAVE = "Esc, then Tab, leaves the text.";

let thread = "";
let apiKey = "";
let begunAt = localTime();
const headers = () => (apiKey === "" ? {} : { Authorization: `Bearer ${apiKey}` });
const learning = new Learning(headers);
const sending = new Sending(learning, say);

const body = new Body({ endpoint: ".", headers, context, ...eagerness(), user: user() }, listen, () => say(LEAVE));

function listen(handle) {
  handle.on("suggestion", (shown) => figures.suggestion(shown));
  handle.on("answered", (milliseconds) => figures.answered(milliseconds));
  handle.on("outcome", (outcome) => figures.outcome(outcome));
  handle.on("trouble", (trouble) => {
    say(trouble === null ? "" : TROUBLE[trouble.kind]);
    if (trouble?.kind === "refused") element("key-form").hidden = false;
  });
}

/** ISO 8601 with the writer's offset, in which the hour is theirs. */
function localTime() {
  const now = new Date();
  const offset = -now.getTimezoneOffset();
  const two = (number) => String(Math.floor(Math.abs(number))).padStart(2, "0");
  const local = new Date(now.getTime() + offset * 60_000).toISOString().slice(0, 19);
  return `${local}${offset < 0 ? "-" : "+"}${two(offset / 60)}:${two(offset % 60)}`;
}

function context() {
  const known = fields.map((field) => [field.dataset.context, field.value.trim()]).filter(([, value]) => value !== "");
  return { ...Object.fromEntries(known), sent_at: begunAt };
}

function eagerness() {
  return { eagerness: element("eagerness").value };
}

function user() {
  return learning.user ?? undefined;
}

function showLearning() {
  element("learn").checked = learning.on;
  element("forget").hidden = !learning.known;
}

function showUndo() {
  element("undo").hidden = !sending.canUndo(thread);
}

function send() {
  const { content } = body;
  if (content.text.trim() === "") return body.focus();
  sending.send(thread, content, element("recipient").value.trim());
  begunAt = localTime();
  body.start();
  showUndo();
}

function undo() {
  body.start(sending.undo(thread, body.content));
  showUndo();
}

for (const field of [element("body"), element("rich")]) {
  field.addEventListener("input", (event) => {
    if (event.inputType === "insertText" && event.data?.length === 1) figures.typed();
    if (element("status").textContent === LEAVE) say("");
  });
  field.addEventListener("keydown", (event) => {
    const undoes = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
    if (!undoes || !sending.canUndo(thread) || body.text.trim() !== "") return;
    event.preventDefault();
    undo();
  });
}

element("eagerness").addEventListener("change", () => body.update(eagerness()));

element("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  apiKey = element("api-key").value.trim();
  element("key-form").hidden = true;
  say("");
  body.update({ headers });
  body.focus();
});

element("learn").addEventListener("change", async ({ target }) => {
  const on = target.checked;
  target.checked = learning.on;
  if (!on || learning.known || (await agreed("ask-learn"))) {
    learning.on = on;
    showLearning();
    body.update({ user: user() });
  }
  body.focus();
});

element("forget").addEventListener("click", async () => {
  if (await agreed("ask-forget")) {
    sending.forget();
    try {
      await learning.forget();
      say("Everything that was learned is forgotten.");
      showLearning();
      body.update({ user: user() });
    } catch (error) {
      say(error.message);
    }
  }
  body.focus();
});

element("send").addEventListener("click", send);
element("undo").addEventListener("click", undo);

element("help-button").addEventListener("click", () => element("help").showModal());
element("help").addEventListener("close", () => body.focus());

offerThreads(element("threads"), (opened, left) => {
  const { from, subject, text } = opened;
  drafts.set(left, body.content);
  thread = subject;
  element("recipient").value = from;
  element("subject").value = subject && `Re: ${subject}`;
  element("previous").value = text;
  element("quote").open = text !== "";
  begunAt = localTime();
  body.start(drafts.get(opened));
  showUndo();
});
element("quote").open = element("previous").value !== "";
showLearning();
