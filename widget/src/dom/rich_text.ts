/** A contenteditable's text around the caret, read from its DOM. */

/** Elements that begin and end a line, whatever a style sheet says: asking for styles would cost more than the text. */
const BLOCKS = new Set(
  "address article aside blockquote body dd div dl dt fieldset figcaption figure footer form h1 h2 h3 h4 h5 h6 header hr li main nav ol p pre section table td th tr ul".split(" "),
);
const SILENT = new Set(["script", "style", "template", "noscript", "img", "video", "audio", "object", "iframe", "input", "select", "button", "textarea", "svg", "canvas"]);

const TEXT = 3;
const ELEMENT = 1;

export function isBlock(node: Node): boolean {
  return node.nodeType === ELEMENT && BLOCKS.has((node as Element).localName);
}

/** The innermost block around a node, at most `root`. */
export function blockOf(node: Node, root: Element): Element {
  let one: Node = node;
  while (one !== root && !isBlock(one) && one.parentNode !== null) one = one.parentNode;
  return one as Element;
}

/** All text of `root` before (node, offset), a line for each block and break. */
export function textBefore(root: Element, node: Node, offset: number, keepsSpaces: boolean): string {
  const caret = new Reader(keepsSpaces);
  caret.read(root, node, offset);
  return caret.text;
}

/** What follows (node, offset) up to the end of its line, and whether anything stands below that line. */
export function textAfter(root: Element, node: Node, offset: number): { line: string; below: boolean } {
  let line = "";
  let ended = false;
  const block = blockOf(node, root);
  for (let one = following(node, offset, root); one !== null; one = next(one, root)) {
    if (!ended && (isBlock(one) || !block.contains(one))) ended = true;
    if ((one as Element).localName === "br") {
      // A break that ends its block is only what keeps an empty line open.
      ended = true;
      continue;
    }
    const text = one.nodeType === TEXT ? (one === node ? (one as Text).data.slice(offset) : (one as Text).data) : "";
    const shown = text.trim() !== "" || (one.nodeType === ELEMENT && SILENT.has((one as Element).localName));
    if (ended && shown) return { line, below: true };
    if (!ended) line += text || (shown ? "\ufffc" : "");
  }
  return { line, below: false };
}

class Reader {
  text = "";
  private _pending = "";

  constructor(private _keepsSpaces: boolean) {}

  /** Read `root` up to (node, offset); false once that was reached. */
  read(root: Node, node: Node, offset: number): boolean {
    if (root.nodeType === TEXT) {
      const { data } = root as Text;
      this._add(root === node ? data.slice(0, offset) : data);
      return root !== node;
    }
    if (root.nodeType !== ELEMENT) return root !== node;
    const { localName } = root as Element;
    if (localName === "br") {
      this._pending += "\n";
      return root !== node;
    }
    if (SILENT.has(localName)) return root !== node;
    const block = BLOCKS.has(localName);
    if (block) this._line();
    let index = 0;
    for (let child = root.firstChild; child !== null; child = child.nextSibling, index += 1) {
      if (root === node && index === offset) return false;
      if (!this.read(child, node, offset)) return false;
    }
    if (root === node) return false;
    if (block) this._line();
    return true;
  }

  /** A block begins or ends: its line break is written when text follows it. */
  private _line(): void {
    if (this.text !== "" && !this._pending.endsWith("\n") && !(this._pending === "" && this.text.endsWith("\n"))) {
      this._pending += "\n";
    }
  }

  private _add(data: string): void {
    let text = data.replace(/\u00a0/g, " ");
    if (!this._keepsSpaces) {
      text = data.replace(/[ \t\n\r\f]+/g, " ").replace(/\u00a0/g, " ");
      if (text === " " && (this._pending !== "" || this.text === "")) return;
      if ((this._pending !== "" || this.text === "") && /^[ \t\n\r\f]/.test(data)) text = text.slice(1);
    }
    text = text.replace(/[\u200b\ufeff]/g, "");
    if (text === "") return;
    this.text += this._pending + text;
    this._pending = "";
  }
}

/** The node after (node, offset) in document order. */
function following(node: Node, offset: number, root: Element): Node | null {
  if (node.nodeType === TEXT) return node;
  return node.childNodes[offset] ?? skip(node, root);
}

function next(node: Node, root: Element): Node | null {
  const silent = node.nodeType === ELEMENT && SILENT.has((node as Element).localName);
  return (silent ? null : node.firstChild) ?? skip(node, root);
}

/** The node after all of `node`. */
function skip(node: Node, root: Element): Node | null {
  for (let one: Node | null = node; one !== null && one !== root; one = one.parentNode) {
    if (one.nextSibling !== null) return one.nextSibling;
  }
  return null;
}
