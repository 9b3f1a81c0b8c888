"""Quiet: pauses and eagerness, by key and by the handle, remembered by page and person."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.editors import Editor
from tests.browser.literal import REST, attach, open_letter, suggested
from tests.browser.scripted import ScriptedService

HOUR_MS = 3_600_000


@pytest.fixture
def letter(page: Page, service: ScriptedService) -> Editor:
    editor = open_letter(page, service)
    page.evaluate("localStorage.clear()")
    return editor


def again(letter: Editor, service: ScriptedService, options: str = "{}") -> None:
    """The page anew, in the same browser."""
    letter.page.goto("about:blank")
    open_letter(letter.page, service)
    attach(letter, "#body", options)


def is_quiet(letter: Editor, service: ScriptedService) -> bool:
    """Whether typing asks nothing and shows nothing."""
    before = len(service.requests)
    letter.type("Can we")
    letter.settle()
    letter.pause(100)
    return len(service.requests) == before and letter.ghost == ""


@pytest.mark.parametrize("how", ["draft", "hour", "until-resumed"])
def test_a_pause_hides_what_is_grey_and_ends_when_resumed(
    letter: Editor, service: ScriptedService, how: str
) -> None:
    suggested(letter)
    assert letter.page.evaluate("how => handle.pause(how)", how) is True
    assert letter.ghost == ""
    assert letter.page.evaluate("handle.paused") == how
    assert is_quiet(letter, service)
    letter.page.evaluate("() => { handle.resume(); document.querySelector('#body').value = 'Can w'; }")
    letter.type("e")
    letter.see(REST)
    assert letter.page.evaluate("handle.paused") is None


@pytest.mark.parametrize(("how", "lasts"), [("draft", False), ("hour", True), ("until-resumed", True)])
def test_what_is_longer_than_the_draft_is_remembered(
    letter: Editor, service: ScriptedService, how: str, lasts: bool
) -> None:
    suggested(letter)
    letter.page.evaluate("how => handle.pause(how)", how)
    again(letter, service)
    assert is_quiet(letter, service) is lasts


def test_a_pause_of_an_hour_ends_by_itself(letter: Editor) -> None:
    suggested(letter)
    letter.page.evaluate("handle.pause('hour')")
    left: float = letter.page.evaluate("JSON.parse(localStorage.getItem('inkling:')).until - Date.now()")
    assert HOUR_MS - 60_000 < left <= HOUR_MS
    letter.page.evaluate(f"() => {{ const now = Date.now(); Date.now = () => now + {HOUR_MS + 1}; }}")
    assert letter.page.evaluate("handle.paused") is None
    letter.page.evaluate("() => { document.querySelector('#body').value = 'Can w'; }")
    letter.type("e")
    letter.see(REST)


def test_it_is_remembered_by_person(letter: Editor, service: ScriptedService) -> None:
    suggested(letter, "{ user: 'u-1' }")
    letter.page.evaluate("handle.pause()")
    again(letter, service, "{ user: 'u-2' }")
    assert letter.page.evaluate("handle.paused") is None
    letter.page.evaluate("handle.update({ user: 'u-1' })")
    assert letter.page.evaluate("handle.paused") == "until-resumed"


def test_a_pause_holds_in_the_other_fields_of_the_page(letter: Editor, service: ScriptedService) -> None:
    suggested(letter)
    letter.page.evaluate("""() => {
      document.querySelector("main").append(make("textarea", { id: "other" }));
      inkling.attach(document.querySelector("#other"), {});
      handle.pause("hour");
      document.querySelector("#other").focus();
    }""")
    assert is_quiet(letter, service)


def test_a_key_pauses_for_this_draft_and_resumes(letter: Editor, service: ScriptedService) -> None:
    suggested(letter, "{ keys: { pause: 'Alt+q' } }")
    letter.page.evaluate("() => { window.told = []; handle.on('paused', (how) => told.push(how)); }")
    letter.press("Alt+q")
    assert letter.announcement == "Suggestions paused."
    assert is_quiet(letter, service)
    letter.press("Alt+q")
    assert letter.announcement == "Suggestions on."
    assert letter.page.evaluate("told") == ["draft", None]


def test_eagerness_is_remembered_and_goes_before_the_pages_own(
    letter: Editor, service: ScriptedService
) -> None:
    suggested(letter, "{ eagerness: 'eager' }")
    assert service.requests[-1]["interruption_ms"] == 100
    letter.page.evaluate("() => { handle.eagerness = 'calm'; }")
    letter.type(" m")
    assert service.asked_about("Can we ")["interruption_ms"] == 600
    again(letter, service, "{ eagerness: 'eager' }")
    assert letter.page.evaluate("handle.eagerness") == "calm"


@pytest.mark.parametrize(
    ("bounds", "paused", "eagerness"),
    [
        ("{}", "until-resumed", "eager"),
        ("{ pause: false }", None, "eager"),
        ("{ eagerness: ['calm', 'balanced'] }", "until-resumed", "balanced"),
    ],
)
def test_the_page_sets_bounds(letter: Editor, bounds: str, paused: str | None, eagerness: str) -> None:
    suggested(letter, f"{{ bounds: {bounds} }}")
    letter.page.evaluate("() => { handle.eagerness = 'eager'; handle.pause(); }")
    assert letter.page.evaluate("[handle.paused, handle.eagerness]") == [paused, eagerness]


@pytest.mark.parametrize("kept", ["null", "7", "[]", "{", '{"until": "x", "eagerness": 7, "banned": null}'])
def test_whatever_the_browser_keeps_typing_goes_on(letter: Editor, kept: Any) -> None:
    letter.page.evaluate("kept => localStorage.setItem('inkling:', kept)", kept)
    suggested(letter, "{ bounds: { eagerness: ['calm'] } }")
    assert letter.page.evaluate("handle.paused") is None


def test_nothing_is_kept_before_the_writer_chooses(letter: Editor) -> None:
    suggested(letter)
    letter.press("Tab")
    assert letter.page.evaluate("localStorage.length") == 0
