"""What one job costs, what it leaves in its session, and what an abandoned one leaves."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from models.suggestion import Context, SearchOptions
from service.engine.drafting import Drafter, context_key
from service.engine.errors import Superseded
from service.engine.job import Answer, Job
from service.sessions.memory import MemorySessionStore
from service.sessions.store import SessionKey
from tests.fakes import FakeModel

KEY = SessionKey("ada", "draft")


def unwatched() -> None:
    """A check that never abandons."""


class Countdown:
    """A check that abandons at its n-th call."""

    def __init__(self, calls: int) -> None:
        self.left = calls

    def __call__(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise Superseded


@pytest.fixture
def model() -> FakeModel:
    return FakeModel()


@pytest.fixture
def drafter(model: FakeModel) -> Drafter:
    return Drafter(model, MemorySessionStore(10**6, 60))


def fresh(job: Job) -> Answer:
    return Drafter(FakeModel(), MemorySessionStore(10**6, 60)).answer(replace(job, session=None), unwatched)


def test_only_new_chunks_are_tokenised_and_fed(drafter: Drafter, model: FakeModel) -> None:
    first = drafter.answer(Job("Can we meet ", session=KEY), unwatched)
    assert (first.cached_tokens, first.computed_tokens) == (0, len(model.fed))
    assert model.encoded == ["Can", " we", " meet"]
    second = drafter.answer(Job("Can we meet at noon", session=KEY), unwatched)
    assert model.encoded[3:] == [" at"]
    assert (second.cached_tokens, second.computed_tokens) == (first.prefix_tokens, 2)
    third = drafter.answer(Job("Can we meet at noon tod", session=KEY), unwatched)
    assert third.cached_tokens == second.prefix_tokens
    assert third.session == KEY


def test_the_tail_is_never_fed(drafter: Drafter, model: FakeModel) -> None:
    for tail in ("", "  ", "unfinished"):
        assert drafter.answer(Job(tail, session=KEY), unwatched).prefix_tokens == 0
    assert model.fed == []


def test_without_a_session_nothing_is_kept(drafter: Drafter) -> None:
    first, second = (drafter.answer(Job("Can we meet "), unwatched) for _ in range(2))
    assert first.session is None
    assert second.computed_tokens == first.computed_tokens == first.prefix_tokens
    assert drafter.store.stats().sessions == 0


def test_the_blank_start_is_computed_once_and_never_written_to(drafter: Drafter, model: FakeModel) -> None:
    job = Job("Can we meet ")
    for session_id in "abc":
        keyed = replace(job, session=SessionKey("ada", session_id))
        assert drafter.answer(keyed, unwatched).suggestions == fresh(job).suggestions
    assert model.opened == 1


def test_a_changed_context_is_a_cold_start(drafter: Drafter) -> None:
    drafter.answer(Job("Hello Ada ", session=KEY), unwatched)
    job = Job("Hello Ada ", Context(recipient_name="Ada"), session=KEY)
    answer = drafter.answer(job, unwatched)
    assert answer.cached_tokens == 0
    assert answer.suggestions == fresh(job).suggestions
    assert drafter.answer(job, unwatched).computed_tokens == 0


def test_options_and_tail_are_not_part_of_a_session(drafter: Drafter) -> None:
    drafter.answer(Job("Can we ", session=KEY), unwatched)
    job = Job("Can we m", options=SearchOptions(max_words=2), session=KEY)
    answer = drafter.answer(job, unwatched)
    assert answer.computed_tokens == 0
    assert answer.suggestions == fresh(job).suggestions


def test_every_abandoned_job_leaves_what_it_committed(model: FakeModel, drafter: Drafter) -> None:
    job = Job("one two three four ", session=KEY)
    whole = fresh(job)
    for calls in range(5):
        drafter.store.delete(KEY)
        model.fed.clear()
        with pytest.raises(Superseded):
            drafter.answer(job, Countdown(calls))
        done = len(model.fed)
        answer = drafter.answer(job, unwatched)
        assert answer.cached_tokens == done
        assert answer.suggestions == whole.suggestions
        assert answer.prefix_tokens == whole.prefix_tokens == len(model.fed)


def test_a_very_long_word_can_be_abandoned_in_the_middle(model: FakeModel, drafter: Drafter) -> None:
    job = Job("x" * 20_000 + " ", session=KEY)
    with pytest.raises(Superseded):
        drafter.answer(job, Countdown(3))
    assert 0 < len(model.fed) < 500
    answer = drafter.answer(job, unwatched)
    assert answer.cached_tokens == 0  # half a word is no checkpoint
    assert answer.suggestions == fresh(job).suggestions


def test_a_failing_search_keeps_the_session(model: FakeModel, drafter: Drafter) -> None:
    job = Job("one two ", session=KEY)
    model.search_steps = 10
    with pytest.raises(Superseded):
        drafter.answer(job, Countdown(8))
    assert drafter.answer(job, unwatched).computed_tokens == 0


def test_a_session_that_the_store_refuses_is_no_harm(model: FakeModel) -> None:
    drafter = Drafter(model, MemorySessionStore(100, 60))
    job = Job("one two ", session=KEY)
    first, second = drafter.answer(job, unwatched), drafter.answer(job, unwatched)
    assert first.suggestions == second.suggestions
    assert second.cached_tokens == 0


def test_phase_times_are_seconds_of_each_phase(drafter: Drafter) -> None:
    times = drafter.answer(Job("Can we meet ", session=KEY), unwatched).times
    assert times.queue == 0
    assert all(0 < seconds < 60 for seconds in (times.tokenize, times.prefill, times.decode))


def test_the_context_key_tells_all_contexts_apart() -> None:
    noon = datetime(2026, 11, 23, 12, tzinfo=UTC)
    contexts = [
        Context(),
        Context(subject=""),
        Context(subject="a"),
        Context(previous_message="a"),
        Context(recipient_name="a"),
        Context(subject="a", previous_message="b"),
        Context(subject='a", "b'),
        Context(sent_at=noon),
        Context(sent_at=noon.astimezone(timezone(timedelta(hours=1)))),
        Context(sent_at=noon.replace(tzinfo=None)),
        Context(subject=noon.isoformat()),
    ]
    keys = {context_key(name, context) for context in contexts for name in ("m1", "m2")}
    assert len(keys) == 2 * len(contexts)
    assert context_key("m1", Context(subject="geheim")) == context_key("m1", Context(subject="geheim"))
    assert "geheim" not in context_key("m1", Context(subject="geheim"))


def test_nothing_that_is_logged_by_habit_shows_the_draft(drafter: Drafter) -> None:
    job = Job("geheim geheim ", Context(subject="geheim"), session=KEY)
    answer = drafter.answer(job, unwatched)
    shown = answer.suggestions[0].text
    assert "geheim" not in repr(job) + repr(answer) + repr(drafter.store.get(KEY))
    assert shown not in repr(answer)
