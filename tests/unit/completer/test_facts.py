"""Facts of the context are suggested where they fit, and no other number ever is."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.facts.context_facts import ContextFacts, weekdays_agree
from inkling.models.runtime.batch import finish
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import Sampling, SearchOptions
from inkling.models.text.context import Context
from tests.materials.bundles import make_bundle
from tests.programs.shipped import require_bundle

OPENINGS: list[dict[str, Any]] = json.loads((Path(__file__).parents[2] / "data" / "facts.json").read_text())
EVERYTHING = SearchOptions(5, 8, 4, 0.0, 0.0)
FLOOR = 22

NUMBERS = ("3", "15", "10:30", "4471-B", "$1,250", "20931", "20%", "2026-12-14", "14")
WORDS = (
    *NUMBERS,
    "on",
    "at",
    "pm",
    "Tuesday",
    "Monday,",
    "December",
    "room",
    "order",
    "Yes,",
    "works?",
    "is",
    "\n",
)


def draft_of(opening: dict[str, Any]) -> Draft:
    moment = datetime.fromisoformat(opening["at"])
    return Draft(opening["draft"], Context(previous_message=opening["previous"], sent_at=moment))


def first(completer: Completer, draft: Draft) -> str:
    found = finish(completer.run, completer.complete(draft, SearchOptions()))
    return found.suggestions[0].text if found.suggestions else ""


@pytest.fixture(scope="module")
def shipped() -> Completer:
    return load_completer(load_bundle(require_bundle()), threads=1)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Completer:
    folder = make_bundle(tmp_path_factory.mktemp("bundles") / "tiny", phrases=True)
    return load_completer(load_bundle(folder), "cpu", threads=1)


def test_openings_with_a_fact_to_repeat_are_answered_with_it(shipped: Completer) -> None:
    asked = [opening for opening in OPENINGS if opening["sensible"]]
    assert len(asked) >= 25
    answered = [
        opening
        for opening in asked
        if any(first(shipped, draft_of(opening)).startswith(text) for text in opening["sensible"])
    ]
    assert len(answered) >= FLOOR, [opening["draft"] for opening in asked if opening not in answered]


def test_no_fact_is_offered_where_none_fits(shipped: Completer) -> None:
    for opening in OPENINGS:
        if not opening["sensible"]:
            text = first(shipped, draft_of(opening))
            assert not any(map(str.isdecimal, text)), (opening, text)
            assert "Tuesday" not in text


def test_without_a_context_nothing_changes(shipped: Completer) -> None:
    for prefix in ("Yes, ", "See you on ", "I have a question about order "):
        assert not any(map(str.isdecimal, first(shipped, Draft(prefix))))


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.sampled_from(WORDS), max_size=10),
    st.lists(st.sampled_from(WORDS), max_size=8),
    st.sampled_from([" ", ""]),
    st.sampled_from([None, "Noor 7 Example"]),
    st.booleans(),
)
def test_no_number_is_suggested_that_the_context_does_not_hold(
    tiny: Completer, previous: list[str], typed: list[str], space: str, recipient: str | None, drawn: bool
) -> None:
    context = Context(
        previous_message=" ".join(previous),
        recipient_name=recipient,
        sent_at=datetime(2026, 11, 23, 9, tzinfo=UTC),
    )
    draft = Draft(" ".join(typed) + space, context)
    options = EVERYTHING
    if drawn:
        options = SearchOptions(5, 8, 4, 0.0, 0.0, Sampling(1.5, seed=len(typed)))
    tree = finish(tiny.run, tiny.read(draft))
    found, _ = finish(tiny.run, tiny.candidates(tree, draft, options))
    known = ContextFacts(context).digit_words
    for one in found:
        whole = draft.word + one.text
        for at, character in enumerate(whole):
            if character.isdecimal() and at >= len(draft.word):
                begin = max(whole.rfind(" ", 0, at), whole.rfind("\n", 0, at)) + 1
                word = whole[begin:].split()[0].strip("$%,.?!#-()")
                assert word in known, (draft.prefix, one.text)
        line = draft.prefix.split("\n")[-1]
        # What the writer has typed may be wrong already.
        if weekdays_agree(line, datetime(2026, 11, 23).date()):
            assert weekdays_agree(line + one.text, datetime(2026, 11, 23).date())


def test_the_answer_with_a_session_is_the_one_without(tiny: Completer) -> None:
    """A tree that has grown at earlier keys gives the same facts, with the same confidence."""
    context = Context(previous_message="Does 3 pm on Tuesday suit you?")
    text = "Yes, see you on Tuesday at 3"
    tree = finish(tiny.run, tiny.read(Draft("", context)))
    done = 0
    for end in range(len(text) + 1):
        draft = Draft(text[:end], context)
        tree = finish(tiny.run, tiny.commit(tree, draft, done))
        done = len(draft.committed)
        warm = finish(tiny.run, tiny.search(tree, draft, EVERYTHING))
        cold = finish(tiny.run, tiny.complete(draft, EVERYTHING))
        assert warm.suggestions == cold.suggestions
