/** Tells what happens in an editable element, from the events that all browsers have. */

import type { EditorEvents } from "./adapter.js";

/** Listens on targets until it is stopped. */
export class Listening {
  private _stop = new AbortController();

  on<K extends string>(target: EventTarget, type: K, run: (event: K extends keyof AnyEventMap ? AnyEventMap[K] : Event) => void, capture = false): void {
    target.addEventListener(type, run as EventListener, { capture, signal: this._stop.signal });
  }

  stop(): void {
    this._stop.abort();
  }
}

type AnyEventMap = HTMLElementEventMap & DocumentEventMap & WindowEventMap;

/** Keys, compositions, caret and focus of `element`; and what is typed, unless the editor itself tells that better. */
export function watch(element: HTMLElement, events: EditorEvents, listening: Listening, typing = true): void {
  const page = element.ownerDocument;
  const view = page.defaultView ?? page;
  let composing = false;
  if (typing) {
    listening.on(element, "input", (event) => {
      const { inputType, isComposing } = event as InputEvent;
      if (isComposing || composing) return;
      if (inputType === "insertText") events.typed();
      else events.edited();
    });
  }
  listening.on(element, "compositionstart", (event) => {
    composing = true;
    events.composing(event.data);
  });
  listening.on(element, "compositionupdate", (event) => events.composing(event.data));
  listening.on(element, "compositionend", (event) => {
    composing = false;
    events.composing(null);
    if (event.data !== "") events.typed();
    else events.edited();
  });
  // From the window down, before any handler of the editor's own.
  listening.on(
    view,
    "keydown",
    (event) => {
      // 229 is how browsers report a key that an input method is handling.
      if (composing || event.isComposing || event.keyCode === 229) return;
      if (!event.composedPath().includes(element)) return;
      // Nothing else tells that the writer may no longer write.
      if (element.matches(":read-write")) events.key(event);
      else events.edited();
    },
    true,
  );
  listening.on(view, "beforeprint", () => events.blurred());
  listening.on(page, "selectionchange", () => events.moved());
  listening.on(element, "blur", () => events.blurred());
}

/** Whether the element has the focus, in whatever shadow tree it is. */
export function focused(element: HTMLElement): boolean {
  return (element.getRootNode() as Document | ShadowRoot).activeElement === element;
}
