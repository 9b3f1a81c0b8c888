"""The cost of one job, and the session after a finished or an abandoned job."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from inkling.models.runtime.batch import finish
from inkling.models.search.suggestion import SearchOptions
from inkling.models.text.context import Context
from inkling.service.engine.job import Answer, Job
from inkling.service.engine.worker.model_runner import ModelRunner, context_key
from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.sessions.session_store import SessionKey
from tests.rigs.fakes import FakeModel

KEY = SessionKey("ada", "draft")


def answer(runner: ModelRunner, job: Job) -> Answer:
    return finish(runner.run, runner.answer(job))


def abandon(runner: ModelRunner, job: Job, steps: int) -> None:
    """Take a job through so many model steps, then give it up."""
    answering = runner.answer(job)
    work = next(answering)
    for _ in range(steps):
        (done,) = runner.run([work])
        work = answering.send(done)
    answering.close()


@pytest.fixture
def model() -> FakeModel:
    return FakeModel()


@pytest.fixture
def runner(model: FakeModel) -> ModelRunner:
    return ModelRunner(model, MemorySessionStore(10**6, 60))


def fresh(job: Job) -> Answer:
    return answer(ModelRunner(FakeModel(), MemorySessionStore(10**6, 60)), replace(job, session=None))


def test_only_new_chunks_are_tokenised_and_fed(runner: ModelRunner, model: FakeModel) -> None:
    first = answer(runner, Job("Can we meet ", session=KEY))
    assert (first.cached_tokens, first.computed_tokens) == (0, len(model.fed))
    assert model.encoded == ["Can", " we", " meet"]
    second = answer(runner, Job("Can we meet at noon", session=KEY))
    assert model.encoded[3:] == [" at"]
    assert (second.cached_tokens, second.computed_tokens) == (first.prefix_tokens, 2)
    third = answer(runner, Job("Can we meet at noon tod", session=KEY))
    assert third.cached_tokens == second.prefix_tokens
    assert third.session == KEY


def test_the_tail_is_never_fed(runner: ModelRunner, model: FakeModel) -> None:
    for tail in ("", "  ", "unfinished"):
        assert answer(runner, Job(tail, session=KEY)).prefix_tokens == 0
    assert model.fed == []


def test_without_a_session_nothing_is_kept(runner: ModelRunner) -> None:
    first, second = (answer(runner, Job("Can we meet ")) for _ in range(2))
    assert first.session is None
    assert second.computed_tokens == first.computed_tokens == first.prefix_tokens
    assert runner.store.stats().sessions == 0


def test_the_blank_start_is_computed_once_and_never_written_to(model: FakeModel) -> None:
    runner = ModelRunner(model, MemorySessionStore(10**6, 60), openings=("Can",))
    job = Job("Can we meet ")
    for session_id in "abc":
        keyed = replace(job, session=SessionKey("ada", session_id))
        assert answer(runner, keyed).suggestions == fresh(job).suggestions
    assert model.opened == 1


def test_a_changed_context_is_a_cold_start(runner: ModelRunner) -> None:
    answer(runner, Job("Hello Ada ", session=KEY))
    job = Job("Hello Ada ", Context(recipient_name="Ada"), session=KEY)
    answered = answer(runner, job)
    assert answered.cached_tokens == 0
    assert answered.suggestions == fresh(job).suggestions
    assert answer(runner, job).computed_tokens == 0


def test_options_and_tail_are_not_part_of_a_session(runner: ModelRunner) -> None:
    answer(runner, Job("Can we ", session=KEY))
    job = Job("Can we m", options=SearchOptions(max_words=2), session=KEY)
    answered = answer(runner, job)
    assert answered.computed_tokens == 0
    assert answered.suggestions == fresh(job).suggestions


def test_every_abandoned_job_leaves_what_it_committed(model: FakeModel, runner: ModelRunner) -> None:
    job = Job("one two three four ", session=KEY)
    whole = fresh(job)
    for steps in range(9):
        runner.store.delete(KEY)
        model.fed.clear()
        abandon(runner, job, steps)
        done = len(model.fed)
        answered = answer(runner, job)
        assert done - 3 < answered.cached_tokens <= done  # whole words only; the first has three tokens
        assert answered.suggestions == whole.suggestions
        assert answered.prefix_tokens == whole.prefix_tokens
        assert len(model.fed) == done + answered.computed_tokens


@pytest.mark.lengthy
def test_a_very_long_word_can_be_abandoned_in_the_middle(model: FakeModel, runner: ModelRunner) -> None:
    job = Job("x" * 20_000 + " ", session=KEY)
    abandon(runner, job, 3)
    assert len(model.fed) == 3
    answered = answer(runner, job)
    assert answered.cached_tokens == 0  # half a word is no checkpoint
    assert answered.suggestions == fresh(job).suggestions


def test_a_failing_search_keeps_the_session(model: FakeModel, runner: ModelRunner) -> None:
    job = Job("one two ", session=KEY)
    model.search_steps = 10
    abandon(runner, job, 8)
    assert answer(runner, job).computed_tokens == 0


def test_a_session_that_the_store_refuses_is_no_harm(model: FakeModel) -> None:
    runner = ModelRunner(model, MemorySessionStore(100, 60))
    job = Job("one two ", session=KEY)
    first, second = answer(runner, job), answer(runner, job)
    assert first.suggestions == second.suggestions
    assert second.cached_tokens == 0


def test_phase_times_are_seconds_of_each_phase(runner: ModelRunner) -> None:
    times = answer(runner, Job("Can we meet ", session=KEY)).times
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


def test_nothing_that_is_logged_by_habit_shows_the_draft(runner: ModelRunner) -> None:
    job = Job("geheim geheim ", Context(subject="geheim"), session=KEY)
    answered = answer(runner, job)
    shown = answered.suggestions[0].text
    assert "geheim" not in repr(job) + repr(answered) + repr(runner.store.get(KEY))
    assert shown not in repr(answered)
