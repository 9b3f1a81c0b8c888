/** An element beside an editor with a tree of its own, which no style of the page reaches. */

/** Follow an editor that was moved to another place in the page. */
export function stayBeside(element: HTMLElement, { host }: ShadowRoot): void {
  if (host.parentNode !== element.parentNode) element.after(host);
}

/** Put an element after the editor and return its shadow root. */
export function rootBeside(element: HTMLElement, name: string): ShadowRoot {
  const host = element.ownerDocument.createElement(name);
  host.style.cssText = "all:initial!important;position:absolute!important;left:0!important;top:0!important";
  element.after(host);
  return host.attachShadow({ mode: "open" });
}

/** Append a new element. */
export function add(parent: Node, name: string): HTMLElement {
  return parent.appendChild((parent.ownerDocument as Document).createElement(name));
}

/** Append a text node, for good: Chromium ends the writer's undo step when a node is added or removed. */
export function addText(parent: Node): Text {
  return parent.appendChild((parent.ownerDocument as Document).createTextNode(""));
}

/** Change a text node only where that changes something: whoever lays it out is told of every change. */
export function write(node: Text, text: string): void {
  if (node.data !== text) node.data = text;
}
