"""What the widget costs the page: nothing is left of a thousand handles, and a key takes little time."""

from statistics import median
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from benchmarks.widget import OWN_WORK, own_work
from tests.browser.conftest import open_editor, open_page
from tests.browser.editors import Editor
from tests.browser.literal import open_html
from tests.browser.scripted import ScriptedService

pytestmark = pytest.mark.slow

TIMES = 1000
# Handles come and go, every tenth with a suggestion that is still grey when it goes.
ATTACH_AND_DETACH = """
async ([target, times]) => {
  const complete = () => " and more";
  for (let time = 0; time < times; time += 1) {
    if (target === "element") {
      const element = make("ink-compose", { for: "body" });
      document.querySelector("main").append(element);
      element.remove();
      continue;
    }
    const field = document.querySelector(target);
    const handle = inkling.attach(field, { complete });
    if (time % 10 === 0) {
      field.value = field.textContent = "";
      field.focus();
      document.execCommand("insertText", false, "a");
      await probe.frame();
      if (handle.suggestion === null) throw new Error("nothing is grey");
    }
    handle.detach();
  }
}
"""


def held(editor: Editor) -> dict[str, int]:
    """What the page holds at rest: the browser lets go of listeners and nodes a moment late."""
    least = measured(editor)
    for _ in range(6):
        editor.page.wait_for_timeout(100)
        least = {name: min(count, least[name]) for name, count in measured(editor).items()}
    return least


def measured(editor: Editor) -> dict[str, int]:
    for _ in range(3):
        editor.devtools.send("HeapProfiler.collectGarbage")
    counters: dict[str, int] = editor.devtools.send("Memory.getDOMCounters")
    heap: dict[str, Any] = editor.devtools.send("Runtime.getHeapUsage")
    return {**counters, "heap": int(heap["usedSize"])}


@pytest.mark.parametrize("target", ["textarea", "[contenteditable]", "element"])
def test_nothing_is_left_of_a_thousand_handles(page: Page, service: ScriptedService, target: str) -> None:
    body = "<textarea id=body aria-label=Message></textarea><div contenteditable aria-label=Rich></div>"
    editor = open_html(page, service, body)
    # What is kept once and for all is there after the first of them.
    page.evaluate(ATTACH_AND_DETACH, [target, 50])
    page.evaluate("() => document.querySelector('#body').value = ''")
    before = held(editor)
    page.evaluate(ATTACH_AND_DETACH, [target, TIMES])
    page.evaluate("() => document.querySelector('#body').value = ''")
    after = held(editor)
    assert after["jsEventListeners"] <= before["jsEventListeners"]
    # A handle has ten nodes; the browser keeps two for each letter that was typed, to undo it.
    assert after["nodes"] <= before["nodes"] + TIMES
    assert after["documents"] <= before["documents"]
    assert after["heap"] - before["heap"] < 150 * TIMES, (before, after)


@pytest.mark.parametrize("name", ["textarea", "editable"])
def test_own_work_at_a_key_grows_slower_than_the_draft(
    browser: Browser, service: ScriptedService, name: str
) -> None:
    """A hundred times the text is at most thirty times the work; `benchmarks.widget` has milliseconds."""
    medians = []
    for length in (500, 50_000):
        with open_page(browser) as page:
            page.add_init_script(OWN_WORK)
            open_editor(page, service, name)
            spent = own_work(page, length, 60)
            assert page.evaluate("probe.ghost()") != ""
        medians.append(median(spent))
    short, long = medians
    assert short > 0, "something was measured"
    assert long < 30 * short, medians
