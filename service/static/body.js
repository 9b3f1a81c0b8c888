/** The body of the message, as plain text or as rich text, with suggestions in whichever is shown. */

import { paragraphs, read, write } from "./markup.js";
import { keepTab } from "./tab.js";

const element = (id) => document.getElementById(id);

export class Body {
  #plain = element("body");
  #rich = element("rich");
  #handle = null;
  #formatted = null; // what was rich when the writer chose plain
  #options;
  #listen;
  /** Whether phrases that were banned before are banned for another user. */
  carries = false;

  /**
   * `kind` is "rich" or "plain"; `listen(handle)` is called with each new handle of the widget's, `stayed()` where Tab
   * takes nothing.
   */
  constructor(kind, options, listen, stayed) {
    this.#options = options;
    this.#listen = listen;
    for (const field of [this.#plain, this.#rich]) keepTab(field, stayed);
    for (const choice of document.querySelectorAll("[name=kind]")) {
      choice.checked = choice.value === kind;
      choice.addEventListener("change", () => this.#turn(choice.value === "rich"));
    }
    for (const button of document.querySelectorAll("[data-command]")) {
      // The focus, and with it the selection, stays in the text.
      button.addEventListener("mousedown", (event) => event.preventDefault());
      button.addEventListener("click", () => document.execCommand(button.dataset.command));
    }
    // What comes from elsewhere brings no styles along.
    this.#rich.addEventListener("paste", (event) => {
      event.preventDefault();
      document.execCommand("insertText", false, event.clipboardData.getData("text/plain"));
    });
    this.#show(kind === "rich");
    this.#attach();
  }

  get text() {
    return this.#isRich ? this.#rich.innerText.replace(/\u00a0/g, " ") : this.#plain.value;
  }

  /** What is written: its text, and its markup where it is rich. */
  get content() {
    return { text: this.text, markup: this.#isRich ? read(this.#rich) : null };
  }

  /** Begin a message with this content, the caret behind it. */
  start({ text = "", markup = null } = {}) {
    if (this.#isRich) {
      write(this.#rich, markup ?? paragraphs(text));
      getSelection().selectAllChildren(this.#rich);
      getSelection().collapseToEnd();
    } else this.#plain.value = text;
    this.focus();
    // Another draft, for the service too.
    this.#handle.detach();
    this.#attach();
  }

  focus() {
    this.#shown.focus();
  }

  update(options) {
    Object.assign(this.#options, options);
    this.#handle.update(options);
  }

  get handle() {
    return this.#handle;
  }

  /** Write as another user, who wants what this one has chosen. */
  async writeAs(user) {
    const { eagerness, paused } = this.#handle;
    const phrases = this.#handle.banned();
    this.update({ user });
    this.#handle.eagerness = eagerness;
    if (paused !== null) this.#handle.pause(paused);
    this.carries = true;
    for (const phrase of await phrases) this.#handle.ban(phrase);
    this.carries = false;
  }

  get #isRich() {
    return this.#plain.hidden;
  }

  get #shown() {
    return this.#isRich ? this.#rich : this.#plain;
  }

  #attach() {
    this.#handle = inkling.attach(this.#shown, this.#options);
    this.#listen(this.#handle);
  }

  #show(rich) {
    this.#plain.hidden = rich;
    this.#rich.hidden = !rich;
    element("format").hidden = !rich;
  }

  #turn(rich) {
    const { content } = this;
    const { paused } = this.#handle;
    if (!rich) this.#formatted = content;
    this.#show(rich);
    this.start(this.#formatted?.text === content.text ? this.#formatted : content);
    if (paused === "draft") this.#handle.pause(paused);
  }
}
