"""Outcomes after a suggestion was taken: undone, or deleted and typed otherwise. Whose they are is told."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import open_editor
from tests.browser.editors import EDITORS, Editor
from tests.browser.scripted import ScriptedService, always, suggest, when

UNNOTICED = ("tinymce", "squire", "quill", "trix")
"""Editors that put the caret elsewhere for a while when they undo."""
TELLING = [name for name in EDITORS if name not in UNNOTICED]


def take(editor: Editor, service: ScriptedService) -> None:
    """Take a suggestion of two words."""
    service.answer = when("Can we", suggest(" meet Ben"))
    editor.start("Can w")
    editor.type("e")
    editor.see(" meet Ben")
    editor.press("Tab")
    editor.settle()
    assert editor.text == "Can we meet Ben"
    service.answer = always(suggest())


@pytest.mark.parametrize("name", TELLING)
def test_an_undo_is_told(page: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(page, service, name, "?telemetry&user=u-19")
    take(editor, service)
    editor.press("Control+z")
    editor.settle()
    assert editor.text == "Can we"
    editor.evaluate("playground.handle.detach()")
    told = service.told(3)
    assert told["undone"] == {"type": "undone", "id": "sg_1", "characters": 9, "user_id": "u-19"}
    assert {event["user_id"] for event in service.events} == {"u-19"}


@pytest.mark.parametrize("name", ["textarea", "editable", "prosemirror", "codemirror", "lexical"])
def test_other_words_in_its_place_are_told(page: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(page, service, name, "?telemetry")
    take(editor, service)
    editor.press(*["Backspace"] * 3)
    editor.type("Ada")
    editor.settle()
    assert editor.text == "Can we meet Ada"
    editor.evaluate("playground.handle.detach()")
    told = service.told(3)
    assert told["retyped"] == {"type": "retyped", "id": "sg_1", "characters": 3}


@pytest.mark.parametrize("name", ["textarea", "editable", "prosemirror"])
def test_what_is_typed_elsewhere_is_not_told(page: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(page, service, name, "?telemetry")
    take(editor, service)
    editor.type(". Or")
    editor.press("Home")
    editor.type("x")
    editor.settle()
    editor.evaluate("playground.handle.detach()")
    assert set(service.told(2)) == {"shown", "accepted"}
