"""Phrases that a writer never wants to see again: a key bans them; they are kept here or at the service."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import open_editor
from tests.browser.editors import Editor
from tests.browser.scripted import ScriptedService, always, suggest, when

NAMES = ("textarea", "editable", "prosemirror", "codemirror", "tinymce")
KEPT = "localStorage.getItem('inkling:')"
PHRASES = "async () => [...await playground.handle.banned()]"


def open_clear(page: Page, service: ScriptedService, name: str, query: str = "") -> Editor:
    """An editor in a browser that keeps nothing yet."""
    editor = open_editor(page, service, name, query)
    page.evaluate("localStorage.clear()")
    page.reload()
    page.wait_for_selector("body[data-ready]")
    return editor


def begin(editor: Editor, service: ScriptedService) -> None:
    service.answer = when("Thank", suggest(" you for your patience.", " you all"))
    editor.start("Than")
    editor.type("k")
    editor.see(" you for your patience.")


def phrases(page: Page) -> list[str]:
    found: list[str] = page.evaluate(PHRASES)
    return found


@pytest.mark.parametrize("name", NAMES)
def test_a_key_bans_the_last_phrase_and_the_next_candidate_takes_its_place(
    page: Page, service: ScriptedService, name: str
) -> None:
    editor = open_clear(page, service, name)
    begin(editor, service)
    editor.press("Shift+Delete")
    assert editor.ghost == ""
    assert editor.text == "Thank"
    assert phrases(page) == ["you for your patience"]
    editor.start("Than")
    editor.type("k")
    editor.see(" you all")


@pytest.mark.parametrize("name", NAMES)
def test_undo_right_after_it_takes_the_ban_back(page: Page, service: ScriptedService, name: str) -> None:
    editor = open_clear(page, service, name)
    begin(editor, service)
    editor.press("Shift+Delete", "Control+z")
    editor.see(" you for your patience.")
    assert editor.text == "Thank"
    assert phrases(page) == []


def test_after_another_key_undo_is_the_editors_own(page: Page, service: ScriptedService) -> None:
    editor = open_clear(page, service, "textarea")
    begin(editor, service)
    editor.press("Shift+Delete")
    editor.type("s")
    editor.press("Control+z")
    assert editor.text != "Thanks"
    assert phrases(page) == ["you for your patience"]


@pytest.mark.parametrize("name", ["textarea", "editable", "prosemirror"])
def test_it_is_not_spelled_another_way(page: Page, service: ScriptedService, name: str) -> None:
    editor = open_clear(page, service, name)
    service.answer = when("So", suggest(" don’t worry"))
    editor.start("S")
    editor.type("o")
    editor.see(" don’t worry")
    editor.press("Shift+Delete")
    service.answer = always(suggest(" DON'T worry."))
    editor.type(" please")
    editor.settle()
    assert editor.ghost == ""
    # Half of it is written already.
    service.answer = always(suggest(" worry about it"))
    editor.type(" don't")
    editor.settle()
    assert editor.ghost == ""
    service.answer = always(suggest(" panic"))
    editor.type("!")
    editor.see(" panic")


def test_without_a_user_the_browser_keeps_it(page: Page, service: ScriptedService) -> None:
    editor = open_clear(page, service, "textarea")
    assert page.evaluate(KEPT) is None
    begin(editor, service)
    editor.press("Shift+Delete")
    assert phrases(page) == ["you for your patience"]
    page.reload()
    page.wait_for_selector("body[data-ready]")
    editor.start("Than")
    editor.type("k")
    editor.see(" you all")
    page.evaluate("playground.handle.allow('you for your patience')")
    assert phrases(page) == []
    begin(editor, service)
    assert service.forbidden == {}


def test_with_a_user_the_service_keeps_it(page: Page, service: ScriptedService) -> None:
    editor = open_clear(page, service, "textarea", "?user=u-19")
    service.forbidden["u-19"] = ["as per my last mail"]
    begin(editor, service)
    editor.press("Shift+Delete")
    assert phrases(page) == ["as per my last mail", "you for your patience"]
    assert service.forbidden["u-19"] == ["as per my last mail", "you for your patience"]
    assert page.evaluate("Object.keys(localStorage)") == []
    page.evaluate("playground.handle.allow('as per my last mail')")
    assert phrases(page) == ["you for your patience"]
    assert service.forbidden["u-19"] == ["you for your patience"]


def test_where_the_service_keeps_none_the_browser_does(page: Page, service: ScriptedService) -> None:
    service.keeps_no_phrases = True
    editor = open_clear(page, service, "textarea", "?user=u-19")
    begin(editor, service)
    editor.press("Shift+Delete")
    assert phrases(page) == ["you for your patience"]
    assert service.forbidden == {}
    assert "patience" in page.evaluate("localStorage.getItem('inkling:u-19')")


def test_a_browser_that_keeps_nothing_bans_until_the_page_is_left(
    page: Page, service: ScriptedService
) -> None:
    editor = open_clear(page, service, "textarea")
    page.evaluate("() => { Storage.prototype.setItem = () => { throw new Error('full'); }; }")
    begin(editor, service)
    editor.press("Shift+Delete")
    assert phrases(page) == ["you for your patience"]


def test_the_page_is_told_and_screen_readers_hear_it(page: Page, service: ScriptedService) -> None:
    editor = open_clear(page, service, "textarea")
    page.evaluate(
        """() => {
          window.told = [];
          document.addEventListener("inkling:banned", ({ detail }) => told.push(detail));
        }"""
    )
    begin(editor, service)
    editor.press("Shift+Delete")
    assert editor.announcement == "Not suggested any more: you for your patience. Control+Z undoes it."
    editor.press("Control+z")
    assert page.evaluate("told") == ["you for your patience", None]


def test_the_key_is_the_pages_own_where_nothing_is_grey(page: Page, service: ScriptedService) -> None:
    editor = open_clear(page, service, "textarea")
    editor.start("Thank you")
    page.evaluate(
        "() => { addEventListener('keydown', (event) => { window.prevented = event.defaultPrevented; }); }"
    )
    editor.press("Shift+Delete")
    assert page.evaluate("prevented") is False
    assert editor.text == "Thank you"
