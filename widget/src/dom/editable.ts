/** Adapter for contenteditable elements: grey text in an overlay that begins where the unfinished word does. */

import type { Adapter } from "./adapter.js";
import { write } from "./host.js";
import { type Editing, overlaid } from "./overlaid.js";
import { blockOf, textAround } from "./rich_text.js";
import { focused } from "./watch.js";

const KEEPS_SPACES = /^(pre|break)/;

/** The text that ends at a caret, which may stand between elements; undefined where a line begins. */
function lastText(node: Node, offset: number): [Text, number] | undefined {
  if (node.nodeType === 3) return offset ? [node as Text, offset] : undefined;
  let last = node.childNodes[offset - 1];
  while (last?.lastChild) last = last.lastChild;
  return last?.nodeType === 3 ? [last as Text, (last as Text).length] : undefined;
}

/** The adapter of an editable element; without `typing`, it is told elsewhere what is typed. */
export function editableAdapter(element: HTMLElement, nonce?: string, typing?: boolean): Adapter {
  const page = element.ownerDocument;
  /** Whether there was anything below the caret's line when the draft was read. */
  let below = false;

  const selection = (): Selection => {
    const root = element.getRootNode() as ShadowRoot & { getSelection?: () => Selection };
    // Chromium reports a selection within a shadow tree only through the tree.
    return root.getSelection?.() ?? (page.getSelection() as Selection);
  };

  /** The caret, if there is nothing but a caret, in this element. */
  const caret = (): [Node, number] | null => {
    const { isCollapsed, anchorNode: node, anchorOffset: offset } = selection();
    const here = element.isContentEditable && isCollapsed && element.contains(node) && focused(element);
    return here ? [node as Node, offset] : null;
  };

  const editing: Editing = {
    read() {
      const at = caret();
      if (!at) return null;
      const around = textAround(element, ...at, KEEPS_SPACES.test(getComputedStyle(element).whiteSpace));
      below = around.below;
      return { before: around.before, after: around.line };
    },
    _anchor() {
      const at = caret();
      const letters = at && lastText(...at);
      if (!letters) return null;
      const range = page.createRange();
      range.setStart(letters[0], letters[1] - 1);
      range.setEnd(...letters);
      return range.getBoundingClientRect();
    },
    _lines: () => (below ? 1 : Infinity),
    _select(units) {
      const at = caret();
      const [node, offset] = (at && lastText(...at)) ?? [];
      if (!node || (offset as number) < units) return false;
      selection().setBaseAndExtent(node, (offset as number) - units, node, offset as number);
      return true;
    },
    _collapse: () => selection().collapseToEnd(),
    _closeUndoStep() {
      const at = caret();
      if (!at) return;
      selection().collapse(element, 0);
      selection().collapse(...at);
    },
    /** The ghost's lines lie over the caret's. */
    _place(overlay) {
      const at = caret();
      const letters = at && lastText(...at);
      if (!letters) return null;
      const [node, offset] = letters;
      const block = blockOf(node, element);
      const { borderWidth, padding, direction, textAlign, whiteSpace } = getComputedStyle(block);
      overlay._copyText(block, node.parentElement as Element);

      const word = /\S*$/.exec(node.data.slice(0, offset))?.[0] ?? "";
      const range = page.createRange();
      const rectOf = (from: number): DOMRect | undefined => {
        range.setStart(node, from);
        range.setEnd(node, from + 1);
        return [...range.getClientRects()].pop();
      };
      const last = rectOf(offset - 1);
      const first = word ? rectOf(offset - word.length) : undefined;
      if (!last) return null;
      // A word wider than its line is broken by the browser: then the ghost begins where the last letter ends.
      const whole = first?.top === last.top;
      const letter = whole ? first : last;
      // The line may break before the word where it does in the editor: not before the first word of a line.
      const broken = offset > word.length && rectOf(offset - word.length - 1)?.top === last.top;
      const outer = block.getBoundingClientRect();
      const inside = overlay._cover();
      const length = (pixels: number): string => `${pixels / inside._scale}px`;
      // From here on the page is changed. Reading it before saves the browser a layout for each reading.
      write(overlay._before, (!whole || broken ? "\u200b" : "") + (whole ? word : ""));
      const flow = overlay._flow.style;
      Object.assign(flow, {
        position: "absolute",
        boxSizing: "border-box",
        border: "solid transparent",
        borderWidth,
        padding,
        left: length(outer.left - inside.left),
        top: 0,
        width: length(outer.width),
        textAlign,
        textIndent: 0,
        whiteSpace: KEEPS_SPACES.test(whiteSpace) ? whiteSpace : "pre-wrap",
      });
      // The same letters stand at the same place, whatever the leading of either line is.
      range.selectNode(overlay._before);
      const painted = range.getClientRects()[0] ?? letter;
      flow.top = length(letter.bottom - painted.bottom);
      let indent = (whole ? letter.left : letter.right) - painted.left;
      if (direction === "rtl") indent = painted.right - (whole ? letter.right : letter.left);
      flow.textIndent = length(indent);
      return inside;
    },
  };
  return overlaid(element, editing, nonce, typing);
}
