"""An editor of the playground as a test sees it: what the writer does and what the screen shows."""

from abc import ABC, abstractmethod
from typing import Any

from playwright.sync_api import Page

MIN_VISIBLE_MS = 80
EDITORS = (
    "textarea",
    "editable",
    "prosemirror",
    "tiptap",
    "codemirror",
    "lexical",
    "tinymce",
    "squire",
    "ckeditor",
    "quill",
    "trix",
    "slate",
)

# In every page before its own scripts; `probe` sees through shadow roots and frames, as eyes do.
PROBE = """
window.probe = {
  documents() {
    const frames = [...document.querySelectorAll("iframe")].map((frame) => frame.contentDocument);
    return [document, ...frames].filter(Boolean);
  },
  roots() {
    const within = (root) => [
      root,
      ...[...root.querySelectorAll(":not(ink-ghost, ink-announcer)")]
        .filter((one) => one.shadowRoot !== null)
        .flatMap((one) => within(one.shadowRoot)),
    ];
    return this.documents().flatMap(within);
  },
  ghostElement() {
    for (const root of this.roots()) {
      for (const host of root.querySelectorAll("ink-ghost")) {
        const ghost = host.shadowRoot.querySelector(".ghost");
        if (ghost.checkVisibility()) return ghost;
      }
      const inline = root.querySelector(".inkling-ghost");
      if (inline !== null) return inline;
    }
    return null;
  },
  ghost() {
    return this.ghostElement()?.textContent ?? "";
  },
  markElement() {
    const ghost = this.ghostElement();
    const root = ghost?.getRootNode();
    const over = root?.host?.localName === "ink-ghost";
    const mark = over ? root.querySelector(".mark") : ghost?.shadowRoot?.querySelector("span");
    return mark?.checkVisibility() ? mark : null;
  },
  mark() {
    return this.markElement()?.textContent ?? "";
  },
  announced() {
    for (const root of this.roots()) {
      for (const host of root.querySelectorAll("ink-announcer")) {
        const text = host.shadowRoot.querySelector("[aria-live]").textContent;
        if (text !== "") return text;
      }
    }
    return "";
  },
  words(nodes, from, to) {
    const text = nodes.map((node) => node.data).join("");
    const range = (nodes[0] ?? document).ownerDocument.createRange();
    const place = (index, end) => {
      for (const node of nodes) {
        if (end ? index <= node.length : index < node.length) return [node, index];
        index -= node.length;
      }
      return [nodes[nodes.length - 1], nodes[nodes.length - 1].length];
    };
    return [...text.slice(from, to).matchAll(/\\S+/g)].map((word) => {
      range.setStart(...place(from + word.index, false));
      range.setEnd(...place(from + word.index + word[0].length, true));
      return [...range.getClientRects()].map(({ left, top, right, bottom }) => [left, top, right, bottom]);
    });
  },
  textNodes(root) {
    const walker = root.ownerDocument.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    const nodes = [];
    while (walker.nextNode()) {
      const node = walker.currentNode;
      if (node.parentElement.closest(".inkling-ghost") === null) nodes.push(node);
    }
    return nodes;
  },
  ghostWords() {
    return this.words([...this.ghostElement().childNodes], 0, Infinity);
  },
  root() {
    for (const page of this.documents()) {
      const root = page.querySelector('[contenteditable=true], [contenteditable=""], body[contenteditable]');
      if (root !== null) return root;
    }
    return null;
  },
  lastWords(root, length) {
    const nodes = this.textNodes(root);
    const all = nodes.reduce((sum, node) => sum + node.length, 0);
    return this.words(nodes, all - length, all);
  },
  frame: () => new Promise(requestAnimationFrame),
  async until(condition, what) {
    const deadline = performance.now() + 30_000;
    while (!condition()) {
      if (performance.now() > deadline) throw new Error(`no ${what}; the ghost is "${this.ghost()}"`);
      await this.frame();
    }
    await this.frame();
    await this.frame();
  },
  async see(expected, quiet) {
    const seen = () => (expected === null ? this.ghost() !== "" : this.ghost() === expected);
    await this.until(seen, `ghost "${expected}"`);
    await new Promise((done) => setTimeout(done, quiet));
    return this.ghost();
  },
  settled(open) {
    return this.until(() => window.unsettled === open, "silence");
  },
  heard() {
    return this.until(() => this.announced() !== "", "announcement");
  },
};
"""

Words = list[list[list[float]]]
"""For each word, left, top, right and bottom of each of its parts, in CSS pixels of its window."""


class Writing(ABC):
    """One open page of the playground, in whatever browser."""

    @abstractmethod
    def evaluate(self, source: str, argument: Any = None) -> Any:
        """The value of an expression, of a function called with `argument`, or of its promise."""

    @abstractmethod
    def type(self, text: str, delay: float = 0) -> None:
        """Type key by key at the caret, `delay` milliseconds apart, without waiting for answers."""

    @abstractmethod
    def press(self, *keys: str) -> None:
        """Press one key after the other, each with modifiers before it: "Control+a"."""

    def start(self, text: str) -> None:
        """Begin with this draft, the caret behind it."""
        self.evaluate("text => playground.start(text)", text)

    @property
    def text(self) -> str:
        """What the writer has written."""
        return str(self.evaluate("playground.text()"))

    @property
    def outgoing(self) -> str:
        """What would be sent."""
        return str(self.evaluate("playground.outgoing()"))

    @property
    def ghost(self) -> str:
        """The grey text on the screen, "" when there is none."""
        return str(self.evaluate("probe.ghost()"))

    @property
    def mark(self) -> str:
        """Which of how many choices the screen says is shown, "" when it does not say."""
        return str(self.evaluate("probe.mark()"))

    @property
    def announcement(self) -> str:
        return str(self.evaluate("probe.announced()"))

    def see(self, ghost: str | None = None) -> str:
        """Wait until exactly `ghost`, or any, is painted, for long enough that Tab may take it."""
        return str(self.evaluate("([text, quiet]) => probe.see(text, quiet)", [ghost, MIN_VISIBLE_MS + 20]))

    def settle(self, still_open: int = 0) -> None:
        """Wait until all questions but `still_open` are answered and the page has drawn what came of it."""
        self.evaluate("open => probe.settled(open)", still_open)

    def hear(self) -> str:
        """Wait for what a screen reader announces."""
        self.evaluate("probe.heard()")
        return self.announcement

    def ghost_words(self) -> Words:
        words: Words = self.evaluate("probe.ghostWords()")
        return words


class Editor(Writing):
    """A page in Chromium, as Playwright drives it."""

    def __init__(self, page: Page, name: str) -> None:
        self.page, self.name = page, name
        self.devtools = page.context.new_cdp_session(page)

    def evaluate(self, source: str, argument: Any = None) -> Any:
        return self.page.evaluate(source, argument)

    def type(self, text: str, delay: float = 0) -> None:
        self.page.keyboard.type(text, delay=delay)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def pause(self, milliseconds: float) -> None:
        """Let the writer rest: for what must not happen in that time."""
        self.page.wait_for_timeout(milliseconds)

    def last_words(self, length: int) -> Words:
        """Where the words within the draft's last `length` characters stand."""
        if self.name != "textarea":
            words: Words = self.page.evaluate("length => probe.lastWords(probe.root(), length)", length)
            return words
        root = self.devtools.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"]
        field = next(node for node in _nodes(root) if "writingsuggestions" in node.get("attributes", []))
        # The text is in the last element of the field's own shadow tree.
        inner = [node for node in _nodes(field) if node["nodeName"] == "DIV"][-1]
        resolved = self.devtools.send("DOM.resolveNode", {"nodeId": inner["nodeId"]})
        answer = self.devtools.send(
            "Runtime.callFunctionOn",
            {
                "objectId": resolved["object"]["objectId"],
                "functionDeclaration": "function (length) { return probe.lastWords(this, length); }",
                "arguments": [{"value": length}],
                "returnByValue": True,
            },
        )
        found: Words = answer["result"]["value"]
        return found


def _nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    children = [*node.get("children", []), *node.get("shadowRoots", []), *node.get("pseudoElements", [])]
    if "contentDocument" in node:
        children.append(node["contentDocument"])
    return [node, *(below for child in children for below in _nodes(child))]
