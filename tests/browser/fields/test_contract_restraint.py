"""The cases in which no editor may ask, show or take. Each test runs over all editors, in a real browser."""

import pytest
from playwright.sync_api import Page

from tests.browser.editors import Editor
from tests.browser.scripted import ScriptedService, always, suggest
from tests.browser.suggesting import begin


@pytest.mark.parametrize("keys", [["Backspace"], ["Control+z"], ["ArrowLeft"], ["Home"], ["Control+a"]])
def test_only_typing_asks(editor: Editor, service: ScriptedService, keys: list[str]) -> None:
    begin(editor, service)
    asked = len(service.requests)
    editor.press(*keys)
    editor.pause(100)
    assert editor.ghost == ""
    assert len(service.requests) == asked


def test_pasting_hides_and_asks_nothing(editor: Editor, service: ScriptedService, page: Page) -> None:
    begin(editor, service)
    asked = len(service.requests)
    editor.devtools.send("Input.insertText", {"text": " "})  # one more letter that is not what was proposed
    editor.settle()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('pasted')")
    asked = len(service.requests)
    editor.press("Control+v")
    editor.pause(100)
    assert editor.text.endswith("pasted")
    assert editor.ghost == ""
    assert len(service.requests) == asked


def test_escape_hides_and_lets_tab_leave(editor: Editor, service: ScriptedService) -> None:
    begin(editor, service)
    editor.press("Escape")
    assert editor.ghost == ""
    editor.type(" x")
    editor.settle()
    service.answer = always(suggest(" and more"))
    editor.type("y")
    editor.see(" and more")
    editor.press("Tab")
    assert "and more" not in editor.text


def test_a_modified_tab_is_never_taken(editor: Editor, service: ScriptedService) -> None:
    begin(editor, service)
    editor.press("Shift+Tab")
    assert "Friday" not in editor.text


def test_leaving_the_editor_hides_and_takes_nothing(
    editor: Editor, service: ScriptedService, page: Page
) -> None:
    begin(editor, service)
    page.mouse.click(5, 5)
    page.evaluate("document.activeElement?.blur()")
    editor.pause(50)
    assert editor.ghost == ""
    assert editor.text == "Can we"


def test_no_ghost_before_other_text_of_the_line(editor: Editor, service: ScriptedService) -> None:
    service.answer = always(suggest(" and more"))
    editor.start("Can we meet")
    editor.press("ArrowLeft", "ArrowLeft")
    editor.type("x")
    editor.pause(100)
    assert editor.ghost == ""
    assert service.requests == []


def test_hands_off_while_composing(editor: Editor, service: ScriptedService) -> None:
    service.answer = always(suggest("です。"))
    editor.start("")
    editor.type("A")
    editor.see("です。")
    editor.devtools.send("Input.imeSetComposition", {"text": "に", "selectionStart": 1, "selectionEnd": 1})
    assert editor.ghost == ""
    asked = len(service.requests)
    editor.devtools.send("Input.imeSetComposition", {"text": "にほ", "selectionStart": 2, "selectionEnd": 2})
    editor.pause(300)
    assert editor.ghost == ""
    assert len(service.requests) == asked
    editor.devtools.send("Input.insertText", {"text": "日本"})
    editor.see("です。")
    assert editor.text == "A日本"
    assert service.prefixes[-1] == "A日本"
