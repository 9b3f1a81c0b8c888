"""CKEditor 5 beside the contract: its menus, its modes, its end, and what it writes."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import open_editor
from tests.browser.editors import Editor
from tests.browser.scripted import Continuation, ScriptedService, always, suggest
from tests.browser.suggesting import LINE, begin

EDITOR = "document.querySelector('.ck-editor__editable').ckeditorInstance"
MENU = ".ck-mentions"


@pytest.fixture
def ckeditor(page: Page, service: ScriptedService) -> Editor:
    return open_editor(page, service, "ckeditor")


def test_a_menu_of_mentions_has_the_keys_to_itself(
    ckeditor: Editor, service: ScriptedService, page: Page
) -> None:
    begin(ckeditor, service, "Ask ", "Ask @Ada about it today")
    ckeditor.type("@")
    assert ckeditor.ghost == "", "it goes before the menu has found anything"
    page.wait_for_selector(MENU)
    asked = len(service.requests)
    ckeditor.type("A")
    ckeditor.pause(100)
    assert ckeditor.ghost == ""
    assert len(service.requests) == asked
    ckeditor.press("Tab")
    page.wait_for_selector(MENU, state="hidden")
    assert ckeditor.text.startswith("Ask @Ada")
    service.answer = always(suggest(" and more"))
    ckeditor.type("x")
    ckeditor.see(" and more")


def test_nothing_is_taken_in_read_only_mode(ckeditor: Editor, service: ScriptedService) -> None:
    begin(ckeditor, service)
    ckeditor.evaluate(f"{EDITOR}.enableReadOnlyMode('test')")
    assert ckeditor.evaluate("playground.handle.accept()") is False
    assert ckeditor.text == "Can we"
    ckeditor.press("Tab")
    assert ckeditor.ghost == ""
    ckeditor.evaluate(f"{EDITOR}.disableReadOnlyMode('test')")
    begin(ckeditor, service)


def test_the_suggestions_end_with_the_editor(ckeditor: Editor, service: ScriptedService, page: Page) -> None:
    begin(ckeditor, service)
    page.evaluate(f"{EDITOR}.destroy()")
    page.wait_for_function("() => document.querySelector('ink-ghost, ink-announcer') === null")
    assert page.evaluate("playground.handle.accept()") is False


def test_what_is_taken_goes_on_in_the_style_before_it(ckeditor: Editor, service: ScriptedService) -> None:
    ckeditor.start("")
    ckeditor.press("Control+b")
    service.answer = Continuation("Can we meet", asked_from=len("Can we"))
    ckeditor.type("Can we")
    ckeditor.see(" meet")
    ckeditor.press("Tab")
    assert ckeditor.outgoing == "<p><strong>Can we meet</strong></p>"


def test_the_mark_of_a_caret_without_text_is_not_asked_about(
    ckeditor: Editor, service: ScriptedService
) -> None:
    """Between two styles CKEditor writes characters of its own into the page."""
    service.answer = Continuation("Can we meet", asked_from=len("Can we"))
    ckeditor.start("")
    ckeditor.type("Can ")
    ckeditor.press("Control+b")
    assert ckeditor.evaluate("probe.root().textContent.includes('\\u2060')")
    ckeditor.type("we")
    ckeditor.see(" meet")
    assert service.prefixes[-1] == "Can we"
    ckeditor.press("Tab")
    assert ckeditor.outgoing == "<p>Can <strong>we meet</strong></p>"


def test_a_suggestion_of_two_lines_is_cut_to_one(ckeditor: Editor, service: ScriptedService) -> None:
    service.answer = Continuation("Can we meet?\nYours", asked_from=len("Can we"))
    ckeditor.start("")
    ckeditor.type("Can we")
    ckeditor.see(" meet?")
    ckeditor.press("Tab")
    assert ckeditor.text == "Can we meet?"


def test_a_program_that_writes_hides_it(ckeditor: Editor, service: ScriptedService) -> None:
    begin(ckeditor, service)
    asked = len(service.requests)
    ckeditor.evaluate(f"{EDITOR}.setData('<p>Can we</p>')")
    assert ckeditor.ghost == ""
    assert len(service.requests) == asked


def test_the_editor_calls_nobody(page: Page, service: ScriptedService) -> None:
    called: list[str] = []
    page.on("request", lambda request: called.append(request.url))
    begin(open_editor(page, service, "ckeditor"), service)
    assert called
    assert all(url.startswith(service.url) for url in called), called


def test_typing_after_it_is_another_step_than_it(ckeditor: Editor, service: ScriptedService) -> None:
    begin(ckeditor, service)
    ckeditor.press("Tab")
    service.answer = always(suggest())
    ckeditor.type(" Yes")
    seen = []
    for _ in range(2):
        ckeditor.press("Control+z")
        seen.append(ckeditor.text)
    assert seen == [LINE, "Can we"]
