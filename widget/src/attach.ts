/** Puts suggestions into an editor. */

import type { Adapter } from "./dom/adapter.js";
import { editableAdapter } from "./dom/editable.js";
import { keptElsewhere } from "./dom/known_editors.js";
import { fieldAdapter, isField } from "./dom/textarea.js";
import { makeHandle, type Handle } from "./handle.js";
import type { Options } from "./options.js";

const attached = new WeakMap<Element, Handle>();

/**
 * Put suggestions into a textarea, a one-line input, a contenteditable element, or an editor behind an adapter.
 *
 * Throws a TypeError for an element that cannot hold a draft: a password field, one that is not editable, or one of
 * an editor that keeps its text itself.
 * An element has one handle: attaching again updates its options.
 */
export function attach(target: Element | Adapter, options: Options = {}): Handle {
  const own = "element" in target ? target : null;
  const element = own?.element ?? (target as Element);
  const known = attached.get(element);
  if (known) {
    known.update(options);
    return known;
  }
  const adapter = own ?? adapterOf(element, options.nonce);
  if (!adapter) {
    throw new TypeError(keptElsewhere(element) ?? "inkling: not an editable element or text field, or one for secrets");
  }
  const handle = makeHandle(adapter, options, () => attached.delete(element));
  attached.set(element, handle);
  return handle;
}

/** The adapter of an element, if the element may hold a draft. */
function adapterOf(element: Element, nonce?: string): Adapter | null {
  if (keptElsewhere(element)) return null;
  // A field within an editable element is editable itself, to the browser.
  if ("selectionStart" in element) return isField(element) ? fieldAdapter(element, nonce) : null;
  return (element as HTMLElement).isContentEditable ? editableAdapter(element as HTMLElement, nonce) : null;
}

/** Attach to every element that matches, now and later; `detach` ends it for all of them. */
export function attachAll(
  selector: string,
  options: Options = {},
  root: Document | ShadowRoot = document,
): { detach(): void } {
  const handles = new Map<Element, Handle>();
  const refused = new Set<string>();
  const look = (): void => {
    for (const [element, handle] of handles) {
      // It may have become an editor meanwhile.
      if ((!element.isConnected || keptElsewhere(element)) && handles.delete(element)) handle.detach();
    }
    for (const element of root.querySelectorAll(selector)) {
      const why = attached.has(element) ? undefined : keptElsewhere(element);
      if (why && refused.size < refused.add(why).size) console.warn(why);
      const adapter = handles.has(element) || attached.has(element) ? null : adapterOf(element, options.nonce);
      if (adapter) handles.set(element, attach(adapter, options));
    }
  };
  const observer = new MutationObserver(look);
  const start = (): void => {
    look();
    observer.observe(root, { childList: true, subtree: true });
  };
  start();
  return {
    detach() {
      observer.disconnect();
      for (const handle of handles.values()) handle.detach();
      handles.clear();
      // If it is detached as the page is left, it continues when the browser restores the page from its cache.
      if (window.event?.type === "pagehide") window.addEventListener("pageshow", start, { once: true });
    },
  };
}
