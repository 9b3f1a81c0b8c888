/** Keys by name: "Tab", "Control+ArrowRight", "Alt+\\". */

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

export const DEFAULT_KEYS: Keys = { accept: "Tab", word: "Control+ArrowRight", dismiss: "Escape", trigger: null };

const MODIFIERS = { Control: "ctrlKey", Alt: "altKey", Shift: "shiftKey", Meta: "metaKey" } as const;

/** Whether the event is one of the keys named, with exactly the modifiers named. */
export function isKey(event: KeyboardEvent, names: string | readonly string[] | null | undefined): boolean {
  if (names === null || names === undefined) return false;
  return (typeof names === "string" ? [names] : names).some((name) => {
    const parts = name.split(/(?<=.)\+/);
    const key = parts.pop();
    return (
      event.key.toLowerCase() === key?.toLowerCase() &&
      Object.entries(MODIFIERS).every(([modifier, property]) => event[property] === parts.includes(modifier))
    );
  });
}
