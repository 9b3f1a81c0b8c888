"""The compose page as a test sees it: what the writer does and what the screen shows."""

from typing import Any

from playwright.sync_api import Locator, Page

MIN_VISIBLE_MS = 80

_GHOST = """() => {
  const ghost = document.querySelector(".ghost");
  return ghost.checkVisibility() ? ghost.textContent : "";
}"""
# Playwright's own polling evaluates strings in the page, which the page's policy forbids.
_WAIT = """async ([condition, expected, quiet]) => {
  const conditions = {
    ghost: () => GHOST() === expected,
    anyGhost: () => GHOST() !== "",
    settled: () => window.unsettled === Number(expected),
    announced: () => document.querySelector("[aria-live]").textContent !== "",
    troubled: () => document.querySelector("#status").textContent !== "",
  };
  const frame = () => new Promise(requestAnimationFrame);
  const deadline = performance.now() + 5000;
  while (!conditions[condition]()) {
    if (performance.now() > deadline) throw new Error(`no ${condition}; the ghost is "${GHOST()}"`);
    await frame();
  }
  // The page counts from the frame that painted the ghost: the one after next is surely later.
  await frame();
  await frame();
  await new Promise(done => setTimeout(done, quiet));
}""".replace("GHOST()", f"({_GHOST})()")
# Positions count UTF-16 units of the text below `this`; a textarea's own editor may break lines by elements.
_RECTANGLES = """function (start, end) {
  const range = document.createRange();
  let seen = 0;
  for (const node of this.childNodes) {
    const length = node.nodeName === "BR" ? 1 : node.data.length;
    if (start >= seen && start < seen + length) range.setStart(node, start - seen);
    if (end > seen && end <= seen + length) range.setEnd(node, end - seen);
    seen += length;
  }
  return [...range.getClientRects()].map(({left, top, right, bottom}) => [left, top, right, bottom]);
}"""

# Counts the answers that the page has not yet worked through: at 0, nothing more will come.
COUNT_UNSETTLED = """
  window.unsettled = 0;
  window.asked = 0;
  const realFetch = window.fetch;
  const counted = async (work) => {
    window.unsettled += 1;
    try {
      return await work();
    } finally {
      setTimeout(() => { window.unsettled -= 1; });
    }
  };
  window.fetch = (...request) => counted(async () => {
    window.asked += 1;
    const response = await realFetch(...request);
    const readJson = response.json.bind(response);
    response.json = () => counted(readJson);
    return response;
  });
"""
# Violations of the content security policy, seen from the page's first instruction on.
RECORD_VIOLATIONS = """
  window.violations = [];
  document.addEventListener("securitypolicyviolation", (event) => {
    window.violations.push(`${event.violatedDirective}: ${event.blockedURI} ${event.sample}`);
  });
"""

Rectangle = tuple[float, ...]
"""Left, top, right and bottom, in CSS pixels of the window."""


class Composer:
    """One open compose page."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.devtools = page.context.new_cdp_session(page)

    @property
    def body(self) -> Locator:
        return self.page.get_by_label("Message", exact=True)

    @property
    def draft(self) -> str:
        return self.body.input_value()

    @property
    def ghost(self) -> str:
        """The grey text on the screen, "" when there is none."""
        return str(self.page.evaluate(_GHOST))

    @property
    def announcement(self) -> str:
        return self.page.get_by_role("status").text_content() or ""

    @property
    def focused(self) -> str:
        """The id of the element with the focus."""
        return str(self.page.evaluate("document.activeElement.id"))

    def read(self, name: str) -> str:
        """A value of the panel, or the status line."""
        return self.page.locator(f"#{name}").inner_text()

    def start_from(self, draft: str) -> None:
        """Have `draft` in the field and the caret behind it, as if it had been there when the page opened."""
        self.body.evaluate(
            "(field, draft) => { field.value = draft; field.focus();"
            " field.setSelectionRange(draft.length, draft.length); }",
            draft,
        )

    def write(self, text: str) -> None:
        """Type `text` key by key at the caret, without waiting for answers."""
        self.body.focus()
        self.page.keyboard.type(text)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.page.keyboard.press(key)

    def place_caret(self, start: int, end: int | None = None) -> None:
        self.body.evaluate(
            "(field, [start, end]) => { field.focus(); field.setSelectionRange(start, end); }",
            [start, start if end is None else end],
        )

    def see(self, ghost: str) -> None:
        """Wait until exactly `ghost` is painted, and has been for long enough that Tab may take it."""
        self._wait("ghost", ghost, MIN_VISIBLE_MS)

    def see_any(self) -> str:
        """Wait until some ghost is painted, and has been for long enough; returns it."""
        self._wait("anyGhost", "", MIN_VISIBLE_MS)
        return self.ghost

    def settle(self, still_open: int = 0) -> None:
        """Wait until all questions but `still_open` are answered and the page has drawn what came of it."""
        self._wait("settled", str(still_open))

    def hear(self) -> str:
        """Wait for what a screen reader announces."""
        self._wait("announced")
        return self.announcement

    def trouble(self) -> str:
        """Wait for the status line to tell of something wrong."""
        self._wait("troubled")
        return self.read("status")

    def _wait(self, condition: str, expected: str = "", quiet: int = 0) -> None:
        self.page.evaluate(_WAIT, [condition, expected, quiet])

    def ghost_rectangles(self) -> list[Rectangle]:
        """Left, top, right and bottom, in CSS pixels of the window, of each line of the ghost."""
        node = self.devtools.send("Runtime.evaluate", {"expression": "document.querySelector('.ghost')"})[
            "result"
        ]["objectId"]
        return self._rectangles(node, 0, len(self.ghost))

    def text_rectangles(self, start: int, end: int) -> list[Rectangle]:
        """The same of the draft's characters from `start` to `end`, asked of the browser's own editor."""
        root = self.devtools.send("DOM.getDocument", {"depth": -1, "pierce": True})["root"]
        field = next(node for node in _nodes(root) if "writingsuggestions" in node.get("attributes", []))
        # The placeholder comes first in the shadow tree, the text last.
        editor = [node for node in _nodes(field) if node["nodeName"] == "DIV"][-1]
        resolved = self.devtools.send("DOM.resolveNode", {"nodeId": editor["nodeId"]})
        return self._rectangles(resolved["object"]["objectId"], start, end)

    def _rectangles(self, node: str, start: int, end: int) -> list[Rectangle]:
        answer = self.devtools.send(
            "Runtime.callFunctionOn",
            {
                "objectId": node,
                "functionDeclaration": _RECTANGLES,
                "arguments": [{"value": start}, {"value": end}],
                "returnByValue": True,
            },
        )
        return [tuple(rectangle) for rectangle in answer["result"]["value"]]


def _nodes(node: dict[str, Any]) -> list[dict[str, Any]]:
    below = [*node.get("children", []), *node.get("shadowRoots", [])]
    return [node, *(found for child in below for found in _nodes(child))]
