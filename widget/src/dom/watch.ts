/** Reports what happens in an editable element, from events that all browsers have. */

import type { EditorEvents } from "./adapter.js";

type AnyEventMap = HTMLElementEventMap & DocumentEventMap & WindowEventMap;

/**
 * Listens on targets until it is aborted. It has a controller and is none: in Firefox, the scripts of an extension cannot
 * inherit from what the browser offers.
 */
export class Listening {
  private readonly _controller = new AbortController();
  readonly signal = this._controller.signal;

  abort(): void {
    this._controller.abort();
  }

  on<K extends keyof AnyEventMap>(
    target: EventTarget,
    type: K,
    run: (event: AnyEventMap[K]) => void,
    capture?: boolean,
  ): void {
    target.addEventListener(type, run as EventListener, { capture: !!capture, signal: this.signal });
  }
}

/** Run something, perhaps several times, once the element is used. A page that is not written in stays unchanged. */
export function whenUsed(element: HTMLElement, listening: Listening, run: () => void): void {
  // Both are told of what stands within it, too.
  for (const type of ["focusin", "keydown"] as const)
    listening.on(element, type, () => focused(element) && run(), true);
}

/** Keys, compositions, caret and focus of `element`; and typing, unless the editor itself reports that better. */
export function watch(element: HTMLElement, events: EditorEvents, listening: Listening, typing = true): void {
  const page = element.ownerDocument;
  const view = page.defaultView as Window;
  let composing = false;
  const soon = (): void => {
    view.requestAnimationFrame(() => events.moved());
  };
  const changed = (typed: boolean): void => (typed ? events.typed() : events.edited());
  const composes = ({ data }: CompositionEvent): void => {
    composing = true;
    events.composing(data, true);
  };
  listening.on(element, "input", (event) => {
    // During a composition the browser knows the text better than any editor.
    if (composing) events.typed();
    else if (typing) changed(/^insert(Comp.*)?Text$/.test((event as InputEvent).inputType));
  });
  // Before the editor itself, which may change its text as one begins to compose.
  listening.on(element, "compositionstart", composes, true);
  listening.on(element, "compositionupdate", composes);
  listening.on(element, "compositionend", ({ data }) => {
    composing = false;
    events.composing(null);
    changed(data !== "");
  });
  // From the window down, before any handler of the editor's own.
  listening.on(
    view,
    "keydown",
    (event) => {
      // 229 is how browsers report a key that an input method is handling; what fills forms in has no key.
      if (composing || event.keyCode === 229 || !event.key) return;
      // The path of an event does not tell of what is in a closed shadow tree.
      if (!focused(element)) return;
      // No other event reports that the writer may no longer write.
      if (element.matches(":read-write")) events.key(event);
      else events.edited();
      // The page may send the text, and empty the field.
      if (event.key === "Enter") soon();
    },
    true,
  );
  listening.on(page, "reset", soon);
  listening.on(view, "beforeprint", () => events.blurred());
  listening.on(page, "selectionchange", () => events.moved());
  listening.on(element, "blur", () => events.blurred());
}

/** Whether the element, or an editable one around it in the same tree, has the focus in the window that is used. */
export function focused(element: HTMLElement): boolean {
  const { activeElement } = element.getRootNode() as Document | ShadowRoot;
  const around = (activeElement as HTMLElement | null)?.isContentEditable && activeElement?.contains(element);
  return element.ownerDocument.hasFocus() && (activeElement === element || !!around);
}
