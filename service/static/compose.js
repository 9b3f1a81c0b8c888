/** The compose page: joins the draft, the ghost, the server and the panel. */

import { SuggestionClient } from "./client.js";
import { GhostOverlay } from "./ghost.js";
import { SuggestionState, endsLine } from "./suggestion.js";

const ANNOUNCE_AFTER_MS = 700;

const element = (id) => document.getElementById(id);
const body = element("body");
// Chromium ends the writer's undo step when a node is removed anywhere in the page, as `textContent` does;
// changing the data of a text node leaves the undo history alone.
const [announcement, status, confidence, latency, accepted, saved] = [
  "announcement", "status", "confidence", "latency", "accepted", "saved",
].map((id) => {
  const text = document.createTextNode(element(id).textContent);
  element(id).replaceChildren(text);
  return text;
});
const overlay = new GhostOverlay(body, element("mirror"));
const state = new SuggestionState();
const client = new SuggestionClient({
  endpoint: "v1/suggestions",
  sessionId: randomId(),
  onAnswer: answered,
  onTrouble: report,
});
const context = {};
const count = { characters: 0, keystrokes: 0 };
let composing = false;
let typedPrefix = null;
let announceTimer = 0;
let announced = false;

/** `crypto.randomUUID` is missing on plain-HTTP addresses other than loopback. */
function randomId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return "tab-" + Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** The draft around the caret, or null when no suggestion may stand here. */
function caretSplit() {
  const { value, selectionStart, selectionEnd } = body;
  if (composing || document.activeElement !== body || selectionStart !== selectionEnd) return null;
  const after = value.slice(selectionStart);
  return endsLine(after) ? { before: value.slice(0, selectionStart), after } : null;
}

function typed() {
  const caret = caretSplit();
  if (caret === null) return hide();
  typedPrefix = caret.before;
  const holds = state.typed(caret.before);
  render();
  if (holds) {
    client.abortUnless(caret.before);
    if (!announced) announceSoon();
  }
  // Clipping may have left nothing of a suggestion that still held.
  if (state.shown === null) client.ask(caret.before, { ...context });
}

function answered({ prefix, text, probability, milliseconds }) {
  latency.data = `${milliseconds < 10 ? milliseconds.toFixed(1) : Math.round(milliseconds)} ms`;
  const caret = caretSplit();
  if (caret === null || caret.before !== typedPrefix) return;
  if (!state.offer(prefix, caret.before, text, probability)) return;
  render();
  if (state.shown !== null) {
    announced = false;
    announceSoon();
    requestAnimationFrame(() => state.painted(performance.now()));
  }
}

/** Make the page show what the state says. */
function render() {
  const caret = state.shown === null ? null : caretSplit();
  if (caret === null) overlay.hide();
  else {
    state.clip(overlay.show(caret.before, state.shown.text, caret.after));
    if (state.shown === null) overlay.hide();
  }
  const probability = state.shown?.confidence ?? null;
  confidence.data = probability === null ? "–" : `${Math.round(probability * 100)}%`;
  element("confidence-bar").style.transform = `scaleX(${probability ?? 0})`;
  document.body.classList.toggle("suggesting", state.shown !== null);
  if (state.shown === null) {
    clearTimeout(announceTimer);
    if (announced) say("");
    announced = false;
  }
}

/** The caret moved, or the draft changed other than by typing. */
function hide() {
  client.abortAll();
  typedPrefix = null;
  if (state.shown === null) return;
  state.hide();
  render();
}

function accept() {
  const characters = [...state.shown.text].length;
  const text = state.take();
  render();
  closeUndoStep();
  // The only insertion that keeps the browser's own undo history; its input event asks for what comes next.
  if (!document.execCommand("insertText", false, text)) return;
  closeUndoStep();
  count.characters += characters;
  count.keystrokes += characters - 1;
  accepted.data = count.characters.toLocaleString("en");
  saved.data = count.keystrokes.toLocaleString("en");
}

/** A caret that moves ends the browser's current undo step, so that one accept is one step of its own. */
function closeUndoStep() {
  const { selectionStart, scrollTop } = body;
  body.setSelectionRange(0, 0);
  body.setSelectionRange(selectionStart, selectionStart);
  body.scrollTop = scrollTop;
}

function canAccept() {
  const caret = caretSplit();
  return caret !== null && state.canTake(caret.before, performance.now());
}

function announceSoon() {
  clearTimeout(announceTimer);
  announceTimer = setTimeout(() => {
    if (state.shown === null) return;
    announced = true;
    say(`Suggestion: ${state.shown.text.trim()}. Press Tab to accept.`);
  }, ANNOUNCE_AFTER_MS);
}

function say(text) {
  announcement.data = text;
}

function report({ message, code }) {
  status.data = message;
  if (code === 401 || code === 403) element("key-form").hidden = false;
}

body.addEventListener("input", (event) => {
  if (event.isComposing || composing) return;
  if (event.inputType === "insertText") typed();
  else hide();
});

body.addEventListener("compositionstart", () => {
  hide();
  composing = true;
});

body.addEventListener("compositionend", (event) => {
  composing = false;
  if (event.data !== "") typed();
});

body.addEventListener("keydown", (event) => {
  // 229 is how browsers report a key that an input method is handling.
  if (event.isComposing || composing || event.keyCode === 229) return;
  const plain = !(event.shiftKey || event.ctrlKey || event.altKey || event.metaKey);
  if (event.key === "Tab" && plain && canAccept()) {
    event.preventDefault();
    accept();
  } else if (event.key === "Escape" && plain) {
    if (state.shown !== null) event.preventDefault();
    client.abortAll();
    state.dismiss(performance.now());
    render();
  }
});

document.addEventListener("selectionchange", () => {
  if (composing || typedPrefix === null) return;
  if (body.selectionStart !== body.selectionEnd || body.selectionEnd !== typedPrefix.length) hide();
});

body.addEventListener("blur", hide);
new ResizeObserver(() => state.shown !== null && render()).observe(body);

// A touch screen has no Tab key: there the grey text itself is the button (the style sheet enables it).
overlay.element.addEventListener("mousedown", (event) => event.preventDefault());
overlay.element.addEventListener("click", () => canAccept() && accept());

for (const field of document.querySelectorAll("[data-context]")) {
  const commit = () => {
    const value = field.value.trim();
    if (value === "") delete context[field.dataset.context];
    else context[field.dataset.context] = value;
    hide();
  };
  field.addEventListener("change", commit);
  // A reloaded page may come back with the fields as they were left.
  commit();
}

function chooseEagerness() {
  const value = element("eagerness").value;
  client.minConfidence = value === "" ? null : Number(value);
  hide();
}
element("eagerness").addEventListener("change", chooseEagerness);
chooseEagerness();

element("key-form").addEventListener("submit", (event) => {
  event.preventDefault();
  client.apiKey = element("api-key").value.trim();
  element("key-form").hidden = true;
  report({ message: "", code: 0 });
  body.focus();
});
