/** The menu of suggestions: how readily they come, corrections, quiet, and the phrases that are never suggested. */

import { keepSetting, setting } from "./kept.js";

const PAUSES = { draft: "paused for this draft", hour: "paused for an hour", "until-resumed": "paused" };
const SWITCHES = ["edits", "middle"];

const element = (id) => document.getElementById(id);

export class Menu {
  #menu = element("menu");
  #state = element("menu-state");
  #handle = null;
  #changed;

  /** `changed()` is called when another option of the widget is wanted. */
  constructor(changed) {
    this.#changed = changed;
    for (const name of SWITCHES) {
      const kept = setting(name);
      if (kept !== null) element(name).checked = kept === "on";
      element(name).addEventListener("change", ({ target }) => {
        keepSetting(name, target.checked ? "on" : "off");
        this.#changed();
      });
    }
    element("eagerness").addEventListener("change", ({ target }) => {
      this.#handle.eagerness = target.value;
      this.show();
      this.#changed();
    });
    element("pause").addEventListener("change", ({ target }) => {
      if (target.value === "") this.#handle.resume();
      else this.#handle.pause(target.value);
    });
    this.#menu.addEventListener("toggle", () => this.#menu.open && this.#list());
    this.#menu.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !this.#menu.open) return;
      event.stopPropagation();
      this.#menu.open = false;
      this.#menu.querySelector("summary").focus();
    });
    addEventListener("pointerdown", ({ target }) => this.#menu.contains(target) || (this.#menu.open = false));
    this.#menu.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget !== null && !this.#menu.contains(relatedTarget)) this.#menu.open = false;
    });
  }

  /** The options of the widget that are switched here. */
  get options() {
    return Object.fromEntries(SWITCHES.map((name) => [name, element(name).checked]));
  }

  /** The handle of the body is this now. */
  follow(handle) {
    this.#handle = handle;
    handle.on("paused", () => this.show());
    handle.on("banned", () => this.#menu.open && this.#list());
    this.show();
  }

  /** Show what the writer has chosen. */
  show() {
    const { eagerness, paused } = this.#handle;
    const often = element("eagerness");
    often.value = eagerness;
    element("pause").value = paused ?? "";
    this.#state.textContent = PAUSES[paused] ?? often.selectedOptions[0].textContent;
    this.#menu.classList.toggle("paused", paused !== null);
  }

  async #list() {
    const phrases = await this.#handle.banned();
    const rows = phrases.map((phrase) => {
      const row = document.createElement("li");
      const text = document.createElement("span");
      const back = document.createElement("button");
      text.textContent = phrase;
      text.translate = false;
      back.type = "button";
      back.className = "quiet";
      back.textContent = "Allow";
      back.ariaLabel = `Allow ${phrase}`;
      back.addEventListener("click", async () => {
        await this.#handle.allow(phrase);
        await this.#list();
        this.#menu.querySelector("#banned button, summary").focus();
      });
      row.append(text, back);
      return row;
    });
    element("banned").replaceChildren(...rows);
    element("banned-none").hidden = rows.length > 0;
  }
}
