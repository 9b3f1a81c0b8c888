/** A question in a dialog of the page. */

/** Ask what the dialog with this id asks; resolves to whether the answer is yes. */
export function agreed(id) {
  const dialog = document.getElementById(id);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((answer) => {
    dialog.addEventListener("close", () => answer(dialog.returnValue === "yes"), { once: true });
  });
}
