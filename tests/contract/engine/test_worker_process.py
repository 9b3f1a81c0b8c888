"""The model in a process of its own: the same answers, the same failures, and its end."""

import asyncio
import math
import os
import signal
import subprocess
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.loading import load_completer
from inkling.models.search.suggestion import EmptyReason, FinishReason, SearchOptions, Suggestion
from inkling.models.text.context import Context
from inkling.service.engine.client.worker_client import WorkerClient
from inkling.service.engine.client.worker_process import LaunchError, WorkerProcess
from inkling.service.engine.errors import (
    Cancelled,
    DeadlineExceeded,
    EngineError,
    Lost,
    ModelFailed,
    Overloaded,
    Stopping,
    StorageBusy,
    StorageFull,
    Superseded,
)
from inkling.service.engine.failure import describe_failure
from inkling.service.engine.job import Answer, Job, PhaseTimes
from inkling.service.engine.observer import Outcome
from inkling.service.engine.worker_config import WorkerConfig
from inkling.service.engine.worker_messages import MESSAGES, Answered, Failed, Suggest, error_of, failed
from inkling.service.http.app import create_app
from inkling.service.profiles.profile_store import UserKey
from inkling.service.sessions.session_store import SessionKey
from tests.materials.bundles import make_bundle
from tests.materials.networks import TORCH
from tests.programs.serving import app_client, assert_error, settings
from tests.rigs.engine_rig import Tally
from tests.rigs.naive_engine import NaiveEngine

pytestmark = pytest.mark.lengthy

KEY = SessionKey("ada", "draft")
OPTIONS = SearchOptions(min_confidence=0.0, interruption_ms=0.0)
SLOW = Job("word " * 3000, options=OPTIONS, session=KEY)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundles") / "tiny")


def launch(folder: Path) -> WorkerProcess:
    config = WorkerConfig(str(folder), "cpu", "onnx", 1, session_bytes=10**7, session_idle_seconds=60.0)
    return WorkerProcess.launch(config)


@asynccontextmanager
async def engine_of(
    model: WorkerProcess, tally: Tally | None = None, *, max_queue: int = 64, max_wait: float = math.inf
) -> AsyncIterator[WorkerClient]:
    engine = WorkerClient(model, max_queue=max_queue, max_wait=max_wait, observer=tally)
    await engine.start()
    try:
        yield engine
    finally:
        await engine.stop(0.0)
        assert model.process.poll() is not None


def process_of(engine: WorkerClient) -> "subprocess.Popen[bytes]":
    assert isinstance(engine.worker, WorkerProcess)
    return engine.worker.process


texts = st.none() | st.text(max_size=20)
moments = st.none() | st.datetimes(timezones=st.just(UTC))
keys = st.none() | st.builds(SessionKey, st.text(max_size=5), st.text(max_size=5))


@given(
    st.builds(
        Job,
        st.text(max_size=50),
        st.builds(Context, texts, texts, texts, moments),
        st.builds(
            SearchOptions,
            st.integers(1, 5),
            st.integers(1, 15),
            st.integers(1, 16),
            st.none() | st.floats(0, 1),
        ),
        keys,
        st.none() | st.builds(UserKey, st.text(max_size=5), st.text(max_size=5)),
    )
)
def test_a_job_arrives_as_it_was_sent(job: Job) -> None:
    assert MESSAGES.decode(MESSAGES.encode(Suggest(7, job))) == Suggest(7, job)


def test_an_answer_arrives_as_it_was_sent() -> None:
    suggestions = [Suggestion(" größer\u2028", 0.123456789012345, -2.1, FinishReason.LINE_END)]
    answer = Answer(suggestions, KEY, 5, 3, 2, 7, PhaseTimes(0.1, 0.2, 0.3, 0.4), EmptyReason.FILTERED)
    answered = Answered(7, answer, sessions=1, session_bytes=200)
    arrived = MESSAGES.decode(MESSAGES.encode(answered))
    assert arrived == answered
    assert arrived.result.suggestions[0].finish_reason is FinishReason.LINE_END
    assert arrived.result.reason is EmptyReason.FILTERED


def sent(error: Exception) -> EngineError:
    """The error as it arrives at the other end."""
    failure = MESSAGES.decode(MESSAGES.encode(failed(7, error, describe_failure)))
    assert isinstance(failure, Failed)
    assert failure.number == 7
    return error_of(failure)


@pytest.mark.parametrize(
    "kind", [Superseded, DeadlineExceeded, Cancelled, Stopping, StorageBusy, StorageFull]
)
def test_failures_arrive_as_what_they_were(kind: type[EngineError]) -> None:
    assert type(sent(kind())) is kind


def test_an_overload_keeps_its_time_and_a_models_error_loses_its_message() -> None:
    overloaded = sent(Overloaded(3.5))
    assert isinstance(overloaded, Overloaded)
    assert overloaded.retry_after == 3.5
    failed = sent(ValueError("geheim"))
    assert isinstance(failed, ModelFailed)
    assert "ValueError" in describe_failure(failed)
    assert "geheim" not in describe_failure(failed)


def test_answers_are_those_of_the_model_in_this_process(folder: Path) -> None:
    naive = NaiveEngine(load_completer(load_bundle(folder), "cpu", runtime="onnx"))
    jobs = [
        Job(prefix, Context(subject=subject), OPTIONS, key)
        for prefix in ("", "Hi", "Can we sched", "Can we schedule a meeting ", "Thanks,\n", "naïve 😀 caf")
        for subject in (None, "Lunch")
        for key in (None, KEY)
    ]

    async def scene() -> None:
        tally = Tally()
        async with engine_of(launch(folder), tally) as engine:
            for job in jobs:
                answer = await engine.suggest(job)
                assert (answer.suggestions, answer.prefix_tokens) == naive.answer(job)
                assert answer.session == job.session
                assert answer.times.decode > 0
            assert tally.outcomes == {Outcome.ANSWERED: len(jobs)}
            assert (engine.load.queue_depth, engine.load.in_progress) == (0, 0)
            sizes = await engine.describe_session(KEY)
            assert sizes is not None
            assert sizes.characters > 0
            assert await engine.delete_session(KEY)
            assert not await engine.delete_session(KEY)
            assert await engine.describe_session(KEY) is None
            await engine.stop(5.0)
            assert process_of(engine).returncode == 0
            assert not engine.ready
            with pytest.raises(Stopping):
                await engine.suggest(jobs[0])

    asyncio.run(scene())


def test_newer_jobs_supersede_and_abandoned_ones_are_dropped(folder: Path) -> None:
    async def scene() -> None:
        tally = Tally()
        async with engine_of(launch(folder), tally) as engine:
            older = asyncio.create_task(engine.suggest(SLOW))
            await asyncio.sleep(0)
            newer = await engine.suggest(Job("Hi all", options=OPTIONS, session=KEY))
            with pytest.raises(Superseded):
                await older
            assert newer.suggestions
            left = asyncio.create_task(engine.suggest(SLOW))
            await asyncio.sleep(0)
            left.cancel()
            with pytest.raises(asyncio.CancelledError):
                await left
            with pytest.raises(DeadlineExceeded):
                await engine.suggest(Job(SLOW.prefix, session=None), time.monotonic() + 0.02)
            assert (await engine.suggest(Job("Hi all", options=OPTIONS))).suggestions
            assert tally.outcomes == {
                Outcome.SUPERSEDED: 1,
                Outcome.CANCELLED: 1,
                Outcome.DEADLINE: 1,
                Outcome.ANSWERED: 2,
            }

    asyncio.run(scene())


def test_past_capacity_requests_are_refused(folder: Path) -> None:
    async def scene() -> None:
        async with engine_of(launch(folder), max_queue=1) as engine:
            many = [asyncio.create_task(engine.suggest(Job("word " * 20))) for _ in range(30)]
            results = await asyncio.gather(*many, return_exceptions=True)
            assert any(isinstance(one, Answer) for one in results)
            refused = [one for one in results if isinstance(one, Overloaded)]
            assert refused
            assert all(one.retry_after > 0 for one in refused)

    asyncio.run(scene())


def test_what_would_come_late_is_refused_at_once_but_not_a_drafts_newer_request(folder: Path) -> None:
    async def scene() -> None:
        tally = Tally()
        async with engine_of(launch(folder), tally, max_wait=1e-6) as engine:
            drafts = [SessionKey("ada", str(number)) for number in range(4)]
            slow = [asyncio.create_task(engine.suggest(replace(SLOW, session=key))) for key in drafts]
            await asyncio.sleep(0)
            with pytest.raises(Overloaded):
                await engine.suggest(replace(SLOW, session=SessionKey("ada", "other")))
            with pytest.raises(Overloaded):
                await engine.suggest(SLOW)
            newer = [asyncio.create_task(engine.suggest(Job("ok ", session=key))) for key in drafts]
            with pytest.raises(Superseded):
                await slow[0]
            answers = await asyncio.gather(*newer)
            assert all(isinstance(answer, Answer) for answer in answers)
            await asyncio.gather(*slow, return_exceptions=True)
            assert tally.outcomes[Outcome.OVERLOADED] == 2
            await engine.suggest(SLOW)  # nobody is before it

    asyncio.run(scene())


def test_a_loop_that_is_late_refuses_without_a_look(folder: Path) -> None:
    async def scene() -> None:
        tally = Tally()
        async with engine_of(launch(folder), tally, max_wait=0.02) as engine:
            engine.check_load()
            slow = [asyncio.create_task(engine.suggest(SLOW)) for _ in range(4)]
            await asyncio.sleep(0)
            time.sleep(0.1)  # the loop does something else
            await asyncio.sleep(0)
            await asyncio.sleep(0)  # and only then sees what is due
            with pytest.raises(Overloaded):
                engine.check_load()
            assert tally.outcomes[Outcome.OVERLOADED] == 1
            for task in slow:
                task.cancel()
            await asyncio.gather(*slow, return_exceptions=True)
            engine.check_load()  # nothing to do, nothing late

    asyncio.run(scene())


def test_when_the_process_dies_its_askers_are_told(folder: Path) -> None:
    async def scene() -> None:
        async with engine_of(launch(folder)) as engine:
            asked = asyncio.create_task(engine.suggest(SLOW))
            await asyncio.sleep(0.01)
            process_of(engine).kill()
            with pytest.raises(Lost):
                await asked
            assert not engine.ready
            with pytest.raises(Lost):
                await engine.suggest(SLOW)

    asyncio.run(scene())


def test_the_process_ends_when_the_other_end_is_gone(folder: Path) -> None:
    model = launch(folder)
    model.connection.close()
    assert model.process.wait(20) == 0


def test_a_bundle_that_cannot_be_served_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(LaunchError, match="not a bundle"):
        launch(tmp_path)
    other = make_bundle(tmp_path / "other", sizes=TORCH["transformer"])
    with pytest.raises(LaunchError, match="a Transformer is served by the torch runtime"):
        launch(other)


def test_a_lost_model_is_started_again(folder: Path) -> None:
    app = create_app(settings(bundle=folder, device="cpu"))
    with app_client(app) as client:
        assert client.suggest(prefix="Can we", min_confidence=0).status_code == 200
        lost = app.state.host.engine.replicas[0].worker.process.pid
        os.kill(lost, signal.SIGKILL)
        deadline = time.monotonic() + 60
        while client.get("/readyz").status_code == 200:
            assert time.monotonic() < deadline
            time.sleep(0.05)  # asking without a pause would keep the dying process from the processor
        assert_error(client.suggest(prefix="Can we"), 503, "not_ready")
        while client.get("/readyz").status_code != 200:
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert client.suggest(prefix="Can we", min_confidence=0).status_code == 200
        assert app.state.host.engine.replicas[0].worker.process.pid != lost
