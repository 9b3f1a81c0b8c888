"""Other choices: turning through the candidates that came with a suggestion, in a real browser."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import open_editor, open_page
from tests.browser.editors import EDITORS, Editor
from tests.browser.literal import attach, draft, open_letter
from tests.browser.scripted import ScriptedService, always, suggest, when

FIRST, SECOND, THIRD = " meet on Friday", " call you", " move on"
IN_VIEW = """() => {
  const mark = probe.markElement();
  const { left, top, right, bottom } = mark.getBoundingClientRect();
  const { innerWidth, innerHeight } = mark.ownerDocument.defaultView;
  return left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight && right - left > 10;
}"""
MIDDLE_OF_THE_MARK = """() => {
  const mark = probe.markElement();
  const { left, top, width, height } = mark.getBoundingClientRect();
  const frame = mark.ownerDocument.defaultView.frameElement?.getBoundingClientRect() ?? { left: 0, top: 0 };
  return { x: frame.left + left + width / 2, y: frame.top + top + height / 2 };
}"""


@pytest.fixture(scope="module")
def phone(browser: Browser) -> Iterator[Page]:
    with open_page(browser, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800}) as page:
        yield page


def begin(editor: Editor, service: ScriptedService) -> None:
    """See the first of three choices."""
    service.answer = when("Can we", suggest(FIRST, SECOND, THIRD))
    editor.start("Can w")
    editor.type("e")
    editor.see(FIRST)


def test_keys_turn_through_the_choices_without_a_request(editor: Editor, service: ScriptedService) -> None:
    begin(editor, service)
    assert editor.mark == ""
    asked = len(service.requests)
    for key, ghost, mark in [
        ("Alt+]", SECOND, "2/3"),
        ("Alt+]", THIRD, "3/3"),
        ("Alt+]", FIRST, "1/3"),
        ("Alt+[", THIRD, "3/3"),
        ("Alt+ArrowDown", FIRST, "1/3"),
        ("Alt+ArrowUp", THIRD, "3/3"),
    ]:
        editor.press(key)
        assert (editor.ghost, editor.mark) == (ghost, mark)
        assert editor.evaluate(IN_VIEW)
    assert len(service.requests) == asked
    assert editor.text == "Can we"
    assert "3/3" not in editor.outgoing


def test_what_is_chosen_is_taken_and_one_undo_takes_it_back(editor: Editor, service: ScriptedService) -> None:
    begin(editor, service)
    editor.press("Alt+]")
    editor.see(SECOND)
    editor.press("Tab")
    editor.settle()
    assert editor.text == "Can we call you"
    editor.press("Control+z")
    editor.settle()
    assert editor.text == "Can we"


def test_what_is_chosen_may_be_typed_through(editor: Editor, service: ScriptedService) -> None:
    begin(editor, service)
    editor.press("Alt+[")
    editor.type(" mov")
    assert editor.ghost == "e on"
    assert editor.mark == ""  # the others do not go on from here
    editor.press("Alt+]")
    assert editor.ghost == "e on"


@pytest.mark.parametrize("name", ["textarea", "editable", "prosemirror", "codemirror"])
def test_the_rank_is_told(page: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(page, service, name, "?telemetry")
    begin(editor, service)
    editor.press("Alt+]")
    editor.press("Alt+]")
    assert editor.evaluate("playground.handle.suggestion.rank") == 2
    assert editor.evaluate("playground.handle.suggestion.choices") == 3
    editor.see(THIRD)
    editor.press("Tab")
    editor.settle()
    editor.evaluate("playground.handle.detach()")
    told = service.told(2)
    assert told["accepted"]["rank"] == 2
    assert told["accepted"]["characters"] == len(THIRD)


@pytest.mark.parametrize("name", ["textarea", "prosemirror"])
def test_each_choice_is_read_with_its_place(page: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(page, service, name)
    begin(editor, service)
    editor.press("Alt+]")
    assert editor.hear() == "Suggestion 2 of 3: call you. Press Tab to accept."
    editor.press("Alt+[")
    editor.evaluate("probe.until(() => probe.announced().startsWith('Suggestion: meet'), 'announcement')")


@pytest.mark.parametrize("name", ["textarea", "editable", "prosemirror"])
def test_a_choice_must_have_been_seen_to_be_taken(page: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(page, service, name)
    begin(editor, service)
    editor.evaluate("playground.handle.update({ minVisibleMs: 60_000 })")
    begin(editor, service)
    editor.press("Alt+]", "Control+ArrowRight")
    assert editor.text == "Can we"


def test_the_keys_are_the_pages_own_where_there_is_no_other(page: Page, service: ScriptedService) -> None:
    letter = open_letter(page, service)
    attach(letter, "#body")
    page.evaluate("""() => {
      window.left = [];
      addEventListener("keydown", (event) => event.defaultPrevented || left.push(event.key));
    }""")
    letter.type("Can we")
    letter.see()
    page.evaluate("left.length = 0")
    letter.press("Alt+]", "Alt+ArrowDown")
    assert page.evaluate("left") == ["Alt", "]", "Alt", "ArrowDown"]
    assert letter.ghost != ""


def test_the_keys_may_be_others(page: Page, service: ScriptedService) -> None:
    letter = open_letter(page, service)
    service.answer = always(suggest(FIRST, SECOND))
    attach(letter, "#body", '{ keys: { next: "Control+j", previous: null } }')
    letter.type("Can we")
    letter.see(FIRST)
    letter.press("Alt+]", "Alt+[")
    assert letter.ghost == FIRST
    letter.press("Control+j")
    assert letter.ghost == SECOND
    assert draft(letter) == "Can we"


def test_a_layout_that_writes_something_else_with_alt_has_the_key_at_its_place(
    page: Page, service: ScriptedService
) -> None:
    """A Mac writes a quotation mark with Option and the bracket."""
    letter = open_letter(page, service)
    service.answer = always(suggest(FIRST, SECOND))
    attach(letter, "#body")
    letter.type("Can we")
    letter.see(FIRST)
    page.evaluate("""() => {
      const given = { key: "\\u2018", code: "BracketRight", altKey: true, modifierAlt: true };
      const key = new KeyboardEvent("keydown", { ...given, bubbles: true, cancelable: true });
      document.getElementById("body").dispatchEvent(key);
    }""")
    assert letter.ghost == SECOND


def test_a_choice_that_corrects_stands_among_the_others(page: Page, service: ScriptedService) -> None:
    editor = open_editor(page, service, "textarea", "?edits")
    service.answer = when("I recie", suggest(" for now", {"text": "eived", "replace": 2}))
    editor.start("I rec")
    editor.type("ie")
    editor.see(" for now")
    editor.press("Alt+]")
    editor.see(" → received")
    editor.press("Tab")
    assert editor.text == "I received"


@pytest.mark.parametrize("name", EDITORS)
def test_a_finger_turns_by_the_mark(phone: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(phone, service, name)
    begin(editor, service)
    assert editor.mark == "1/3"
    phone.touchscreen.tap(**phone.evaluate(MIDDLE_OF_THE_MARK))
    editor.see(SECOND)
    assert editor.mark == "2/3"
    assert editor.text == "Can we"


def test_the_mark_is_seen_where_the_line_is_full(page: Page, service: ScriptedService) -> None:
    letter = open_letter(page, service)
    page.evaluate("() => { document.querySelector('#body').style.cssText = 'width: 120px; height: 120px'; }")
    service.answer = when("Can we", suggest(" meet on", " call all"))
    attach(letter, "#body")
    letter.type("Can we")
    letter.see()
    letter.press("Alt+]")
    inside = """() => {
      const mark = probe.markElement().getBoundingClientRect();
      const field = document.querySelector("#body").getBoundingClientRect();
      return mark.left >= field.left && mark.right <= field.right && mark.bottom <= field.bottom;
    }"""
    assert letter.mark == "2/2"
    assert page.evaluate(inside)
