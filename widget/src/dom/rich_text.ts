/** A contenteditable's text around the caret, read from its DOM. */

/** Elements that begin and end a line, whatever a style sheet says: asking for styles would cost more than the text. */
const BLOCK =
  /^(address|article|aside|blockquote|body|center|d[dlt]|div|fieldset|figure|figcaption|footer|form|h[1-6]|header|hr|li|main|nav|[ou]l|p|pre|section|t(able|d|h|r))$/;
/** Elements whose text is not the writer's, or that show something other than text. */
const OPAQUE = /^(script|style|template|noscript|img|video|audio|object|iframe|input|select|button|textarea|svg|canvas)$/;

export interface Surroundings {
  /** All text before the caret, a line for each block and break. */
  before: string;
  /** What follows up to the end of its line. */
  line: string;
  /** Whether anything stands below that line. */
  below: boolean;
}

/** The innermost block around a node, at most `root`. */
export function blockOf(node: Node, root: Element): Element {
  let one: Node = node;
  while (one !== root && !BLOCK.test((one as Element).localName ?? "")) one = one.parentNode ?? root;
  return one as Element;
}

/** The text of `root` around (node, offset); `keepsSpaces` is whether its white space is shown as it stands. */
export function textAround(root: Element, node: Node, offset: number, keepsSpaces: boolean): Surroundings {
  const found: Surroundings = { before: "", line: "", below: false };
  const stop = node.nodeType === 3 ? null : (node.childNodes[offset] ?? null);
  let reached = false;
  let lineEnded = false;
  let breaks = ""; // written when text follows
  let broken: Element | null = null; // the block of the last break
  let block: Element | null = null; // the block of the last text
  const put = (text: string, own: Element): void => {
    if (reached) {
      if (!lineEnded) found.line += text;
      else if (text.trim() !== "") found.below = true;
      return;
    }
    let shown = keepsSpaces ? text : text.replace(/[ \t\n\r\f]+/g, " ");
    if (!keepsSpaces && (own !== block || breaks !== "")) shown = shown.replace(/^ /, "");
    shown = shown.replace(/\u00a0/g, " ").replace(/[\u200b\ufeff]/g, "");
    if (shown === "") return;
    // A break at the end of a block with text is the end of that block.
    if (block !== null && own !== block && broken !== block) breaks += "\n";
    found.before += (block === null && breaks === "" ? "" : breaks) + shown;
    breaks = "";
    broken = null;
    block = own;
  };
  const visit = (one: Node): void => {
    if (one === stop) reached = true;
    const name = (one as Element).localName ?? "";
    if (one.nodeType === 3) {
      const { data } = one as Text;
      const own = blockOf(one, root);
      if (reached && own !== caretBlock) lineEnded = true;
      if (one === node) {
        put(data.slice(0, offset), own);
        reached = true;
        put(data.slice(offset), own);
      } else put(data, own);
    } else if (name === "br") {
      if (reached) lineEnded = true;
      else {
        breaks += "\n";
        broken = blockOf(one, root);
      }
    } else if (OPAQUE.test(name)) {
      if (reached && blockOf(one, root) !== caretBlock) lineEnded = true;
      if (reached) put("\ufffc", caretBlock);
    } else {
      for (let child = one.firstChild; child !== null && !found.below; child = child.nextSibling) visit(child);
      if (one === node && stop === null) reached = true;
    }
  };
  const caretBlock = blockOf(node, root);
  visit(root);
  return { ...found, before: found.before + breaks };
}
