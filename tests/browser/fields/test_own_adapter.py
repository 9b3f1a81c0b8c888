"""The adapter that the guide shows works as it stands there (a test of the widget compares the two)."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import open_editor
from tests.browser.editors import MIN_VISIBLE_MS, Editor
from tests.browser.scripted import Continuation, ScriptedService, always, suggest

LINE = "Can we meet on Friday?"
GREY = "() => JSON.parse(getComputedStyle(document.querySelector('.plain'), '::after').content)"


@pytest.fixture
def plain(page: Page, service: ScriptedService) -> Editor:
    return open_editor(page, service, "plain")


def see(editor: Editor, ghost: str) -> None:
    """Wait until exactly this is grey, for long enough that Tab may take it."""
    editor.page.wait_for_function(f"ghost => ({GREY})() === ghost", arg=ghost)
    editor.pause(MIN_VISIBLE_MS + 20)


def begin(editor: Editor, service: ScriptedService) -> None:
    service.answer = Continuation(LINE, asked_from=len("Can we"))
    editor.start("")
    editor.type("Can we")
    see(editor, " meet on Friday?")


def test_what_is_grey_is_taken_and_taken_back_in_one_step(plain: Editor, service: ScriptedService) -> None:
    begin(plain, service)
    assert (plain.text, plain.outgoing) == ("Can we", "Can we")
    plain.press("Tab")
    assert plain.text == LINE
    service.answer = always(suggest())
    plain.press("Control+z")
    assert plain.text == "Can we"


def test_typing_through_asks_nothing(plain: Editor, service: ScriptedService) -> None:
    begin(plain, service)
    asked = len(service.requests)
    plain.type(" meet")
    see(plain, " on Friday?")
    assert len(service.requests) == asked


@pytest.mark.parametrize("key", ["Backspace", "ArrowLeft", "Escape"])
def test_it_goes_with_what_no_longer_fits(plain: Editor, service: ScriptedService, key: str) -> None:
    begin(plain, service)
    plain.press(key)
    see(plain, "")


def test_a_composition_hides_it_and_asks_when_it_is_over(plain: Editor, service: ScriptedService) -> None:
    begin(plain, service)
    service.answer = always(suggest("です。"))
    plain.devtools.send("Input.imeSetComposition", {"text": "に", "selectionStart": 1, "selectionEnd": 1})
    see(plain, "")
    plain.devtools.send("Input.insertText", {"text": "日本"})
    see(plain, "です。")
    assert service.prefixes[-1] == "Can we日本"


def test_detach_leaves_the_element_as_it_was(plain: Editor, service: ScriptedService) -> None:
    begin(plain, service)
    plain.page.evaluate("playground.handle.detach()")
    attributes = plain.page.evaluate("document.querySelector('.plain').getAttributeNames()")
    assert "data-ghost" not in attributes
    assert "writingsuggestions" not in attributes
