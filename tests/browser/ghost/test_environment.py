"""Suggestions stand in their field, wherever the field is in a page."""

import threading
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.editors import Editor
from tests.browser.literal import LINE, REST, attach, draft, open_html, stands_behind_the_caret
from tests.browser.scripted import Continuation, Reply, ScriptedService, suggest

FIELDS = {
    "textarea": "() => { window.field = make('textarea', { rows: 3, cols: 50 }); }",
    "editable": """() => {
      window.field = make('div', { contenteditable: '' });
      field.style.cssText = 'width: 400px; min-height: 60px; border: 1px solid; padding: 5px';
    }""",
}
# Each puts `field` somewhere, attaches and focuses it.
PLACES = {
    "page": "document.querySelector('main').append(field); inkling.attach(field);",
    "shadow root": """
      const host = document.querySelector('main').appendChild(make('section'));
      host.attachShadow({ mode: 'open' }).append(field);
      inkling.attach(field);
    """,
    "nested shadow root": """
      const host = document.querySelector('main').appendChild(make('section'));
      const inner = host.attachShadow({ mode: 'open' }).appendChild(make('section'));
      inner.attachShadow({ mode: 'open' }).append(field);
      inkling.attach(field);
    """,
    "modal dialog": """
      const dialog = document.querySelector('main').appendChild(make('dialog'));
      dialog.append(field);
      inkling.attach(field);
      dialog.showModal();
    """,
    "frame": """
      const frame = document.querySelector('main').appendChild(make('iframe'));
      frame.style.cssText = 'width: 600px; height: 200px; margin: 50px';
      frame.contentDocument.body.append(field);
      inkling.attach(field);
      frame.contentWindow.focus();
    """,
    "fixed": """
      document.body.style.height = '3000px';
      const bar = document.querySelector('main').appendChild(make('section'));
      bar.style.cssText = 'position: fixed; right: 20px; bottom: 20px; z-index: 9';
      bar.append(field);
      inkling.attach(field);
      scrollTo(0, 500);
    """,
    "scrolled container": """
      const pane = document.querySelector('main').appendChild(make('section'));
      pane.style.cssText = 'height: 300px; overflow: auto';
      const above = pane.appendChild(make('p'));
      const below = make('p');
      above.style.height = below.style.height = '1000px';
      pane.append(field, below);
      inkling.attach(field);
      pane.scrollTop = 900;
    """,
    "positioned container": """
      const pane = document.querySelector('main').appendChild(make('section'));
      pane.style.cssText = 'position: relative; left: 40px; margin: 30px; border: 3px solid; padding: 7px';
      pane.append(field);
      inkling.attach(field);
    """,
    "hidden when attached": """
      field.style.display = 'none';
      document.querySelector('main').append(field);
      inkling.attach(field);
      field.style.display = '';
    """,
    "moved after it was attached": """
      const from = document.querySelector('main').appendChild(make('section'));
      from.append(field);
      inkling.attach(field);
      const to = document.querySelector('main').appendChild(make('dialog'));
      to.append(field);
      from.remove();
      to.showModal();
    """,
    "moved out of what is hidden": """
      const from = document.querySelector('main').appendChild(make('section'));
      from.append(field);
      inkling.attach(field);
      document.querySelector('main').append(field);
      from.style.display = 'none';
    """,
}
# Where rich text reads its caret, or stands, in a way of its own.
OF_ITS_OWN = ("shadow root", "frame", "scrolled container", "moved after it was attached")


@pytest.fixture
def letter(page: Page, service: ScriptedService) -> Editor:
    return open_html(page, service, "")


def put(letter: Editor, field: str, place: str) -> None:
    letter.page.evaluate(FIELDS[field])
    letter.page.evaluate(f"() => {{ {PLACES[place]} field.focus(); }}")


@pytest.mark.parametrize(
    ("place", "field"),
    [*[(place, "textarea") for place in PLACES], *[(place, "editable") for place in OF_ITS_OWN]],
)
def test_suggestions_stand_wherever_the_field_does(
    letter: Editor, service: ScriptedService, field: str, place: str
) -> None:
    service.answer = Continuation(LINE)
    put(letter, field, place)
    letter.type("Can we")
    letter.see(REST)
    stands_behind_the_caret(letter, "field")
    letter.press("Tab")
    assert letter.page.evaluate("draftOf(field)") == LINE
    assert letter.ghost == ""


@pytest.mark.parametrize(
    ("place", "within"),
    [("moved after it was attached", "field.parentNode"), ("frame", "frame().documentElement")],
)
def test_what_is_read_aloud_is_where_a_screen_reader_listens(
    letter: Editor, service: ScriptedService, place: str, within: str
) -> None:
    """Nothing outside a modal dialog is read."""
    service.answer = Continuation(LINE)
    put(letter, "textarea", place)
    letter.type("Can we")
    assert "meet on Friday?" in letter.hear()
    within = within.replace("frame()", "document.querySelector('iframe').contentDocument")
    assert letter.page.evaluate(
        "probe.roots().flatMap((root) => [...root.querySelectorAll('ink-announcer')])"
        f".map((one) => one.parentNode === {within})"
    ) == [True]


def test_a_field_that_is_removed_takes_its_ghost_along(letter: Editor, service: ScriptedService) -> None:
    service.answer = Continuation(LINE)
    put(letter, "textarea", "page")
    letter.type("Can we")
    letter.see(REST)
    letter.page.evaluate("field.remove()")
    assert letter.ghost == ""


def test_two_fields_have_a_session_each(page: Page, service: ScriptedService) -> None:
    service.answer = Continuation(LINE)
    letter = open_html(page, service, "<textarea id=one></textarea><div id=two contenteditable></div>")
    attach(letter, "#one")
    attach(letter, "#two")
    page.focus("#one")
    letter.type("Can we")
    letter.see(REST)
    page.focus("#two")
    assert letter.ghost == ""
    letter.type("Can we meet")
    letter.see(" on Friday?")
    assert page.evaluate("probe.ghostElement().getBoundingClientRect().top > two.offsetTop - 10")
    assert service.prefixes.count("C") == 2, "the second asks itself, whatever the first was answered"
    assert len({request["session_id"] for request in service.requests}) == 2
    letter.press("Tab")
    assert draft(letter, "#one") == "Can we"
    assert draft(letter, "#two") == LINE


def test_a_field_left_behind_shows_nothing_when_its_answer_comes(
    page: Page, service: ScriptedService
) -> None:
    letter = open_html(page, service, "<textarea id=one></textarea><textarea id=two></textarea>")
    left = threading.Event()

    def late(_: dict[str, Any]) -> Reply:
        assert left.wait(5)
        return suggest(" and more")

    service.answer = late
    attach(letter, "#one")
    attach(letter, "#two")
    page.focus("#one")
    letter.type("C")
    service.asked_about("C")
    page.focus("#two")
    left.set()
    letter.settle()
    letter.pause(50)
    assert letter.ghost == ""
