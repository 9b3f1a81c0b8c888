"""Grey text grows while it is typed: longer or as it was, with no frame without it, at one request a word.

What the engine makes of every answer is held by its unit tests; here are real requests, keys and frames.
"""

from collections.abc import Callable
from typing import Any

import pytest

from tests.browser.editors import Editor
from tests.browser.scripted import Held, Reply, ScriptedService, always, refuse, suggest
from tests.browser.suggesting import FRAMES_WITHOUT_GHOST, style

HEAR = "Looking forward to hear"
LINE = "Looking forward to hearing from you soon."
# Every grey text that a frame showed, in order, each as long as it stood once; "" for none.
WATCH = """() => {
  window.seen = [];
  const look = () => {
    const ghost = probe.ghost();
    if (ghost !== window.seen.at(-1)) window.seen.push(ghost);
    requestAnimationFrame(look);
  };
  look();
}"""


def knowing(**answers: str | Reply) -> Callable[[dict[str, Any]], Reply]:
    """A service that knows what follows some last words, and nothing else."""

    def answer(request: dict[str, Any]) -> Reply:
        known = answers.get(request["prefix"].rpartition(" ")[2])
        return known if isinstance(known, Reply) else suggest() if known is None else suggest(known)

    return answer


def begin(editor: Editor, service: ScriptedService, **answers: str | Reply) -> None:
    """Behind "Looking forward to hear", "ing from" is grey; the service goes on as told."""
    service.answer = knowing(hear="ing from", **answers)
    editor.start(HEAR[:-1])
    editor.type(HEAR[-1])
    editor.see("ing from")


def test_what_is_grey_grows_while_it_is_typed(editor: Editor, service: ScriptedService) -> None:
    begin(editor, service, hearing=" from you soon.")
    editor.page.evaluate(FRAMES_WITHOUT_GHOST)
    editor.type("ing", delay=15)
    editor.see(" from you soon.")
    editor.type(" from", delay=15)
    assert editor.ghost == " you soon."
    assert editor.page.evaluate("window.watching = false, window.missing") == 0
    assert editor.page.evaluate("window.frames_seen") >= 5
    assert service.prefixes == [HEAR, "Looking forward to hearing"]
    editor.press("Tab")
    editor.settle()
    assert editor.text == LINE
    service.answer = always(suggest())
    editor.press("Control+z")
    editor.settle()
    assert editor.text == "Looking forward to hearing from"


def test_the_rest_grows_when_a_word_was_taken(editor: Editor, service: ScriptedService) -> None:
    service.answer = knowing(hear="ing from you", hearing=" from you soon.")
    editor.start(HEAR[:-1])
    editor.type(HEAR[-1])
    editor.see("ing from you")
    editor.press("Control+ArrowRight")
    editor.see(" from you soon.")
    editor.press("Tab")
    assert editor.text == LINE


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(" fr", id="shorter"),
        pytest.param(" from", id="the same"),
        pytest.param(" for you to decide", id="another"),
        pytest.param("s from you", id="another word"),
        pytest.param(suggest(), id="nothing"),
        pytest.param(refuse(409), id="superseded"),
        pytest.param(refuse(500), id="500"),
        pytest.param(refuse(429, {"Retry-After": "60"}), id="429"),
        pytest.param(Reply("<html>proxy error</html>"), id="HTML"),
    ],
)
def test_any_other_answer_changes_nothing(
    field: Editor, service: ScriptedService, answer: str | Reply
) -> None:
    begin(field, service, hearing=answer)
    field.page.evaluate(WATCH)
    field.type("ing", delay=15)
    service.asked_about("Looking forward to hearing")
    field.settle()
    field.type(" fr", delay=15)
    assert field.ghost == "om"
    seen = field.page.evaluate("window.seen")
    assert all("ing from".endswith(ghost) and ghost for ghost in seen), seen
    failed = (isinstance(answer, Reply) and answer.status not in (200, 409)) or "html" in str(answer)
    assert len(field.page.evaluate("window.troubles")) == int(failed)
    field.type("om")
    assert [outcome["type"] for outcome in field.page.evaluate("window.outcomes")] == [
        "shown",
        "typed_through",
    ]


def test_one_request_a_word_at_most(field: Editor, service: ScriptedService) -> None:
    service.answer = knowing(we=" meet on Friday at noon")
    field.start("Can w")
    field.type("e")
    field.see(" meet on Friday at noon")
    field.type(" meet on Friday at", delay=50)
    service.asked_about("Can we meet on Friday at")
    field.type(" no", delay=50)
    field.pause(450)  # nor in a pause
    assert field.ghost == "on"
    assert len(service.requests) <= 1 + len(["meet", "on", "Friday", "at"]), service.prefixes


def test_nothing_is_asked_where_a_sentence_ends(field: Editor, service: ScriptedService) -> None:
    service.answer = knowing(we=" meet on Friday?")
    field.start("Can w")
    field.type("e")
    field.see(" meet on Friday?")
    field.type(" meet on Frida", delay=30)
    field.pause(450)  # and in no pause either
    assert field.ghost == "y?"
    assert service.prefixes == ["Can we"]


@pytest.mark.parametrize(
    ("late", "seen"), [(" from you soon.", "om you soon."), (" for you to decide", "om")]
)
def test_a_late_answer_is_held_against_what_is_typed_by_then(
    field: Editor, service: ScriptedService, late: str, seen: str
) -> None:
    held = Held(knowing(hear="ing from", hearing=late), "Looking forward to hearing")
    service.answer = held
    field.start(HEAR[:-1])
    field.type(HEAR[-1])
    field.see("ing from")
    field.type("ing")
    service.asked_about("Looking forward to hearing")
    field.type(" fr")
    assert field.ghost == "om"
    held.release("Looking forward to hearing")
    field.settle()
    assert field.ghost == seen


def test_a_longer_text_that_finds_no_room_leaves_the_shorter_one(
    field: Editor, service: ScriptedService
) -> None:
    """In a centred line nothing is grey that would push what is written away by more than a little."""
    style(field, "text-align: center")
    service.answer = knowing(star="t at", start=" at noon, if that is early enough for you")
    field.start("We sta")
    field.type("r")
    field.see("t at")
    field.page.evaluate(WATCH)
    field.type("t")
    service.asked_about("We start")
    field.settle()
    assert field.ghost == " at"
    assert "" not in field.page.evaluate("window.seen")
    field.press("Tab")
    assert field.text == "We start at"


def test_it_is_one_suggestion_and_read_again_only_in_a_pause(field: Editor, service: ScriptedService) -> None:
    begin(field, service, hearing=" from you soon.")
    assert "ing from" in field.hear()
    field.type("ing", delay=15)
    field.see(" from you soon.")
    assert "Suggestion: ing from." in field.announcement
    field.page.evaluate("() => probe.until(() => probe.announced().includes('you soon'), 'second reading')")
    field.press("Tab")
    field.settle()
    assert field.announcement == ""
    outcomes = field.page.evaluate("window.outcomes")
    assert [(one["type"], one["characters"]) for one in outcomes] == [("shown", 8), ("accepted", 15)]
    assert len({one["id"] for one in outcomes}) == 1
