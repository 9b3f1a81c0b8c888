"""What became of a user's suggestions tunes how eager the next ones are, for that user alone."""

import asyncio
from collections.abc import Sequence

import pytest

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.completer import Completer
from inkling.models.completer.loading import load_completer
from inkling.models.personal.outcomes import Offer, Outcomes
from inkling.models.search.suggestion import SearchOptions, Suggestion
from inkling.service.engine.job import Answer, Job
from inkling.service.profiles.profile_store import UserKey
from inkling.service.sessions.session_store import SessionKey
from tests.materials.bundles import make_bundle
from tests.unit.profiles.test_learning import ADA, BOB, Room

PREFIX = "Thank you for your h"


@pytest.fixture(scope="module")
def completer(tmp_path_factory: pytest.TempPathFactory) -> Completer:
    folder = make_bundle(tmp_path_factory.mktemp("bundles") / "tiny", phrases=True)
    return load_completer(load_bundle(folder), "cpu")


def bad_luck(times: int = 400) -> Outcomes:
    outcomes = Outcomes()
    for _ in range(times):
        outcomes = outcomes.plus(Outcomes.of(Offer(0.5, 9), "dismissed"))
    return outcomes


def answer(
    room: Room, user: UserKey | None, interruption: float | None = None, session: str | None = None
) -> Answer:
    options = SearchOptions(max_suggestions=5, min_confidence=0.0, interruption_ms=interruption)
    key = None if session is None else SessionKey("", session)
    return room.answer(Job(PREFIX, options=options, user=user, session=key))


def confidences(suggestions: Sequence[Suggestion]) -> dict[str, float]:
    return {one.text: one.confidence for one in suggestions}


def test_outcomes_count_for_their_user_and_where_the_request_sets_no_cost(completer: Completer) -> None:
    room = Room(completer)
    before, set_before = answer(room, ADA), answer(room, ADA, 0.0)
    assert set_before.suggestions
    asyncio.run(room.learning.count(ADA, bad_luck()))
    after = answer(room, ADA)
    assert after.trust < -0.3
    assert len(after.suggestions) <= len(before.suggestions)
    for text, confidence in confidences(after.suggestions).items():
        assert confidence < confidences(before.suggestions)[text]
    assert answer(room, ADA, 0.0).suggestions == set_before.suggestions
    for other in (BOB, None):
        assert (answer(room, other).suggestions, answer(room, other).trust) == (before.suggestions, 0.0)


def test_an_open_draft_keeps_its_state_and_answers_as_a_new_one(completer: Completer) -> None:
    room = Room(completer)
    asyncio.run(room.write(ADA))
    first = answer(room, ADA, session="draft")
    assert first.computed_tokens > 0
    number = room.writer(ADA).number
    asyncio.run(room.learning.count(ADA, bad_luck()))
    warm, cold = answer(room, ADA, session="draft"), answer(room, ADA)
    assert room.writer(ADA).number == number
    assert (warm.computed_tokens, warm.trust) == (0, cold.trust)
    assert warm.trust < 0
    assert warm.suggestions == cold.suggestions


def test_they_are_exported_and_erased_with_the_profile(completer: Completer) -> None:
    room = Room(completer)
    asyncio.run(room.learning.count(ADA, bad_luck()))
    exported = asyncio.run(room.learning.export(ADA))
    assert exported is not None
    assert (exported.shown, list(exported.messages)) == (400, [])
    assert exported.trust == room.writer(ADA).eagerness.trust < 0
    assert asyncio.run(room.learning.erase(ADA))
    assert asyncio.run(room.learning.export(ADA)) is None
    assert answer(room, ADA).trust == 0.0
