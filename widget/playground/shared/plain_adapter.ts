import type { Adapter, Draft, EditorEvents } from "../../src/index.js";

/** Plain text in one editable element; grey text is a style's `content: attr(data-ghost)`, and so in no document. */
export class PlainAdapter implements Adapter {
  private stop = new AbortController();

  constructor(readonly element: HTMLElement) {}

  read(): Draft | null {
    const selection = document.getSelection();
    const node = selection?.anchorNode;
    if (document.activeElement !== this.element || !selection?.isCollapsed || !node) return null;
    const range = document.createRange();
    range.selectNodeContents(this.element);
    range.setEnd(node, selection.anchorOffset);
    const before = range.toString();
    const after = this.element.textContent.slice(before.length);
    // The style paints at the end of the element, so that nothing may be suggested elsewhere.
    return after.trim() === "" ? { before, after } : null;
  }

  render(text: string | null): void {
    this.element.dataset["ghost"] = text ?? "";
  }

  insert(text: string): void {
    this.closeUndoStep();
    document.execCommand("insertText", false, text);
    this.closeUndoStep();
  }

  subscribe(events: EditorEvents): void {
    const { element } = this;
    const { signal } = this.stop;
    element.addEventListener(
      "input",
      (event) => {
        const { inputType, isComposing } = event as InputEvent;
        if (isComposing) return;
        if (inputType === "insertText") events.typed();
        else events.edited();
      },
      { signal },
    );
    element.addEventListener("compositionstart", () => events.composing(""), { signal });
    element.addEventListener("compositionupdate", (event) => events.composing(event.data), { signal });
    element.addEventListener(
      "compositionend",
      (event) => {
        events.composing(null);
        if (event.data === "") events.edited();
        else events.typed();
      },
      { signal },
    );
    element.addEventListener("keydown", (event) => event.isComposing || events.key(event), { signal, capture: true });
    element.addEventListener("blur", () => events.blurred(), { signal });
    document.addEventListener("selectionchange", () => events.moved(), { signal });
  }

  destroy(): void {
    this.stop.abort();
    delete this.element.dataset["ghost"];
  }

  /** A caret that moves ends the browser's undo step, so that what is accepted is one of its own. */
  private closeUndoStep(): void {
    const selection = document.getSelection();
    selection?.collapse(this.element, 0);
    selection?.selectAllChildren(this.element);
    selection?.collapseToEnd();
  }
}
