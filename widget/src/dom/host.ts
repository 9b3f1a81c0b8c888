/** Elements of the widget's own, each with a tree that no style of the page reaches. */

/** Layers that are painted above all else. Selectors unknown to a browser are skipped. */
export const TOP = ":modal,:popover-open,:fullscreen";

/** The parent of an element, or the host of its shadow tree. */
export const outerOf = (element: Element): Element | null =>
  element.parentElement ?? (element.getRootNode() as Partial<ShadowRoot>).host ?? null;

/**
 * Put a host, or leave it, at the end of the page, behind its body: within no label and no editor, and where no rule of
 * the page about siblings sees it. An editor in one of the `layers` has it at the end of that.
 */
export function standBy(element: HTMLElement, host: Element, layers: string): void {
  const page = element.ownerDocument;
  let one = outerOf(element);
  while (one && (!one.matches(`:is(${layers})`) || (one as HTMLElement).isContentEditable)) one = outerOf(one);
  one ??= page.documentElement;
  if (host.parentNode !== one) one.append(host);
}

/** Make an element for an editor and return its shadow root; `layers` as in `standBy`. */
export function rootFor(element: HTMLElement, name: string, layers: string): ShadowRoot {
  const host = element.ownerDocument.createElement(name);
  host.style.cssText = [
    "all:initial",
    "position:absolute",
    "left:0",
    "top:0",
    `width:${HOST_WIDTH}px`,
    "z-index:2147483647",
    "color-scheme:inherit",
    "pointer-events:none",
  ].join("!important;");
  standBy(element, host, layers);
  return host.attachShadow({ mode: "open" });
}

/** In its own pixels; shows by how much it is scaled. */
export const HOST_WIDTH = 100;

/** Append a new element. */
export function add(parent: Node, name: string): HTMLElement {
  return parent.appendChild((parent.ownerDocument as Document).createElement(name));
}

/** Append a text node, for good: Chromium ends the writer's undo step when a node is added or removed. */
export function addText(parent: Node): Text {
  return parent.appendChild((parent.ownerDocument as Document).createTextNode(""));
}

/** Change a text node only if its text differs, because every change causes a layout. */
export function write(node: Text, text: string): void {
  if (node.data !== text) node.data = text;
}
