"""Corrections: how they are shown, taken, undone and told. Most tests run over all editors."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import open_editor
from tests.browser.editors import EDITORS, Editor
from tests.browser.scripted import ScriptedService, always, suggest, when

SHOWN = " → received your letter"


@pytest.fixture(params=EDITORS)
def mending(request: pytest.FixtureRequest, page: Page, service: ScriptedService) -> Editor:
    """Each editor in turn, with corrections switched on."""
    return open_editor(page, service, request.param, "?edits&telemetry")


def begin(editor: Editor, service: ScriptedService, before: str = "I ") -> None:
    """See the correction of a word that is begun wrongly."""
    service.answer = when(f"{before}recie", suggest("eived your letter", replace=2))
    editor.start(f"{before}rec")
    editor.type("ie")
    editor.see(SHOWN)


def test_tab_takes_it_and_one_undo_gives_back_what_was_typed(
    mending: Editor, service: ScriptedService
) -> None:
    begin(mending, service)
    assert mending.text == "I recie"
    mending.press("Tab")
    mending.settle()
    assert mending.text == "I received your letter"
    mending.press("Control+z")
    mending.settle()
    assert mending.text == "I recie"
    mending.type("d")
    mending.settle()
    assert mending.text == "I recied"


def test_it_is_in_no_draft_before(mending: Editor, service: ScriptedService, page: Page) -> None:
    begin(mending, service)
    assert "received" not in mending.outgoing
    page.keyboard.press("Control+a")
    copied = page.evaluate("probe.documents().map((page) => page.getSelection().toString()).join('')")
    assert "received" not in copied


def test_it_is_not_typed_through(mending: Editor, service: ScriptedService) -> None:
    begin(mending, service)
    mending.type("v")
    assert mending.ghost == ""
    assert mending.text == "I reciev"
    service.asked_about("I reciev")
    mending.evaluate("playground.handle.detach()")
    told = service.told(2)
    assert told["dismissed"]["reason"] == "mismatch"


def test_its_word_alone_can_be_taken(mending: Editor, service: ScriptedService) -> None:
    begin(mending, service)
    mending.press("Control+ArrowRight")
    mending.settle()
    assert mending.text == "I received"
    assert mending.ghost == " your letter"
    mending.type(" yo")
    assert mending.ghost == "ur letter"
    mending.press("Tab")
    assert mending.text == "I received your letter"


def test_it_may_make_a_word_shorter(mending: Editor, service: ScriptedService) -> None:
    service.answer = when("Not untill", suggest("", replace=1))
    mending.start("Not unti")
    mending.type("ll")
    mending.see(" → until")
    mending.press("Tab")
    mending.settle()
    assert mending.text == "Not until"
    mending.press("Control+z")
    mending.settle()
    assert mending.text == "Not untill"


def test_it_is_read_as_a_correction(mending: Editor, service: ScriptedService) -> None:
    begin(mending, service)
    assert mending.hear() == "Correction: received your letter. Press Tab to accept."


def test_it_is_not_offered_again_for_a_word_that_the_writer_means(
    mending: Editor, service: ScriptedService
) -> None:
    begin(mending, service)
    service.answer = always(suggest("eived", replace=2))
    mending.press("Escape")
    mending.type("vv")
    mending.settle()
    assert mending.ghost == ""
    mending.type(" teh")
    mending.see()


@pytest.mark.parametrize("name", EDITORS)
def test_none_is_asked_for_unless_the_page_wants_them(
    page: Page, service: ScriptedService, name: str
) -> None:
    editor = open_editor(page, service, name)
    service.answer = always(suggest("eived", replace=2))
    editor.start("I rec")
    editor.type("ie")
    assert "edits" not in service.asked_about("I recie")
    editor.settle()
    assert editor.ghost == ""


def test_it_asks_for_them_where_the_page_wants_them(mending: Editor, service: ScriptedService) -> None:
    mending.start("I rec")
    mending.type("i")
    assert service.asked_about("I reci")["edits"] is True


@pytest.mark.parametrize("replace", [-1, 6, 1.5, "2", None, True])
def test_what_would_change_more_than_the_word_is_no_correction(
    page: Page, service: ScriptedService, replace: Any
) -> None:
    editor = open_editor(page, service, "textarea", "?edits")
    service.answer = always(suggest("eived", replace=replace))
    editor.start("I rec")
    editor.type("ie")
    service.asked_about("I recie")
    editor.settle()
    assert editor.ghost == ""
    assert editor.text == "I recie"


def test_a_field_that_is_nearly_full_takes_what_fits(page: Page, service: ScriptedService) -> None:
    editor = open_editor(page, service, "textarea", "?edits")
    page.evaluate("() => { document.querySelector('textarea').maxLength = 10; }")
    service.answer = when("I recie", suggest("eived your letter", replace=2))
    editor.start("I rec")
    editor.type("ie")
    editor.see(" → received")
    editor.press("Tab")
    assert editor.text == "I received"


def test_characters_are_counted_as_the_service_counts_them(page: Page, service: ScriptedService) -> None:
    """Some are two units of the browser, and one of the service."""
    editor = open_editor(page, service, "textarea", "?edits")
    service.answer = when("So \U0001d4bdx", suggest("hx", replace=2))
    editor.start("So \U0001d4bd")
    editor.type("x")
    editor.see(" → hx")
    editor.press("Tab")
    assert editor.text == "So hx"


def test_a_key_that_came_too_early_takes_nothing(page: Page, service: ScriptedService) -> None:
    editor = open_editor(page, service, "textarea", "?edits")
    editor.evaluate("playground.handle.update({ minVisibleMs: 60_000 })")
    begin(editor, service)
    editor.press("Control+ArrowRight")
    assert editor.text == "I recie"
