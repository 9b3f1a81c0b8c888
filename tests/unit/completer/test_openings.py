"""Suggestions of the bundle that ships after common openings, without context and with it."""

import json
import math
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.runtime.batch import finish
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import EmptyReason, SearchOptions, SearchResult
from inkling.models.search.word_filter import WordFilter
from inkling.models.text.context import Context
from tests.programs.shipped import require_bundle

OPENINGS: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[2] / "data" / "openings.json").read_text()
)
ANYTHING = SearchOptions(min_confidence=0.0, interruption_ms=0.0)
FLOOR = 62
"""64 of the 74 with inkling-en-3."""


@pytest.fixture(scope="module")
def completer() -> Completer:
    return load_completer(load_bundle(require_bundle()), threads=1)


def draft_of(opening: dict[str, Any]) -> Draft:
    at = opening.get("at")
    context = Context(
        subject=opening.get("subject"),
        previous_message=opening.get("previous"),
        sent_at=None if at is None else datetime.fromisoformat(at),
    )
    return Draft(opening["draft"], context)


def candidates(completer: Completer, opening: dict[str, Any]) -> dict[str, float]:
    """All texts found after an opening, with their probabilities."""
    draft = draft_of(opening)
    tree = finish(completer.run, completer.read(draft))
    found, _ = finish(completer.run, completer.candidates(tree, draft, ANYTHING))
    return {one.text: math.exp(one.log_prob) for one in found}


def first_word(completer: Completer, opening: dict[str, Any]) -> str:
    """The first word of the best suggestion, however little it is worth; empty for none."""
    found = finish(completer.run, completer.complete(draft_of(opening), ANYTHING))
    words = found.suggestions[0].text.split() if found.suggestions else [""]
    return words[0].rstrip(".,!?:;")


@pytest.mark.parametrize(
    ("draft", "word"), [("I hope this email finds", "you"), ("Let me know what works", "for")]
)
def test_a_whole_word_goes_on_as_with_a_space_behind_it(completer: Completer, draft: str, word: str) -> None:
    """The words before the caret are the writer's. That few people wrote them refuses nothing."""
    assert first_word(completer, {"draft": draft}) == word == first_word(completer, {"draft": f"{draft} "})


def result(completer: Completer, text: str, **options: float) -> SearchResult:
    """What is suggested at the end of a draft without context."""
    limits = SearchOptions(**options)  # type: ignore[arg-type]
    return finish(completer.run, completer.complete(Draft(text), limits))


def test_an_empty_answer_says_why(completer: Completer) -> None:
    shown = result(completer, "Thank you for your ", min_confidence=0.0, interruption_ms=0.0)
    assert shown.suggestions
    assert shown.reason is None
    for text, options, reason in (
        ("Thank you for your ", {"min_confidence": 1.0}, EmptyReason.NOTHING_LIKELY),
        ("Thank", {"min_confidence": 0.0, "interruption_ms": 10_000.0}, EmptyReason.NOT_WORTH_INTERRUPTION),
        ("x" * 60, {"min_confidence": 0.0, "interruption_ms": 0.0}, EmptyReason.TAIL_TOO_LONG),
        ("Call 555-123-4567", {"min_confidence": 0.0, "interruption_ms": 0.0}, EmptyReason.FILTERED),
    ):
        empty = result(completer, text, **options)
        assert (empty.suggestions, empty.reason) == ([], reason), text


def test_what_is_refused_is_the_reason_where_it_would_be_shown(completer: Completer) -> None:
    shown = result(completer, "I look forward", min_confidence=0.5, interruption_ms=0.0)
    assert shown.suggestions[0].text.startswith(" to")
    filtered = load_completer(completer.bundle, words=WordFilter(["to"]), threads=1)
    refused = result(filtered, "I look forward", min_confidence=0.5, interruption_ms=0.0)
    assert (refused.suggestions, refused.reason) == ([], EmptyReason.FILTERED)


@pytest.mark.parametrize("draft", ["Hi David", "I spoke to Susan", "Thanks,\n\nKevin", "Please ask Karen,"])
def test_behind_a_name_comes_what_comes_behind_its_space(completer: Completer, draft: str) -> None:
    """A name is not read as it is typed, and what follows it need not wait for the space."""
    behind = {f" {text}" for text in candidates(completer, {"draft": f"{draft} "})}
    found = set(candidates(completer, {"draft": draft}))
    assert found
    assert found <= behind


def test_there_are_at_least_60_openings_each_once() -> None:
    assert len({json.dumps(one, sort_keys=True) for one in OPENINGS}) == len(OPENINGS) >= 60


@pytest.mark.lengthy
def test_at_the_ends_of_words_nothing_likely_is_lost(completer: Completer) -> None:
    """The suggestions after a space are also found before it, unless the word is likely to continue."""
    lost, places = [], 0
    for opening in OPENINGS:
        draft = opening["draft"].rstrip()
        if draft == opening["draft"]:
            continue  # it ends within a word
        behind = candidates(completer, opening | {"draft": f"{draft} "})
        at_end = candidates(completer, opening | {"draft": draft})
        for text, probability in behind.items():
            if probability >= 0.3:
                places += 1
                lost += [draft] if f" {text}" not in at_end else []
    assert places > 40
    assert not lost


@pytest.mark.lengthy
def test_most_openings_are_answered_sensibly(completer: Completer) -> None:
    answers = [first_word(completer, opening) for opening in OPENINGS]
    wrong = [
        (opening["draft"], answer)
        for opening, answer in zip(OPENINGS, answers, strict=True)
        if answer not in opening["sensible"]
    ]
    assert len(OPENINGS) - len(wrong) >= FLOOR, wrong
