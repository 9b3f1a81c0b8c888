"""A client and its worker: refused requests, late requests, and their life from start to stop."""

import asyncio
import threading
import time
from random import Random

import pytest

from inkling.models.text.context import Context
from inkling.models.text.masking import NO_NAMES
from inkling.service.engine.client.admission import Admission
from inkling.service.engine.errors import DeadlineExceeded, ModelFailed, Overloaded, Stopping, Superseded
from inkling.service.engine.job import Answer, Job
from inkling.service.engine.observer import Outcome
from inkling.service.engine.worker.engine import Engine
from inkling.service.engine.worker.model_runner import ModelRunner
from inkling.service.engine.worker.worker_server import WorkerServer
from inkling.service.sessions.memory_sessions import MemorySessionStore
from tests.rigs.client_rig import ClientRig, connected
from tests.rigs.engine_rig import ADA, BOB, EVE, PATIENCE, job, right
from tests.rigs.fakes import FakeModel


def test_jobs_are_counted_and_answered_by_one_thread_that_is_not_the_clients() -> None:
    async def scene() -> None:
        threads: set[int] = set()
        async with connected(ClientRig(max_batch=1)) as rig:
            rig.gate.on_step = lambda: threads.add(threading.get_ident())
            first = await rig.block()
            jobs = [job(ADA, "a "), job(None, "b "), job(BOB, "c "), job(None, "d ")]
            tasks = await rig.submit(*jobs)
            assert (rig.client.load.queue_depth, rig.client.load.in_progress) == (4, 1)
            assert rig.client.ready
            rig.gate.open()
            await first
            answers = await asyncio.gather(*tasks)
            assert all(map(right, answers, jobs))
            assert rig.tally.answers[1:] == answers
            assert len(threads) == 1
            assert threading.get_ident() not in threads

    asyncio.run(scene())


def test_past_capacity_is_refused_at_once_with_a_time_to_retry() -> None:
    async def scene() -> None:
        async with connected(ClientRig(max_queue=2, max_batch=1)) as rig:
            blocking = await rig.block()
            first, second = await rig.submit(job(ADA, "a "), job(BOB, "b "))
            with pytest.raises(Overloaded) as refusal:
                await rig.client.suggest(job(None, "c "))
            assert 0 < refusal.value.retry_after < 60
            # A waiting session may still change its mind: that needs no room.
            (newer,) = await rig.submit(job(ADA, "aa "))
            rig.gate.open()
            with pytest.raises(Superseded):
                await first
            await asyncio.gather(blocking, second, newer)
            await rig.client.suggest(job(None, "c "))
            assert rig.tally.outcomes == {Outcome.ANSWERED: 4, Outcome.OVERLOADED: 1, Outcome.SUPERSEDED: 1}

    asyncio.run(scene())


def test_a_deadline_that_passes_in_the_queue() -> None:
    async def scene() -> None:
        async with connected(ClientRig()) as rig:
            blocking = await rig.block()
            (early,) = await rig.submit(job(BOB, "early "))
            with pytest.raises(DeadlineExceeded):
                await rig.client.suggest(job(ADA, "late "), time.monotonic() + 0.01)
            assert not early.done()
            rig.gate.open()
            await asyncio.gather(blocking, early)
            assert not rig.fed("late")
            assert rig.tally.outcomes == {Outcome.ANSWERED: 2, Outcome.DEADLINE: 1}

    asyncio.run(scene())


def test_a_deadline_that_passes_between_steps_stops_the_job() -> None:
    async def scene() -> None:
        async with connected(ClientRig()) as rig:
            seconds = 0.02
            while not rig.gate.is_reached:  # on a slow machine it may pass before the job begins
                with pytest.raises(DeadlineExceeded):
                    await rig.client.suggest(job(ADA, "one two three four "), time.monotonic() + seconds)
                seconds *= 2
            rig.gate.open()
            await rig.client.suggest(job(BOB, "next "))
            assert rig.model.encoded == ["one", "next"]

    asyncio.run(scene())


def test_a_deadline_that_has_passed_already_costs_nothing() -> None:
    async def scene() -> None:
        async with connected(ClientRig()) as rig:
            rig.gate.open()
            with pytest.raises(DeadlineExceeded):
                await rig.client.suggest(job(ADA, "late "), time.monotonic())
            await rig.client.suggest(job(ADA, "in time "), time.monotonic() + PATIENCE)
            assert not rig.fed("late")
            assert rig.tally.outcomes == {Outcome.ANSWERED: 1, Outcome.DEADLINE: 1}

    asyncio.run(scene())


def test_a_client_that_left_stops_its_job() -> None:
    async def scene() -> None:
        async with connected(ClientRig()) as rig:
            (task,) = await rig.submit(job(ADA, "one two three four "))
            await rig.gate.reached()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            rig.gate.open()
            await rig.client.suggest(job(BOB, "next "))
            assert rig.model.encoded == ["one", "next"]
            assert rig.tally.outcomes[Outcome.CANCELLED] == 1

    asyncio.run(scene())


def test_stop_finishes_what_was_taken_and_refuses_the_rest() -> None:
    async def scene() -> None:
        async with connected(ClientRig()) as rig:
            taken = [await rig.block(), *await rig.submit(job(ADA, "a "), job(BOB, "b "))]
            stopping = asyncio.create_task(rig.client.stop(PATIENCE))
            await asyncio.sleep(0)
            assert not rig.client.ready
            for refused in (
                rig.client.suggest(job(None, "c ")),
                rig.client.describe_session(ADA),
                rig.client.delete_session(ADA),
            ):
                with pytest.raises(Stopping):
                    await refused
            rig.gate.open()
            await stopping
            await asyncio.gather(*taken)
            assert rig.tally.outcomes == {Outcome.ANSWERED: 3, Outcome.STOPPING: 1}

    asyncio.run(scene())


def test_stop_abandons_what_does_not_finish_in_time() -> None:
    async def scene() -> None:
        async with connected(ClientRig(max_batch=1)) as rig:
            rig.model.search_steps = 1000
            blocked = await rig.block()
            (waiting,) = await rig.submit(job(ADA, "a "))
            stopping = asyncio.create_task(rig.client.stop(0.0))
            await asyncio.sleep(0)
            rig.gate.open()
            for task in (blocked, waiting):
                with pytest.raises(Stopping):
                    await task
            await stopping

    asyncio.run(scene())


def test_a_client_that_never_started_or_has_stopped_says_so() -> None:
    async def scene() -> None:
        rig = ClientRig()
        with pytest.raises(Stopping):
            await rig.client.suggest(job(None, ""))
        await rig.client.stop(1.0)
        assert not rig.worker.alive
        rig = ClientRig()
        await rig.client.start()
        await rig.client.stop(1.0)
        await rig.client.stop(1.0)
        with pytest.raises(Stopping):
            await rig.client.suggest(job(None, ""))

    asyncio.run(scene())


class Unruly(BaseException):
    """Not an Exception, as a model may raise."""


@pytest.mark.parametrize(
    "raised", [ValueError("boom"), StopIteration(), SystemExit(1), asyncio.CancelledError(), Unruly()]
)
def test_an_error_of_the_model_goes_to_its_caller_only(raised: BaseException) -> None:
    async def scene() -> None:
        async with connected(ClientRig()) as rig:
            first = await rig.block()
            bad, good = await rig.submit(job(ADA, "bad "), job(BOB, "good "))
            # The first token stands for the line's start and is in both jobs.
            rig.model.poison[rig.model.encode("bad", line_start=True, names=NO_NAMES)[1]] = raised
            rig.gate.open()
            with pytest.raises(ModelFailed, match=type(raised).__name__):
                await bad
            await asyncio.gather(first, good)
            assert rig.tally.outcomes == {Outcome.ANSWERED: 2, Outcome.FAILED: 1}

    asyncio.run(scene())


def test_idle_sessions_are_dropped_while_nobody_asks() -> None:
    swept = threading.Event()

    class Watched(MemorySessionStore):
        def expire(self) -> int:
            swept.set()
            return super().expire()

    async def scene() -> None:
        async with connected(ClientRig(store=Watched(10**6, 60), housekeeping_seconds=0.001)):
            assert await asyncio.to_thread(swept.wait, PATIENCE)

    asyncio.run(scene())


def test_a_store_that_fails_to_expire_does_not_end_the_worker(caplog: pytest.LogCaptureFixture) -> None:
    failed = threading.Event()

    class Broken(MemorySessionStore):
        def expire(self) -> int:
            failed.set()
            raise OSError("no store")

    async def scene() -> None:
        async with connected(ClientRig(store=Broken(10**6, 60), housekeeping_seconds=0.001)) as rig:
            rig.gate.open()
            assert await asyncio.to_thread(failed.wait, PATIENCE)
            assert (await rig.client.suggest(job(ADA, "Can we "))).prefix_tokens > 0

    asyncio.run(scene())
    assert "could not be dropped" in caplog.text
    assert "Can we" not in caplog.text


def test_senseless_sizes_are_refused() -> None:
    store = MemorySessionStore(10**6, 60)
    runner = ModelRunner(FakeModel(), store)
    with pytest.raises(ValueError, match="at least 1"):
        Admission(max_batch=1, max_queue=0, max_wait=1.0)
    with pytest.raises(ValueError, match="at least 1"):
        Engine(runner, max_batch=0)
    with pytest.raises(ValueError, match="positive"):
        WorkerServer(Engine(runner), store, housekeeping_seconds=0.0)


@pytest.mark.parametrize("seed", range(4))
def test_in_any_traffic_every_answer_is_right_and_every_job_ends_once(seed: int) -> None:
    async def scene() -> None:
        random = Random(seed)
        async with connected(ClientRig(max_queue=4, max_batch=2)) as rig:
            rig.gate.open()
            keys = [ADA, BOB, EVE, None]
            texts = dict.fromkeys(keys, "")
            jobs, tasks = [], []
            for _ in range(150):
                key = random.choice(keys)
                texts[key] = (texts[key] + random.choice(["ab ", "c", "\n", "d e "]))[
                    random.choice([0, 0, 0, 5]) :
                ]
                context = Context(subject=random.choice([None, None, None, "Lunch"]))
                jobs.append(Job(texts[key], context, session=key))
                tasks += await rig.submit(jobs[-1])
                chance = random.random()
                if chance < 0.1:
                    random.choice(tasks).cancel()
                elif chance < 0.15 and key is not None:
                    await rig.client.delete_session(key)
                elif chance < 0.6:
                    await asyncio.wait([tasks[-1]])
            results = await asyncio.gather(*tasks, return_exceptions=True)
            for asked, result in zip(jobs, results, strict=True):
                if isinstance(result, Answer):
                    assert right(result, asked)
                else:
                    assert isinstance(result, Superseded | Overloaded | asyncio.CancelledError)
            assert rig.tally.outcomes.total() == len(jobs)
            assert rig.tally.outcomes[Outcome.ANSWERED] == len(rig.tally.answers) > 50

    asyncio.run(scene())
