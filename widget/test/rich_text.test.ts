/** The text of rich documents around a caret, in a DOM made of plain objects. */

import assert from "node:assert/strict";
import { test } from "node:test";
import { textAround } from "../src/dom/rich_text.js";

/** Enough of a DOM to be read: "<div>a|b<br></div>", with | where the caret is. */
function parse(html: string): { root: Element; node: Node; offset: number } {
  interface Made {
    nodeType: number;
    localName?: string;
    data?: string;
    childNodes: Made[];
    firstChild: Made | null;
    nextSibling: Made | null;
    parentNode: Made | null;
    contains(other: Made): boolean;
  }
  const make = (fields: Partial<Made>): Made => ({
    nodeType: 1,
    childNodes: [],
    firstChild: null,
    nextSibling: null,
    parentNode: null,
    contains(other) {
      return this === other || this.childNodes.some((child) => child.contains(other));
    },
    ...fields,
  });
  const root = make({ localName: "div" });
  let open = root;
  let caret: { node: Made; offset: number } | null = null;
  const add = (child: Made): void => {
    child.parentNode = open;
    const last = open.childNodes[open.childNodes.length - 1];
    if (last) last.nextSibling = child;
    open.firstChild ??= child;
    open.childNodes.push(child);
  };
  for (const [, tag, text] of html.matchAll(/<([^>]+)>|([^<]+)/g)) {
    if (text !== undefined) {
      const at = text.indexOf("|");
      const data = text.replace("|", "");
      if (data === "") {
        caret = { node: open, offset: open.childNodes.length };
        continue;
      }
      const node = make({ nodeType: 3, data });
      add(node);
      if (at >= 0) caret = { node, offset: at };
    } else if (tag!.startsWith("/")) open = open.parentNode!;
    else {
      const node = make({ localName: tag! });
      add(node);
      if (tag !== "br" && tag !== "img") open = node;
    }
  }
  return { root, ...caret! } as unknown as { root: Element; node: Node; offset: number };
}

/** Each ends the line before it and its own. */
const BLOCKS = (
  "address article aside blockquote caption center dd details dialog div dt fieldset figcaption figure footer form h3 header hgroup " +
  "legend li main menu nav ol p pre search section summary td tr ul"
).split(" ");

const CASES: ReadonlyArray<readonly [html: string, before: string, line: string, below: boolean]> = [
  ["plain|", "plain", "", false],
  ["one | two", "one ", " two", false],
  ["<div>a</div><div>b|</div>", "a\nb", "", false],
  ...BLOCKS.flatMap((name) => [
    [`<${name}>a</${name}>b|`, name === "blockquote" ? "b" : "a\nb", "", false] as const,
    [`a|<${name}>b</${name}>`, "a", "", true] as const,
  ]),
  ["<div>a</div><div><br></div><div>b|</div>", "a\n\nb", "", false],
  ["<div>a<br></div><div>b|</div>", "a\nb", "", false],
  ["a<br>b|", "a\nb", "", false],
  ["a<br><br>b|<br>", "a\n\nb", "", false],
  ["a<div>b|</div>c", "a\nb", "", true],
  ["<p>a</p> <p>b|</p> ", "a\nb", "", false],
  ["<p>a</p>\n<p>b|</p>\n<p>c</p>", "a\nb", "", true],
  ["<p>a <b>bold</b>| c</p>", "a bold", " c", false],
  ["<p>a\u00a0|</p>", "a ", "", false],
  ["<p>a  \n b|</p>", "a b", "", false],
  ["<ul><li>a</li><li>b|</li></ul>", "a\nb", "", false],
  // What another person wrote says nothing about how the writer goes on, unless the caret is in it.
  ["<blockquote>q</blockquote><p>a|</p>", "a", "", false],
  ["<p>a|</p><blockquote>q</blockquote>", "a", "", true],
  ["a<blockquote>q</blockquote>b|", "a\nb", "", false],
  ["<p>a</p><blockquote>q</blockquote><p>|<br></p>", "a\n", "", false],
  ["<p>a</p><blockquote><blockquote>r</blockquote>q|</blockquote>", "a\nq", "", false],
  ["<p>a|<br></p><p><br></p>", "a", "", false],
  ["<p>a|</p><p><img></p>", "a", "", true],
  ["<p>a|<img></p>", "a", "\ufffc", false],
  ["<p>a</p><style>p{}</style><p>b|</p>", "a\nb", "", false],
  ["<p>a</p><p>|</p>", "a", "", false],
  ["a<br>|", "a\n", "", false],
  ["<p>a</p><p>|<br></p>", "a\n", "", false],
  ["<p>a<br></p><p>|<br></p>", "a\n", "", false],
  ["<p>a</p><p><br></p><p>|<br></p>", "a\n\n", "", false],
  ["a<div>|<br></div>", "a\n", "", false],
  ["<p>a</p><p>|b</p>", "a\n", "b", false],
  ["<p>a</p>|", "a", "", false],
  ["<p>a\u200bb|</p>", "ab", "", false],
];

for (const [html, before, line, below] of CASES) {
  test(`text around the caret of ${JSON.stringify(html)}`, () => {
    const { root, node, offset } = parse(html);
    assert.deepEqual(textAround(root, node, offset, false), { before, line, below });
  });
}

test("white space that is shown is kept", () => {
  const { root, node, offset } = parse("<pre>a  b\n c|</pre>");
  assert.equal(textAround(root, node, offset, true).before, "a  b\n c");
});
