"""Finds accessibility faults of a page with axe-core."""

import json
from pathlib import Path

from playwright.sync_api import Page

from tests.missing import missing

_SOURCE = Path(__file__).parents[2] / "widget" / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """axe.run().then((found) => JSON.stringify(found.violations.map(
  ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)))"""


def audit(page: Page) -> list[str]:
    """Each rule that the page as it stands breaks, and where; skips where axe-core is not installed."""
    if not _SOURCE.is_file():
        missing("axe-core is not installed: run `make playground`, which needs Node.js")
    # Through the debugger: a page's own policy lets no such script in.
    devtools = page.context.new_cdp_session(page)
    devtools.send("Runtime.evaluate", {"expression": _SOURCE.read_text("utf-8")})
    answer = devtools.send(
        "Runtime.evaluate", {"expression": _RUN, "awaitPromise": True, "returnByValue": True}
    )
    found: list[str] = json.loads(answer["result"]["value"])
    return found
