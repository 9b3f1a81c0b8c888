/** Keys by name: "Tab", "Control+ArrowRight", "Control+Shift+\\"; modifiers in the order of `MODIFIERS`. */

export interface Keys {
  /** Takes the whole suggestion. Default Tab. */
  accept?: string | readonly string[] | null;
  /** Takes its next word. Default Control+ArrowRight. */
  word?: string | readonly string[] | null;
  /** Hides it and leaves Tab to the browser for two seconds. Default Escape. */
  dismiss?: string | readonly string[] | null;
  /** Shows the next of the choices that came with it. */
  next?: string | readonly string[] | null;
  /** Shows the choice before. */
  previous?: string | readonly string[] | null;
  /** Bans the last phrase of what is grey. Default Shift+Delete. */
  ban?: string | readonly string[] | null;
  /** Pauses suggestions for this draft, or resumes them. Default none. */
  pause?: string | readonly string[] | null;
  /** Asks for one where the caret is. Default none. */
  trigger?: string | readonly string[] | null;
}

/** Brackets are VS Code's; not every layout has them with Alt. */
export const DEFAULT_KEYS: Keys = {
  accept: "Tab",
  word: "Control+ArrowRight",
  dismiss: "Escape",
  next: ["Alt+]", "Alt+ArrowDown"],
  previous: ["Alt+[", "Alt+ArrowUp"],
  ban: "Shift+Delete",
};

/** Whether a menu of the editor is open, for mentions, emoji or commands. All keys then belong to it. */
export function menuIsOpen(element: Element): boolean {
  const open = "[aria-expanded=true]";
  if (element.ariaActiveDescendantElement) return true;
  return element.matches(`${open},[aria-activedescendant]:not([aria-activedescendant=""]),[role=combobox]${open} *`);
}

export const MODIFIERS = ["Control", "Alt", "Shift", "Meta"];

/** Keys that write something else with Alt on many layouts, by their place on the keyboard. */
const PLACES: Record<string, string> = { BracketLeft: "[", BracketRight: "]" };

/** The name of the pressed key. */
export function nameOf(event: KeyboardEvent): string {
  const held = MODIFIERS.filter((modifier) => event.getModifierState(modifier));
  return [...held, (event.altKey && PLACES[event.code]) || event.key].join("+").toLowerCase();
}
