"""Late answers: grey text is right or absent, and requests do not pile up.

What the engine makes of them is held by its unit tests; here are real requests, which a browser aborts.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.editors import Editor
from tests.browser.scripted import Continuation, Held, Reply, ScriptedService, always, suggest
from tests.browser.suggesting import ask, types_on

LINE = "Can we meet on Friday?"
# Counts the requests that are neither answered nor aborted.
COUNT_OPEN = """() => {
  window.open_now = 0;
  window.most_open = 0;
  const ask = window.fetch;
  window.fetch = (url, init) => {
    let open = true;
    const done = () => {
      if (open) window.open_now -= 1;
      open = false;
    };
    window.open_now += 1;
    init.signal?.addEventListener("abort", done);
    const answer = ask(url, init);
    answer.then(done, done);
    window.most_open = Math.max(window.most_open, window.open_now);
    return answer;
  };
}"""


def old_and_new(request: dict[str, Any]) -> Reply:
    return suggest("n we OLD") if request["prefix"] == "Ca" else suggest(" we NEW")


def test_of_answers_out_of_order_the_newest_stands(field: Editor, service: ScriptedService) -> None:
    held = Held(old_and_new, "Ca")
    service.answer = held
    field.start("C")
    ask(field, service, "a", "n")
    field.see(" we NEW")
    held.release("Ca")
    field.settle()
    assert field.ghost == " we NEW"


def test_an_older_answer_does_not_speak_after_the_newest_said_nothing(
    field: Editor, service: ScriptedService
) -> None:
    held = Held(lambda request: suggest("n we OLD") if request["prefix"] == "Ca" else suggest(), "Ca", "Can")
    service.answer = held
    field.start("C")
    ask(field, service, "a", "n")
    held.release("Can")
    field.settle(still_open=1)
    held.release("Ca")
    field.settle()
    assert field.ghost == ""


def test_a_late_answer_is_used_where_it_still_holds(field: Editor, service: ScriptedService) -> None:
    held = Held(Continuation(LINE), "Can", "Can ")
    service.answer = held
    field.start("Ca")
    ask(field, service, "n", " ")
    held.release("Can")
    field.see("we meet on Friday?")
    held.release("Can ")
    field.settle()
    assert field.ghost == "we meet on Friday?"


def test_a_late_answer_that_does_not_hold_is_dropped(field: Editor, service: ScriptedService) -> None:
    held = Held(lambda request: suggest("XYZ") if request["prefix"] == "Can" else suggest(), "Can")
    service.answer = held
    field.start("Ca")
    ask(field, service, "n", " ")
    held.release("Can")
    field.settle()
    assert field.ghost == ""
    types_on(field)


def test_a_late_answer_makes_longer_what_is_grey(field: Editor, service: ScriptedService) -> None:
    longer = LINE.removeprefix("Ca")
    known = {"Ca": longer, "Can": " we meet"}
    held = Held(lambda request: suggest(known.get(request["prefix"], "")), "Ca")
    service.answer = held
    field.start("C")
    ask(field, service, "a", "n")
    field.see(" we meet")
    field.type(" w")
    held.release("Ca")
    field.see("e meet on Friday?")
    field.press("Tab")
    assert field.text == LINE
    assert [outcome["type"] for outcome in field.page.evaluate("window.outcomes")] == ["shown", "accepted"]


def test_one_id_for_two_answers_gives_each_its_beginning_and_end(
    field: Editor, service: ScriptedService
) -> None:
    service.answer = lambda request: suggest(" we meet" if request["prefix"] == "Can" else " on Friday")
    field.start("Ca")
    field.type("n")
    field.see(" we meet")
    field.press("Tab")
    field.see(" on Friday")
    field.press("Escape")
    outcomes = field.page.evaluate("window.outcomes")
    assert [outcome["type"] for outcome in outcomes] == ["shown", "accepted", "shown", "dismissed"]
    assert {outcome["id"] for outcome in outcomes} == {"sg_1"}


@pytest.mark.usefixtures("abandoned")
@pytest.mark.parametrize(
    "leave",
    [
        lambda editor: editor.press("Backspace"),
        lambda editor: editor.press("Home"),
        lambda editor: editor.page.evaluate("() => playground.handle.detach()"),
    ],
    ids=["deletes", "moves", "is detached"],
)
def test_what_nobody_waits_for_is_aborted(
    field: Editor, service: ScriptedService, leave: Callable[[Editor], None]
) -> None:
    ask(field, service, "a", "b")
    assert service.in_flight(2) == 2
    leave(field)
    field.settle()
    assert service.in_flight(0) == 0
    assert field.page.evaluate("window.troubles") == []


@pytest.mark.parametrize("answers", [True, False], ids=["answered", "hanging"])
def test_fast_typing_piles_nothing_up(field: Editor, service: ScriptedService, answers: bool) -> None:
    held = Held(always(suggest()))
    service.answer = held
    if answers:
        held.release()
    field.page.evaluate(COUNT_OPEN)
    began = field.page.evaluate("performance.now()")
    for _ in range(4):
        field.type("abcdefghij", delay=10)
        assert service.in_flight(2) <= 2
    took = field.page.evaluate("performance.now()") - began
    assert field.page.evaluate("window.most_open") <= 2
    # At once, then one in 40 ms; where none is answered in time, one in the longest pause of 400.
    assert len(service.requests) <= 2 + took / (40 if answers else 80)
    assert len(service.requests) >= 2
    held.release()
    field.settle()
    assert field.text == "abcdefghij" * 4
