"""Options, as a page's own script gives them."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import open_page
from tests.browser.editors import Editor
from tests.browser.literal import REST, attach, open_letter, suggested
from tests.browser.scripted import ScriptedService


@pytest.fixture
def letter(page: Page, service: ScriptedService) -> Editor:
    return open_letter(page, service)


def test_the_page_decides_when(letter: Editor, service: ScriptedService) -> None:
    attach(letter, "#body", "{ when: (draft) => { window.seen = draft; return draft.before.length > 5; } }")
    letter.type("Can w")
    letter.pause(80)
    assert service.requests == []
    assert letter.page.evaluate("seen.before") == "Can w"
    letter.type("e")
    letter.see(REST)
    letter.press("Backspace", "Backspace")
    letter.type(" ")
    letter.pause(80)
    assert letter.ghost == ""


def test_context_is_asked_for_at_each_key(letter: Editor, service: ScriptedService) -> None:
    letter.page.evaluate("() => { window.subject = 'Lunch'; }")
    suggested(
        letter, "{ context: () => ({ subject, recipient_name: 'Ben' }), user: 'u-3', minConfidence: 0.5 }"
    )
    request = service.requests[-1]
    assert request["context"] == {"subject": "Lunch", "recipient_name": "Ben"}
    assert (request["user_id"], request["min_confidence"]) == ("u-3", 0.5)
    letter.page.evaluate("() => { window.subject = 'Dinner'; }")
    letter.page.fill("#body", "")
    letter.type("Can we")
    letter.see(REST)
    assert service.requests[-1]["context"]["subject"] == "Dinner"


@pytest.mark.parametrize(
    "headers",
    ['{ Authorization: "Bearer k-1" }', '() => ({ Authorization: "Bearer k-" + ++window.count })'],
    ids=["object", "function"],
)
def test_headers_are_sent(letter: Editor, service: ScriptedService, headers: str) -> None:
    letter.page.evaluate("() => { window.count = 0; }")
    suggested(letter, f"{{ headers: {headers} }}")
    assert service.authorizations[0] == "Bearer k-1"
    assert service.headers[0]["Content-Type"] == "application/json"


def test_a_schedule_in_milliseconds_waits_for_a_pause(browser: Browser, service: ScriptedService) -> None:
    with open_page(browser) as page:
        page.clock.install()
        letter = open_letter(page, service)
        attach(letter, "#body", "{ schedule: 60_000 }")
        letter.type("Can we", delay=30)
        assert service.requests == []
        page.clock.fast_forward(60_000)
        letter.see(REST)
        assert service.prefixes == ["Can we"]


def test_no_outcome_is_sent_without_telemetry(letter: Editor, service: ScriptedService) -> None:
    suggested(letter, "{ telemetry: false }")
    letter.press("Tab")
    letter.page.evaluate("handle.detach()")
    letter.pause(100)
    assert service.events == []


def test_another_source_needs_no_service(letter: Editor, service: ScriptedService) -> None:
    letter.page.evaluate("() => { window.asked = []; }")
    attach(letter, "#body", "{ complete: (request) => { asked.push(request); return ' and more'; } }")
    letter.type("C")
    letter.see(" and more")
    letter.press("Tab")
    letter.page.evaluate("handle.detach()")
    letter.pause(80)
    assert service.requests == []
    assert service.events == []
    request = letter.page.evaluate("asked[0]")
    assert request["prefix"] == "C"
    assert request["context"] == {}
    assert request["session"] != ""


def test_options_change_at_run_time(letter: Editor, service: ScriptedService) -> None:
    suggested(letter, "{ user: 'u-1' }")
    letter.page.evaluate("handle.update({ complete: () => ' by other means' })")
    assert letter.ghost == ""
    asked = len(service.requests)
    letter.type("!")
    letter.see(" by other means")
    assert len(service.requests) == asked
    letter.page.evaluate("handle.update({ complete: undefined, user: 'u-2' })")
    letter.page.fill("#body", "")
    letter.type("Can we")
    letter.see(REST)
    assert {request["user_id"] for request in service.requests[asked:]} == {"u-2"}
