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

export const DEFAULT_KEYS: Keys = { accept: "Tab", word: "Control+ArrowRight", dismiss: "Escape" };

const MODIFIERS = ["Control", "Alt", "Shift", "Meta"];

/** Whether the event is one of the keys named, with exactly the modifiers named. */
export function isKey(event: KeyboardEvent, names: string | readonly string[] | null | undefined): boolean {
  return [names ?? []].flat().some((name) => {
    const parts = name.split(/\+(?=.)/);
    const key = parts.pop() as string;
    return (
      event.key.toLowerCase() === key.toLowerCase() &&
      MODIFIERS.every((modifier) => event.getModifierState(modifier) === parts.includes(modifier))
    );
  });
}
