"""Suggestions go on after Back to a page in the browser's page cache."""

import re
import shutil
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import BROWSER_ARGUMENTS
from tests.browser.editors import PROBE
from tests.browser.literal import LINE, REST, open_html
from tests.browser.scripted import Continuation, Reply, ScriptedService
from tests.programs.shipped import ROOT

GUIDE = (ROOT / "docs" / "guides" / "embed.md").read_text("utf-8")
ATTACH = "window.all = inkling.attachAll('textarea', {});"
LEAVINGS = {
    "nothing": "",
    "guide": re.findall(r"^addEventListener.*pagehide.*$", GUIDE, re.MULTILINE)[0],
    "always": "addEventListener('pagehide', () => all.detach());",
}
"""What a page does as it is left."""


@pytest.fixture(scope="module")
def keeping(browser: Browser) -> Iterator[Page]:
    """A page of a browser that keeps pages, which Playwright's own arguments forbid."""
    forbidding = ["--disable-back-forward-cache", "--hide-scrollbars"]
    path = shutil.which("chromium")
    kept = browser.browser_type.launch(
        executable_path=path, args=BROWSER_ARGUMENTS, ignore_default_args=forbidding
    )
    page = kept.new_page()
    page.add_init_script(PROBE)
    yield page
    kept.close()


@pytest.mark.parametrize("leaving", LEAVINGS)
def test_suggestions_go_on_after_back(keeping: Page, service: ScriptedService, leaving: str) -> None:
    service.answer = Continuation(LINE, asked_from=len("Can we"))
    service.pages["/other"] = Reply("<!doctype html><title>Other</title>")
    letter = open_html(keeping, service, "<textarea aria-label=Message></textarea>")
    keeping.evaluate(f"() => {{ {ATTACH} {LEAVINGS[leaving]} }}")
    keeping.evaluate("() => addEventListener('pageshow', ({ persisted }) => (window.came = persisted))")
    keeping.focus("textarea")
    letter.type("Can we")
    letter.see(REST)
    keeping.goto(f"{service.url}other")
    # Playwright's own way waits for a load that a kept page does not have.
    keeping.evaluate("() => history.back()")
    keeping.wait_for_url("**/letter", wait_until="commit")
    keeping.wait_for_function("() => window.came === true")
    keeping.focus("textarea")
    letter.press("Backspace")
    letter.type("e")
    letter.see(REST)
    letter.press("Tab")
    assert keeping.locator("textarea").input_value() == LINE
