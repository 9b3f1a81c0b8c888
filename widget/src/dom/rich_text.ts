/** A contenteditable's text around the caret, read from its DOM. */

/** Elements that begin and end a line in any style sheet. Reading styles would cost more than reading the text. */
const BLOCK =
  /^(address|a(rticl|sid)e|blockquote|body|caption|center|d[dlt]|d(etails|ialog|iv)|fi(eldset|gcaption|gure)|footer|form|h\d|h(eader|group|r)|legend|li|main|menu|nav|[ou]l|p|pre|se(arch|ction)|summary|t(able|d|h|r))$/;
/** Elements whose text is not the writer's, or that show something other than text. */
const OPAQUE = /^(script|style|img|video|audio|object|iframe|input|select|button|textarea|svg|canvas)$/;

export interface Surroundings {
  /** All text before the caret, a line for each block and break. */
  before: string;
  /** The text up to the end of its line. */
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
  const stop = node.nodeType === 3 ? null : node.childNodes[offset];
  const caretBlock = blockOf(node, root);
  let before = "";
  let line = "";
  let below = false;
  let reached = false;
  let lineEnded = false;
  let breaks = ""; // written when text follows
  let broken: Element | null = null; // the block of the last break
  let block: Element | null = null; // the block of the last text
  const put = (data: string, own: Element): void => {
    let text = data.replace(/[\u200b\ufeff]/g, "");
    if (reached) {
      if (!lineEnded) line += text;
      else below ||= /\S/.test(text);
      return;
    }
    if (!keepsSpaces) text = text.replace(/[ \t\n\r\f]{2,}|[\t\n\r\f]/g, " ");
    if (!keepsSpaces && (own !== block || breaks)) text = text.replace(/^ /, "");
    if (!text) return;
    // A break at the end of a block with text is the end of that block.
    if (block && own !== block && broken !== block) breaks += "\n";
    before += breaks + text;
    breaks = "";
    broken = null;
    block = own;
  };
  const visit = (one: Node): void => {
    reached ||= one === stop;
    const name = (one as Element).localName ?? "";
    const isText = one.nodeType === 3;
    const own = isText || name === "br" || OPAQUE.test(name) ? blockOf(one, root) : caretBlock;
    lineEnded ||= reached && (own !== caretBlock || name === "br");
    if (isText) {
      const { data } = one as Text;
      const length = one === node ? offset : data.length;
      put(data.slice(0, length), own);
      reached ||= one === node;
      put(data.slice(length), own);
    } else if (name === "br") {
      if (reached) return;
      breaks += "\n";
      broken = own;
    } else if (name === "blockquote" && !reached && !one.contains(node)) {
      block &&= one as Element; // what another person wrote, between two lines of the writer
    } else if (OPAQUE.test(name)) {
      if (reached) put("\ufffc", own);
    } else {
      for (let child = one.firstChild; child && !below; child = child.nextSibling) visit(child);
      reached ||= one === node && !stop;
    }
  };
  visit(root);
  // A caret in a block of its own stands on a new line; behind the last block, it stands at the end of that.
  const own = block && caretBlock !== block && broken !== block && (stop || caretBlock !== node);
  return { before: before.replace(/\u00a0/g, " ") + breaks + (own ? "\n" : ""), line, below };
}
