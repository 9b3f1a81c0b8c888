/** Text that changes while somebody writes. */

/**
 * A function that sets the text of an element without adding or removing a node: Chromium would end the writer's undo
 * step. Where a page translation has put nodes of its own there, it gives way to the new text.
 */
export function textOf(element) {
  const node = document.createTextNode(element.textContent);
  element.replaceChildren(node);
  return (text) => {
    if (node.parentNode !== element || element.childNodes.length > 1) element.replaceChildren(node);
    if (node.data !== text) node.data = text;
  };
}
