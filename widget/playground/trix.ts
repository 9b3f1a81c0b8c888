import "trix";
import { inkling, type TrixElement } from "../src/adapters/trix.js";
import { offer, options, place } from "./page.js";

interface Trix extends TrixElement {
  readonly editor: TrixElement["editor"] & {
    getDocument(): { toString(): string };
    loadHTML(html: string): void;
    setSelectedRange(range: number): void;
    undo(): void;
  };
  readonly value: string;
}

// Only time parts what is typed into steps, and tests type at any pace.
(window as unknown as { Trix: { config: { undo: { interval: number } } } }).Trix.config.undo.interval = 0;
const element = document.createElement("trix-editor") as Trix;
element.setAttribute("aria-label", "Message");
element.className = "sheet";
element.addEventListener("trix-initialize", () => {
  const handle = inkling(element, options);
  const { editor } = element;
  const text = (): string => editor.getDocument().toString().replace(/\n$/, "");
  offer({
    handle,
    text,
    outgoing: () => element.value,
    undo: () => editor.undo(),
    start(draft) {
      editor.loadHTML("");
      element.focus();
      editor.setSelectedRange(0);
      if (draft) editor.insertString(draft);
    },
  });
});
place.append(element);
