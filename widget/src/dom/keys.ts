/** Keys by name: "Tab", "Control+ArrowRight", "Control+Shift+\\"; modifiers in the order of `MODIFIERS`. */

export interface Keys {
  /** Takes the whole suggestion. Default Tab. */
  accept?: string | readonly string[] | null;
  /** Takes its next word. Default Control+ArrowRight. */
  word?: string | readonly string[] | null;
  /** Hides it and leaves Tab to the browser for two seconds. Default Escape. */
  dismiss?: string | readonly string[] | null;
  /** Asks for one where the caret is. Default none. */
  trigger?: string | readonly string[] | null;
}

export const DEFAULT_KEYS: Keys = { accept: "Tab", word: "Control+ArrowRight", dismiss: "Escape" };

/** Whether a menu of the editor is open, for mentions, emoji or commands. All keys then belong to it. */
export function menuIsOpen(element: Element): boolean {
  const open = "[aria-expanded=true]";
  if (element.ariaActiveDescendantElement) return true;
  return element.matches(`${open},[aria-activedescendant]:not([aria-activedescendant=""]),[role=combobox]${open} *`);
}

const MODIFIERS = ["Control", "Alt", "Shift", "Meta"];

/** The name of the pressed key. */
export function nameOf(event: KeyboardEvent): string {
  const held = MODIFIERS.filter((modifier) => event.getModifierState(modifier));
  return [...held, event.key].join("+").toLowerCase();
}
