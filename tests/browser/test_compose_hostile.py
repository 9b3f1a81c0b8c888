"""Bad servers, bad answers and bad luck: the writer keeps typing, and the ghost stays text."""

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.composer import Composer
from tests.browser.conftest import open_page
from tests.browser.scripted import Continuation, Reply, ScriptedService, always, refuse, suggest

MEETING = "Can we schedule a meeting for next week?"


def type_on(composer: Composer) -> None:
    """The proof that typing is left alone."""
    before = composer.draft
    composer.write(" and on")
    assert composer.draft == before + " and on"
    assert composer.focused == "body"


def test_markup_in_a_suggestion_is_text(composer: Composer, service: ScriptedService) -> None:
    hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script> & <b>bold</b>'
    service.answer = lambda request: suggest(hostile) if request["prefix"] == "a" else suggest()
    composer.write("a")
    composer.see(hostile)
    assert composer.page.locator(".paper img, .paper script, .paper b").count() == 0
    composer.press("Tab")
    assert composer.draft == "a" + hostile
    assert "Inkling" in composer.page.title()


def test_invisible_and_bidi_characters_are_stripped(composer: Composer, service: ScriptedService) -> None:
    hostile = " pay\u202e evil\u0000\u200b\u2066\u061c\ufeff\U000e0041\u001b[31m\r\nnow\u2028"
    service.answer = lambda request: suggest(hostile) if request["prefix"] == "a" else suggest()
    composer.write("a")
    composer.see(" pay evil[31m\nnow")


def test_nothing_to_show_shows_nothing_and_says_nothing(composer: Composer, service: ScriptedService) -> None:
    replies = {
        "none": suggest(),
        "empty": suggest(""),
        "spaces": suggest("   "),
        "only invisible": suggest("\u200b\u202e"),
        "one character": suggest("x"),
        "endless": suggest("long " * 1000),
        "number": suggest(7),
        "null": suggest(None),
        "object": suggest({"toString": "x"}),
        "null suggestion": Reply('{"suggestions": [null]}'),
        "superseded": refuse(409),
    }
    for name, reply in replies.items():
        service.answer = always(reply)
        service.requests.clear()
        composer.start_from("")
        composer.write("Hi")
        composer.settle()
        assert (composer.ghost, composer.read("status")) == ("", ""), name
        assert "Hi" in service.prefixes, name
    type_on(composer)


@pytest.mark.parametrize(
    "reply",
    [
        pytest.param(refuse(500), id="500"),
        pytest.param(refuse(404), id="404"),
        pytest.param(refuse(422), id="422"),
        pytest.param(refuse(503, {"Retry-After": "soon"}), id="503"),
        pytest.param(refuse(302, {"Location": "/elsewhere"}), id="redirect"),
        pytest.param(Reply("{"), id="broken JSON"),
        pytest.param(Reply("<html>proxy error</html>"), id="HTML"),
        pytest.param(Reply("null"), id="JSON null"),
        pytest.param(Reply('{"suggestions": {"0": {"text": " evil"}}}'), id="not a list"),
    ],
)
def test_trouble_is_told_quietly_and_goes_when_it_is_over(
    composer: Composer, service: ScriptedService, reply: Reply
) -> None:
    service.answer = lambda request: reply if request["prefix"] == "C" else Continuation(MEETING)(request)
    composer.write("C")
    told = composer.trouble()
    assert "scripted" not in told
    assert composer.ghost == ""
    if reply.status == 503:
        return
    composer.write("an we")
    composer.see(MEETING.removeprefix("Can we"))
    assert composer.read("status") == ""


@pytest.mark.parametrize("status", [429, 503])
def test_retry_after_is_honoured(composer: Composer, service: ScriptedService, status: int) -> None:
    service.answer = always(refuse(status, {"Retry-After": "1"}))
    composer.write("C")
    composer.trouble()
    service.answer = Continuation(MEETING)
    composer.write("an we")
    composer.settle()
    assert service.prefixes == ["C"]
    composer.page.wait_for_timeout(1000)
    composer.write(" ")
    composer.see(MEETING.removeprefix("Can we "))
    assert service.prefixes == ["C", "Can we "]
    assert composer.read("status") == ""


def test_an_unreachable_server_leaves_typing_alone(composer: Composer) -> None:
    composer.page.route("**/v1/suggestions", lambda route: route.abort("connectionrefused"))
    composer.write("Hello")
    assert composer.trouble() != ""
    type_on(composer)
    composer.page.unroute("**/v1/suggestions")


def test_repeated_failures_pause_the_questions(composer: Composer, service: ScriptedService) -> None:
    service.answer = always(refuse(500))
    for letter in "abcdefgh":
        composer.write(letter)
        composer.settle()
    assert service.prefixes == ["a", "ab", "abc"]


class Held:
    """Holds back the answers to some prefixes until the test lets them go."""

    def __init__(self, answer: Callable[[dict[str, Any]], Reply], *prefixes: str) -> None:
        self.answer = answer
        self.gates = {prefix: threading.Event() for prefix in prefixes}
        self.asked = {prefix: threading.Event() for prefix in prefixes}

    def __call__(self, request: dict[str, Any]) -> Reply:
        prefix = request["prefix"]
        if prefix in self.gates:
            self.asked[prefix].set()
            self.gates[prefix].wait(10)
        return self.answer(request)

    def release(self, prefix: str) -> None:
        assert self.asked[prefix].wait(10)
        self.gates[prefix].set()


def test_a_late_answer_is_used_where_it_still_matches(composer: Composer, service: ScriptedService) -> None:
    held = Held(Continuation(MEETING), "Can", "Can ")
    service.answer = held
    composer.start_from("Ca")
    composer.write("n")
    composer.write(" ")
    held.release("Can")
    composer.see("we schedule a meeting for next week?")
    held.release("Can ")
    composer.settle()
    assert composer.ghost == "we schedule a meeting for next week?"


def test_a_late_answer_that_does_not_match_is_dropped(composer: Composer, service: ScriptedService) -> None:
    held = Held(lambda request: suggest("XYZ") if request["prefix"] == "Can" else suggest(), "Can")
    service.answer = held
    composer.start_from("Ca")
    composer.write("n")
    composer.write(" ")
    held.release("Can")
    composer.settle()
    assert composer.ghost == ""
    type_on(composer)


def test_answers_out_of_order_leave_the_newest_standing(composer: Composer, service: ScriptedService) -> None:
    def answer(request: dict[str, Any]) -> Reply:
        return suggest("n we OLD" if request["prefix"] == "Ca" else " we NEW")

    held = Held(answer, "Ca")
    service.answer = held
    composer.start_from("C")
    composer.write("a")
    composer.write("n")
    composer.see(" we NEW")
    held.release("Ca")
    composer.settle()
    assert composer.ghost == " we NEW"


def test_an_older_answer_does_not_speak_after_the_newest_said_nothing(
    composer: Composer, service: ScriptedService
) -> None:
    held = Held(lambda request: suggest("n we OLD") if request["prefix"] == "Ca" else suggest(), "Ca", "Can")
    service.answer = held
    composer.start_from("C")
    composer.write("a")
    composer.write("n")
    held.release("Can")
    composer.settle(still_open=1)
    held.release("Ca")
    composer.settle()
    assert composer.ghost == ""


def test_at_most_two_questions_wait_and_stale_ones_are_aborted(
    composer: Composer, service: ScriptedService
) -> None:
    held = Held(always(suggest()), "a", "ab", "abc", "abcd")
    service.answer = held
    failed: list[str] = []

    def note(request: Any) -> None:
        failed.append(request.post_data_json["prefix"])

    composer.page.on("requestfailed", note)
    for letter in "abcd":
        composer.write(letter)
    for prefix in held.asked:
        assert held.asked[prefix].wait(10)
    composer.settle(still_open=2)
    composer.press("Backspace")
    composer.settle()
    composer.page.remove_listener("requestfailed", note)
    assert sorted(failed) == ["a", "ab", "abc", "abcd"]
    assert composer.read("status") == ""
    for prefix in held.gates:
        held.release(prefix)


def test_a_hanging_server_is_reported_and_typing_goes_on(browser: Browser, service: ScriptedService) -> None:
    held = Held(always(suggest()), "a")
    service.answer = held
    with open_page(browser) as page:
        page.clock.install()
        page.goto(service.url)
        composer = Composer(page)
        composer.write("a")
        assert held.asked["a"].wait(10)
        page.clock.run_for(6000)
        assert "slow" in composer.read("status")
        type_on(composer)
    held.release("a")


def test_a_missing_key_is_asked_for_and_sent(composer: Composer, service: ScriptedService) -> None:
    def answer(request: dict[str, Any]) -> Reply:
        known = service.authorizations[-1] == "Bearer k-1"
        return Continuation(MEETING)(request) if known else refuse(401)

    service.answer = answer
    assert not composer.page.get_by_label("API key").is_visible()
    composer.write("C")
    assert "API key" in composer.trouble()
    composer.page.get_by_label("API key").fill("k-1")
    composer.page.get_by_label("API key").press("Enter")
    assert composer.focused == "body"
    composer.write("an we")
    composer.see(MEETING.removeprefix("Can we"))
    assert json.dumps("k-1") not in composer.page.evaluate(
        "JSON.stringify({...localStorage, ...sessionStorage})"
    )


def test_a_draft_above_the_limit_is_not_sent(composer: Composer, service: ScriptedService) -> None:
    composer.body.evaluate("field => { field.value = 'word '.repeat(4000); }")
    composer.place_caret(20000)
    composer.write("a")
    composer.settle()
    assert service.requests == []
    assert "20,000" in composer.read("status")
    composer.press("Backspace", "Backspace")
    composer.write("b")
    composer.settle()
    assert [len(prefix) for prefix in service.prefixes] == [20000]
    assert composer.read("status") == ""
