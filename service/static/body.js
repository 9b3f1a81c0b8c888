/** The body of the message, as plain text or as rich text, with suggestions in whichever is shown. */

const element = (id) => document.getElementById(id);

export class Body {
  #plain = element("body");
  #rich = element("rich");
  #handle = null;
  #options;
  #listen;

  /** `listen(handle)` is called with each new handle of the widget's. */
  constructor(options, listen) {
    this.#options = options;
    this.#listen = listen;
    for (const choice of document.querySelectorAll("[name=kind]")) {
      choice.addEventListener("change", () => this.#show(choice.value === "rich"));
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
    this.#attach();
  }

  get text() {
    return this.#isRich ? this.#rich.innerText.replace(/\u00a0/g, " ") : this.#plain.value;
  }

  /** Begin a message with this text, the caret behind it. */
  start(text = "") {
    if (this.#isRich) {
      this.#rich.replaceChildren(...text.split("\n").map(paragraph));
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
    const { text } = this;
    this.#plain.hidden = rich;
    this.#rich.hidden = !rich;
    element("format").hidden = !rich;
    this.start(text);
  }
}

function paragraph(line) {
  const block = document.createElement("div");
  block.append(line === "" ? document.createElement("br") : line);
  return block;
}
