"""The handle, and the events with the same information."""

import math
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.editors import Editor
from tests.browser.literal import LINE, REST, attach, draft, focused, open_html, open_letter, suggested
from tests.browser.scripted import ScriptedService, always, refuse


@pytest.fixture
def letter(page: Page, service: ScriptedService) -> Editor:
    return open_letter(page, service)


def test_attaching_again_gives_the_same_handle(letter: Editor, service: ScriptedService) -> None:
    attach(letter, "#body", "{ user: 'u-1' }")
    field = "document.getElementById('body')"
    assert letter.page.evaluate(f"handle === inkling.attach({field}, {{ user: 'u-2' }})")
    letter.type("Can we")
    letter.see(REST)
    assert service.requests[-1]["user_id"] == "u-2"
    assert letter.page.evaluate("document.querySelectorAll('ink-ghost').length") == 1


RECORD = """(target) => {
  window.heard = { events: [], handle: [] };
  for (const name of ["suggestion", "outcome", "trouble"]) {
    target.addEventListener(`inkling:${name}`, ({ detail }) => heard.events.push([name, detail]));
    handle.on(name, (detail) => heard.handle.push([name, detail]));
  }
}"""


def test_events_tell_what_the_handle_tells(letter: Editor, service: ScriptedService) -> None:
    attach(letter, "#body")
    letter.page.evaluate(f"({RECORD})(document)")
    letter.type("Can we")
    letter.see(REST)
    letter.press("Tab")
    letter.settle()
    service.answer = always(refuse(401))
    letter.type("x")
    letter.page.evaluate("probe.until(() => heard.events.some(([name]) => name === 'trouble'), 'trouble')")
    heard: dict[str, list[Any]] = letter.page.evaluate("heard")
    assert heard["events"] == heard["handle"]
    kinds = [detail["type"] for name, detail in heard["events"] if name == "outcome"]
    assert kinds == ["shown", "accepted"]
    suggestions = [detail for name, detail in heard["events"] if name == "suggestion"]
    assert {shown["confidence"] for shown in suggestions if shown} == {0.62}
    assert REST in [shown["text"] for shown in suggestions if shown]
    assert suggestions[-1] is None
    assert heard["events"][-1] == ["trouble", {"kind": "refused", "status": 401, "pause": math.inf}]


def test_events_leave_shadow_trees(letter: Editor) -> None:
    letter.page.evaluate("""() => {
      const host = document.querySelector("main").appendChild(make("section"));
      window.field = host.attachShadow({ mode: "open" }).appendChild(make("textarea"));
      window.handle = inkling.attach(field);
      field.focus();
    }""")
    letter.page.evaluate(f"({RECORD})(document)")
    letter.type("Can we")
    letter.see(REST)
    heard = letter.page.evaluate("heard")
    assert len(heard["events"]) >= 2
    assert heard["events"] == heard["handle"]


def test_the_handle_does_what_the_keys_do(letter: Editor) -> None:
    suggested(letter)
    assert letter.page.evaluate("handle.suggestion.text") == REST
    assert letter.page.evaluate("handle.accept('word')") is True
    assert draft(letter) == "Can we meet"
    assert letter.ghost == " on Friday?"
    assert letter.page.evaluate("handle.dismiss()") is True
    assert letter.page.evaluate("handle.suggestion") is None
    assert letter.page.evaluate("handle.dismiss()") is False
    assert letter.page.evaluate("handle.accept()") is False
    letter.page.evaluate("handle.trigger()")
    letter.see(" on Friday?")
    assert letter.page.evaluate("handle.accept()") is True
    assert draft(letter) == LINE


def test_what_is_switched_off_hides_and_asks_nothing(letter: Editor, service: ScriptedService) -> None:
    suggested(letter)
    letter.page.evaluate("() => { handle.enabled = false; }")
    assert letter.ghost == ""
    assert letter.page.evaluate("handle.enabled") is False
    asked = len(service.requests)
    letter.type(" m")
    letter.page.evaluate("handle.trigger()")
    letter.pause(80)
    assert letter.ghost == ""
    assert len(service.requests) == asked
    letter.press("Tab")
    assert focused(letter) == "button"
    letter.page.evaluate("() => { handle.enabled = true; document.getElementById('body').focus(); }")
    letter.type("eet")
    letter.see(" on Friday?")


def test_a_detached_handle_does_nothing(letter: Editor, service: ScriptedService) -> None:
    suggested(letter)
    letter.page.evaluate("handle.detach()")
    asked = len(service.requests)
    assert letter.page.evaluate("handle.suggestion") is None
    letter.page.evaluate("handle.trigger()")
    assert letter.page.evaluate("handle.accept()") is False
    assert letter.page.evaluate("handle.dismiss()") is False
    letter.pause(80)
    assert len(service.requests) == asked
    assert letter.ghost == ""


def test_detaching_twice_leaves_the_next_handle_alone(letter: Editor) -> None:
    attach(letter, "#body")
    letter.page.evaluate("() => { handle.detach(); window.old = handle; }")
    attach(letter, "#body")
    letter.page.evaluate("old.detach()")
    field = "document.getElementById('body')"
    assert letter.page.evaluate(f"handle === inkling.attach({field})")
    letter.type("Can we")
    letter.see(REST)
    assert letter.page.evaluate(f"{field}.getAttribute('writingsuggestions')") == "false"
    letter.press("Tab")
    assert draft(letter) == LINE


def test_attach_all_ends_with_one_call(page: Page, service: ScriptedService) -> None:
    letter = open_html(page, service, "<textarea id=one></textarea><textarea id=two></textarea>")
    page.evaluate("() => { window.all = inkling.attachAll('textarea', { complete: () => ' and more' }); }")
    page.focus("#two")
    letter.type("C")
    letter.see(" and more")
    page.evaluate(
        "() => { all.detach(); document.querySelector('main').append(make('textarea', { id: 'three' })); }"
    )
    assert (
        page.evaluate("document.querySelectorAll('ink-ghost, ink-announcer, [writingsuggestions]').length")
        == 0
    )
    page.focus("#three")
    letter.type("C")
    letter.pause(80)
    assert letter.ghost == ""


MEMBERS = [
    *(
        "accept",
        "allow",
        "ban",
        "banned",
        "detach",
        "dismiss",
        "eagerness",
        "enabled",
        "on",
        "pause",
        "paused",
    ),
    *("resume", "suggestion", "trigger", "turn", "update"),
]

NAMES = """(one) => {
  const names = [];
  for (; one !== Object.prototype; one = Object.getPrototypeOf(one)) {
    names.push(...Object.getOwnPropertyNames(one));
  }
  return names.sort();
}"""


def test_the_handle_has_no_internals_and_each_member_works_by_itself(letter: Editor) -> None:
    attach(letter, "#body")
    assert letter.page.evaluate(f"({NAMES})(handle)") == MEMBERS
    letter.type("Can we")
    letter.see(REST)
    assert letter.page.evaluate("(({ accept }) => accept())(handle)")
    assert draft(letter) == f"Can we{REST}"
