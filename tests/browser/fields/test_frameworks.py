"""The guide's fields for React, Vue and Svelte, and TipTap 2: their own state knows what is taken."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import open_editor
from tests.browser.editors import Editor
from tests.browser.scripted import Continuation, ScriptedService

LINE = "Can we meet on Friday?"
LEFT = "document.querySelectorAll('ink-ghost, ink-announcer, [writingsuggestions]').length"


def suggested(editor: Editor, service: ScriptedService) -> None:
    service.answer = Continuation(LINE, asked_from=len("Can we"))
    editor.start("")
    editor.type("Can we")
    editor.see(" meet on Friday?")


@pytest.mark.parametrize("name", ["react", "vue", "svelte", "tiptap2"])
def test_what_is_taken_is_the_frameworks_too(page: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(page, service, name)
    suggested(editor, service)
    editor.press("Tab")
    assert editor.text == LINE
    assert LINE in editor.outgoing
    editor.press("Control+z")
    assert editor.text == "Can we"
    editor.type(" go?")
    assert editor.text == "Can we go?"


@pytest.mark.parametrize("name", ["react", "vue", "svelte"])
def test_props_count_and_nothing_stays_when_the_component_goes(
    page: Page, service: ScriptedService, name: str
) -> None:
    editor = open_editor(page, service, name)
    suggested(editor, service)
    assert service.asked_about("Can we")["context"] == {"subject": "Lunch"}
    page.evaluate("playground.subject('Dinner')")
    editor.press("Escape")
    editor.type("!")
    assert service.asked_about("Can we!")["context"] == {"subject": "Dinner"}
    page.evaluate("playground.remove()")
    page.wait_for_function(f"{LEFT} === 0")
