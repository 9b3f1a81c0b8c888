/** Tab while somebody writes. */

const MODIFIERS = ["Alt", "Control", "Meta", "Shift"];

/**
 * Keep Tab in a field where it takes nothing, so that the next key presses no button by mistake. Right after Esc it
 * leaves the field, and so does Shift+Tab always. `stayed` is called where it was kept.
 */
export function keepTab(field, stayed) {
  let leaves = false;
  field.addEventListener("keydown", (event) => {
    if (event.isComposing || MODIFIERS.includes(event.key)) return;
    const held = MODIFIERS.some((modifier) => event.getModifierState(modifier));
    if (event.key === "Tab" && !held && !leaves && !event.defaultPrevented) {
      event.preventDefault();
      stayed();
    }
    leaves = event.key === "Escape";
  });
  field.addEventListener("focusout", () => (leaves = false));
}
