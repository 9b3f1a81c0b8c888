/** Puts suggestions into an editor. */

import type { Adapter } from "./dom/adapter.js";
import { EditableAdapter } from "./dom/editable.js";
import { FieldAdapter, isField } from "./dom/textarea.js";
import { Attached, type Handle } from "./handle.js";
import type { Options } from "./options.js";

const attached = new WeakMap<Element, Attached>();

/**
 * Put suggestions into a textarea, a one-line input, a contenteditable element, or an editor behind an adapter.
 *
 * Throws a TypeError for an element that cannot hold a draft: a password field, or one that is not editable.
 * An element has one handle: attaching again updates its options.
 */
export function attach(target: Element | Adapter, options: Options = {}): Handle {
  const element = "element" in target ? target.element : target;
  const known = attached.get(element);
  if (known !== undefined) {
    known.update(options);
    return known;
  }
  const adapter = "element" in target ? target : adapterOf(target, options.nonce);
  const handle = new Attached(adapter, options, () => attached.delete(element));
  attached.set(element, handle);
  return handle;
}

/** Whether to treat an element as rich text; a field within an editable element counts as editable to the browser. */
const isRich = (element: Element): element is HTMLElement =>
  !("selectionStart" in element) && (element as HTMLElement).isContentEditable;

function adapterOf(element: Element, nonce: string | undefined): Adapter {
  if (isField(element)) return new FieldAdapter(element, nonce);
  if (isRich(element)) return new EditableAdapter(element, nonce);
  throw new TypeError("inkling: attach() needs a textarea, a text input that is not for secrets, or an editable element");
}

/** Attach to every element that matches, now and later; `detach` ends it for all of them. */
export function attachAll(selector: string, options: Options = {}, root: Document | ShadowRoot = document): { detach(): void } {
  const handles = new Map<Element, Handle>();
  const look = (): void => {
    for (const [element, handle] of handles) {
      if (element.isConnected) continue;
      handle.detach();
      handles.delete(element);
    }
    for (const element of root.querySelectorAll(selector)) {
      if (handles.has(element) || attached.has(element)) continue;
      if (isField(element) || isRich(element)) handles.set(element, attach(element, options));
    }
  };
  look();
  const observer = new MutationObserver(look);
  observer.observe(root, { childList: true, subtree: true });
  return {
    detach() {
      observer.disconnect();
      for (const handle of handles.values()) handle.detach();
      handles.clear();
    },
  };
}
