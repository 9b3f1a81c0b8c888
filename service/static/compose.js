/** The compose page: a message's fields, the widget in its body, and what the writer may choose. */

import { Body } from "./body.js";
import { Figures } from "./figures.js";
import { clearAll, keepDraft, keepSetting, keptDraft, keptThread, setting } from "./kept.js";
import { Learning } from "./learning.js";
import { Menu } from "./menu.js";
import { agreed } from "./question.js";
import { Sending } from "./sending.js";
import { textOf } from "./text.js";
import { offerThreads } from "./threads.js";
import { Why } from "./why.js";

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
const say = textOf(element("status"));
const LEAVE = "Esc, then Tab, leaves the text.";
const KEEP_AFTER_MS = 250;
const drafts = new Map(); // what was begun in each thread, by its subject
let banned = null; // the phrase that was banned last, while it may be allowed at once
let unkept = 0; // a timer while the draft has changed since it was kept
let apiKey = "";
let begunAt = localTime();
const headers = () => (apiKey === "" ? {} : { Authorization: `Bearer ${apiKey}` });
const learning = new Learning(headers);
const sending = new Sending(learning, say);

const theme = element("theme");
const keptTheme = setting("theme");
if ([...theme.options].some(({ value }) => value === keptTheme)) theme.value = keptTheme;
theme.addEventListener("change", () => keepSetting("theme", theme.value));

const menu = new Menu(() => body.update(menu.options));
const why = new Why(() => ({ headers: headers(), context: context(), eagerness: element("eagerness").value, user: user() }));
const keys = { accept: ["Tab", "ArrowRight"], pause: "Alt+q" };
const options = { endpoint: ".", headers, context, ...menu.options, user: user(), keys, when };
const kind = setting("kind") === "rich" ? "rich" : "plain";
const body = new Body(kind, options, listen, () => say(LEAVE));
let thread = offerThreads(element("threads"), keptThread(), (picked) => {
  keep();
  thread = picked;
  openThread();
});
openThread();

function listen(handle) {
  handle.on("suggestion", (shown) => figures.suggestion(shown));
  handle.on("answered", (milliseconds) => figures.answered(milliseconds));
  handle.on("outcome", (outcome) => figures.outcome(outcome));
  handle.on("paused", (how) => say(how === null ? "" : "Suggestions are paused. Alt+Q ends that."));
  handle.on("banned", (phrase) => body.carries || showBan(phrase));
  menu.follow(handle);
  handle.on("trouble", (trouble) => {
    say(trouble === null ? "" : TROUBLE[trouble.kind]);
    if (trouble?.kind === "refused") element("key-form").hidden = false;
  });
}

/** Suggest for every draft, and tell the panel of it. */
function when({ before }) {
  why.wrote(before);
  return true;
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

/** Tell of a phrase that is not suggested any more, and how it may be again. */
function showBan(phrase) {
  banned = phrase;
  say(phrase === null ? "" : `“${phrase}” is not suggested any more.`);
  element("allow").hidden = phrase === null;
}

function user() {
  return learning.user ?? undefined;
}

function showLearning() {
  element("learn").checked = learning.on;
  element("forget").hidden = !learning.known;
}

function showUndo() {
  element("undo").hidden = !sending.canUndo(thread.subject);
}

/** The fields of a message in the thread, as long as nobody has changed them. */
function untouched() {
  const { from, subject, text } = thread;
  return { recipient: from, subject: subject && `Re: ${subject}`, previous: text };
}

/** Show the thread, and what was begun in it. */
function openThread() {
  const draft = drafts.get(thread.subject) ?? keptDraft(thread.subject);
  const values = { ...untouched(), ...draft?.fields };
  for (const field of fields) field.value = values[field.id];
  element("quote").open = values.previous !== "";
  begunAt = localTime();
  body.start(draft?.content);
  showUndo();
  why.wrote(body.text);
  keep();
}

/** Keep what is written for the next time that this tab shows the page. */
function keep() {
  clearTimeout(unkept);
  unkept = 0;
  const { content } = body;
  const values = Object.fromEntries(fields.map((field) => [field.id, field.value]));
  const isBegun = content.text.trim() !== "" || JSON.stringify(values) !== JSON.stringify(untouched());
  const draft = isBegun ? { fields: values, content } : null;
  drafts.set(thread.subject, draft);
  if (!keepDraft(thread.subject, draft) && isBegun) say("This browser keeps no drafts: a reload loses yours.");
}

function keepSoon() {
  unkept ||= setTimeout(keep, KEEP_AFTER_MS);
}

function send() {
  const { content } = body;
  if (content.text.trim() === "") return body.focus();
  sending.send(thread.subject, content, element("recipient").value.trim());
  begunAt = localTime();
  body.start();
  showUndo();
  why.wrote(body.text);
  keep();
}

function undo() {
  body.start(sending.undo(thread.subject, body.content));
  showUndo();
  why.wrote(body.text);
  keep();
}

const card = document.querySelector(".card");
card.addEventListener("input", keepSoon);
card.addEventListener("change", () => why.again());
card.addEventListener("keydown", (event) => {
  const sends = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey;
  if (!sends || event.isComposing || event.defaultPrevented) return;
  event.preventDefault();
  if (!event.repeat) send();
});
addEventListener("pagehide", () => unkept && keep());

for (const field of [element("body"), element("rich")]) {
  field.addEventListener("input", (event) => {
    if (event.inputType === "insertText" && event.data?.length === 1) figures.typed();
    if (element("status").textContent === LEAVE) say("");
    if (banned !== null) showBan(null);
  });
  field.addEventListener("keydown", (event) => {
    const undoes = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "z";
    if (!undoes || !sending.canUndo(thread.subject) || body.text.trim() !== "") return;
    event.preventDefault();
    undo();
  });
}

element("allow").addEventListener("click", async () => {
  await body.handle.allow(banned);
  body.focus();
});

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
    void body.writeAs(user());
    menu.show();
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
      menu.show();
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

element("theme").addEventListener("change", ({ target }) => (document.documentElement.dataset.theme = target.value));
for (const choice of document.querySelectorAll("[name=kind]")) {
  choice.addEventListener("change", () => {
    keepSetting("kind", choice.value);
    keep();
  });
}

element("clear").addEventListener("click", async () => {
  if (!(await agreed("ask-clear"))) return body.focus();
  clearTimeout(unkept);
  unkept = 0;
  clearAll();
  location.reload();
});

showLearning();
