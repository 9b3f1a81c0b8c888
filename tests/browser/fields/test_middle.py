"""Suggestions where text follows on the line: shown without moving it, taken, undone."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import open_editor
from tests.browser.editors import EDITORS, Editor
from tests.browser.literal import attach, open_html
from tests.browser.scripted import ScriptedService, always, suggest, when

# The editor is higher than its text.
ROOM = """() => {
  const field = probe.root() ?? document.querySelector("textarea");
  field.style.minHeight = "9em";
}"""
# Where the letters of the draft stand, but for the grey text.
PLACES = """() => {
  const root = probe.root();
  return root === null ? [] : probe.words(probe.textNodes(root), 0, Infinity);
}"""
APART = """() => {
  const ghost = probe.ghostElement().getBoundingClientRect();
  const root = probe.root();
  if (root === null) return true;
  const nodes = probe.textNodes(root);
  const range = root.ownerDocument.createRange();
  range.selectNodeContents(nodes[nodes.length - 1]);
  const line = range.getBoundingClientRect();
  return ghost.top >= line.bottom - 3 || ghost.bottom <= line.top + 3;
}"""


def begin(editor: Editor, service: ScriptedService) -> None:
    """See what may stand between what is written."""
    service.answer = when("Can we m", suggest("eet again"))
    editor.start(
        "Can we on Friday\nBest,\nAda\n\n" if editor.name in ("textarea", "editable") else "Can we on Friday"
    )
    if editor.name in ("textarea", "editable"):
        editor.press("Control+Home", *["ArrowRight"] * 6)
    else:
        editor.press(*["ArrowLeft"] * len(" on Friday"))
    editor.settle()
    editor.type(" m")
    editor.see("eet again")


@pytest.mark.parametrize("name", ["textarea", "editable", "prosemirror", "tiptap", "codemirror"])
def test_it_is_shown_without_moving_the_line_and_taken_and_undone(
    page: Page, service: ScriptedService, name: str
) -> None:
    editor = open_editor(page, service, name, "?middle")
    page.evaluate(ROOM)
    begin(editor, service)
    written = editor.text
    assert written.startswith("Can we m on Friday")
    assert page.evaluate(APART)
    shown = page.evaluate(PLACES)
    editor.evaluate("() => { playground.handle.enabled = false; playground.handle.enabled = true; }")
    assert editor.ghost == ""
    assert page.evaluate(PLACES) == shown, "the line stands as it does without it"
    editor.evaluate("playground.handle.trigger()")
    editor.see("eet again")
    editor.press("Tab")
    editor.settle()
    assert editor.text == written.replace(" m", " meet again", 1)
    editor.press("Control+z")
    editor.settle()
    assert editor.text == written


@pytest.mark.parametrize("name", ["textarea", "editable", "prosemirror"])
def test_what_follows_is_sent_only_where_it_is_wanted(
    page: Page, service: ScriptedService, name: str
) -> None:
    editor = open_editor(page, service, name, "?middle")
    begin(editor, service)
    assert service.asked_about("Can we m")["suffix"] == " on Friday"
    service.reset()
    other = open_editor(page, service, name)
    other.start("Can we on Friday")
    other.press(*["ArrowLeft"] * len(" on Friday"))
    other.type(" m")
    other.pause(100)
    assert service.requests == []


@pytest.mark.parametrize("name", ["textarea", "editable", "prosemirror"])
def test_it_may_be_typed_through(page: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(page, service, name, "?middle")
    page.evaluate(ROOM)
    begin(editor, service)
    editor.type("eet")
    assert editor.ghost == " again"
    assert editor.text.startswith("Can we meet on Friday")
    editor.type("s")
    assert editor.ghost == ""


@pytest.mark.parametrize("name", EDITORS)
def test_at_the_end_of_a_line_nothing_changes(page: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(page, service, name, "?middle")
    service.answer = when("Can we", suggest(" meet"))
    editor.start("Can w")
    editor.type("e")
    editor.see(" meet")
    assert "suffix" not in service.asked_about("Can we")
    editor.press("Tab")
    assert editor.text == "Can we meet"


def test_within_a_word_nothing_is_asked(page: Page, service: ScriptedService) -> None:
    editor = open_editor(page, service, "textarea", "?middle")
    editor.start("Can meet")
    editor.press(*["ArrowLeft"] * 3)
    editor.type("x")
    editor.pause(100)
    assert service.requests == []


def test_a_field_of_one_line_has_no_room_for_it(page: Page, service: ScriptedService) -> None:
    letter = open_html(page, service, "<input id=body aria-label=Subject value='Can we on Friday'>")
    service.answer = always(suggest("eet again"))
    attach(letter, "#body", "{ middle: true }")
    page.focus("#body")
    page.evaluate("document.querySelector('#body').setSelectionRange(6, 6)")
    letter.type(" m")
    service.asked_about("Can we m")
    letter.settle()
    assert letter.ghost == ""
    letter.press("Control+ArrowRight")
    assert page.evaluate("document.querySelector('#body').value") == "Can we m on Friday"


def test_it_stands_above_where_there_is_no_room_below(page: Page, service: ScriptedService) -> None:
    editor = open_editor(page, service, "textarea", "?middle")
    page.evaluate(
        "() => { document.querySelector('textarea').style.cssText = 'height: 5em; min-height: 0'; }"
    )
    service.answer = when("a\nb\nc\nCan we m", suggest("eet again"))
    editor.start("a\nb\nc\nCan we on Friday")
    editor.press(*["ArrowLeft"] * len(" on Friday"))
    editor.type(" m")
    editor.see("eet again")
    inside = """() => {
      const { top, bottom } = probe.ghostElement().getBoundingClientRect();
      const field = document.querySelector("textarea").getBoundingClientRect();
      return top >= field.top && bottom <= field.bottom;
    }"""
    assert page.evaluate(inside)
    editor.press("Tab")
    assert editor.text == "a\nb\nc\nCan we meet again on Friday"


def test_a_click_on_it_takes_it_where_it_stands_in_the_editor(page: Page, service: ScriptedService) -> None:
    editor = open_editor(page, service, "prosemirror", "?middle")
    page.evaluate(ROOM)
    begin(editor, service)
    page.mouse.click(
        *page.evaluate("""() => {
      const { left, top, width, height } = probe.ghostElement().getBoundingClientRect();
      return [left + width / 2, top + height / 2];
    }""")
    )
    assert editor.text == "Can we meet again on Friday"
