"""One model thread, many callers: who is answered, in which order, and who is told why not."""

import asyncio
import threading
from collections import Counter
from random import Random

import pytest

from models.text.context import Context
from service.engine.errors import DeadlineExceeded, Overloaded, Superseded
from service.engine.job import Answer, Job
from service.engine.observer import Outcome
from service.sessions.session_store import SessionKey
from tests.engine_rig import ADA, BOB, EVE, job, right, running


def test_answers_in_order_of_arrival_from_one_thread_that_is_not_the_loops() -> None:
    async def scene() -> None:
        async with running(together=1) as rig:
            await rig.block()
            jobs = [job(ADA, "a "), job(None, "b "), job(BOB, "c "), job(None, "d ")]
            tasks = await rig.submit(*jobs)
            assert (rig.engine.queue_depth, rig.engine.in_progress) == (4, 1)
            assert rig.engine.ready
            rig.gate.open()
            answers = await asyncio.gather(*tasks)
            assert all(map(right, answers, jobs))
            assert rig.tally.answers[1:] == answers
            assert len(rig.gate.threads) == 1
            assert threading.get_ident() not in rig.gate.threads

    asyncio.run(scene())


def test_a_newer_job_supersedes_a_waiting_one_and_takes_its_place() -> None:
    async def scene() -> None:
        async with running(together=1) as rig:
            await rig.block()
            old, other, new = await rig.submit(job(ADA, "stale "), job(BOB, "other "), job(ADA, "newer "))
            with pytest.raises(Superseded):
                await old
            assert rig.engine.queue_depth == 2
            rig.gate.open()
            answers = [await new, await other]
            assert rig.tally.answers[1:] == answers
            assert not rig.fed("stale")

    asyncio.run(scene())


def test_a_newer_job_supersedes_the_one_in_progress_and_uses_its_work() -> None:
    async def scene() -> None:
        async with running() as rig:
            rig.gate.let(5)
            (old,) = await rig.submit(job(ADA, "first second third "))
            await rig.gate.reached()
            newer = job(ADA, "first second thirds ")
            (new,) = await rig.submit(newer)
            rig.gate.open()
            with pytest.raises(Superseded):
                await old
            answer = await new
            assert right(answer, newer)
            assert answer.cached_tokens > 0
            assert " third" not in rig.model.encoded

    asyncio.run(scene())


def test_jobs_of_other_sessions_or_none_do_not_supersede() -> None:
    async def scene() -> None:
        async with running() as rig:
            twin = SessionKey("another owner", EVE.session_id)
            first = await rig.block()
            rest = await rig.submit(job(twin, "a "), job(None, "b "), job(None, "b "))
            rig.gate.open()
            await asyncio.gather(first, *rest)
            assert rig.tally.outcomes == {Outcome.ANSWERED: 4}

    asyncio.run(scene())


def test_a_client_that_left_the_queue_costs_nothing() -> None:
    async def scene() -> None:
        async with running() as rig:
            await rig.block()
            (task,) = await rig.submit(job(ADA, "unwanted "))
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            assert rig.engine.queue_depth == 0
            rig.gate.open()
            (after,) = await rig.submit(job(ADA, "wanted "))
            await after
            assert not rig.fed("unwanted")
            assert rig.tally.outcomes[Outcome.CANCELLED] == 1

    asyncio.run(scene())


def test_a_client_that_left_stops_the_job_in_progress() -> None:
    async def scene() -> None:
        async with running() as rig:
            (task,) = await rig.submit(job(ADA, "one two three four "))
            await rig.gate.reached()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            rig.gate.open()
            (after,) = await rig.submit(job(BOB, "next "))
            await after
            assert rig.model.encoded == ["one", "next"]

    asyncio.run(scene())


def test_a_search_in_progress_can_be_stopped() -> None:
    async def scene() -> None:
        async with running() as rig:
            rig.model.search_steps = 1000
            (task,) = await rig.submit(job(ADA, "unfinished"))
            await rig.gate.reached()
            steps = Counter[str]()
            rig.gate.on_step = lambda: steps.update(["step"])
            task.cancel()
            await asyncio.sleep(0)
            rig.gate.open()
            await rig.engine.describe_session(ADA)
            assert steps["step"] <= 1

    asyncio.run(scene())


def test_a_deadline_that_passed_in_the_queue() -> None:
    async def scene() -> None:
        async with running() as rig:
            await rig.block()
            late, early = await rig.submit(job(ADA, "late ", deadline=5.0), job(BOB, "early ", deadline=7.0))
            rig.now = 6.0
            rig.gate.open()
            with pytest.raises(DeadlineExceeded):
                await late
            assert (await early).times.queue == 6.0
            assert not rig.fed("late")

    asyncio.run(scene())


def test_a_deadline_that_passes_between_steps() -> None:
    async def scene() -> None:
        async with running() as rig:
            rig.gate.open()

            def tick() -> None:
                rig.now += 1.0

            rig.gate.on_step = tick
            (task,) = await rig.submit(job(ADA, "one two three four five six seven ", deadline=4.0))
            with pytest.raises(DeadlineExceeded):
                await task
            assert rig.model.encoded == ["one", " two"]
            assert rig.tally.outcomes == {Outcome.DEADLINE: 1}

    asyncio.run(scene())


def test_past_capacity_is_refused_at_once_with_a_time_to_retry() -> None:
    async def scene() -> None:
        async with running(max_queue=2) as rig:
            blocking = await rig.block()
            first, second = await rig.submit(job(ADA, "a "), job(BOB, "b "))
            with pytest.raises(Overloaded) as refusal:
                await rig.engine.suggest(job(None, "c "))
            assert 0 < refusal.value.retry_after < 60
            # A waiting session may still change its mind: that needs no room.
            (newer,) = await rig.submit(job(ADA, "aa "))
            with pytest.raises(Superseded):
                await first
            rig.gate.open()
            await asyncio.gather(blocking, second, newer)
            await rig.engine.suggest(job(None, "c "))
            assert rig.tally.outcomes == {Outcome.ANSWERED: 4, Outcome.OVERLOADED: 1, Outcome.SUPERSEDED: 1}

    asyncio.run(scene())


def test_the_time_to_retry_follows_the_service_time() -> None:
    async def scene() -> None:
        async with running(max_queue=1) as rig:
            rig.gate.open()

            def tick() -> None:
                rig.now += 10.0

            rig.gate.on_step = tick
            for _ in range(20):
                await rig.engine.suggest(job(None, ""))
            rig.gate.shut()
            await rig.block()
            await rig.submit(job(None, ""))
            with pytest.raises(Overloaded) as refusal:
                await rig.engine.suggest(job(None, ""))
            assert 40 < refusal.value.retry_after < 61  # two answers of three steps of 10 s

    asyncio.run(scene())


def test_describe_and_delete() -> None:
    async def scene() -> None:
        async with running() as rig:
            rig.gate.open()
            assert await rig.engine.describe_session(ADA) is None
            assert not await rig.engine.delete_session(ADA)
            await rig.engine.suggest(job(ADA, "Can we "))
            sizes = await rig.engine.describe_session(ADA)
            assert sizes is not None
            assert (sizes.characters, sizes.words) == (6, 2)
            assert await rig.engine.delete_session(ADA)
            assert await rig.engine.describe_session(ADA) is None

    asyncio.run(scene())


def test_deleting_a_session_ends_its_job_in_progress_and_what_it_left() -> None:
    async def scene() -> None:
        async with running() as rig:
            (current,) = await rig.submit(job(ADA, "one two three "))
            await rig.gate.reached()
            deleting = asyncio.create_task(rig.engine.delete_session(ADA))
            await asyncio.sleep(0)
            rig.gate.open()
            with pytest.raises(Superseded):
                await current
            assert await deleting
            assert rig.store.describe(ADA) is None

    asyncio.run(scene())


def test_deleting_a_session_ends_its_waiting_job_and_no_other() -> None:
    async def scene() -> None:
        async with running() as rig:
            await rig.block()
            waiting, other = await rig.submit(job(ADA, "one two "), job(BOB, "other "))
            deleting = asyncio.create_task(rig.engine.delete_session(ADA))
            with pytest.raises(Superseded):
                await waiting
            rig.gate.open()
            assert not await deleting
            await other
            assert rig.store.describe(ADA) is None
            assert rig.store.describe(BOB) is not None

    asyncio.run(scene())


@pytest.mark.parametrize("seed", range(4))
def test_in_any_traffic_every_answer_is_right_and_every_job_ends_once(seed: int) -> None:
    async def scene() -> None:
        random = Random(seed)
        async with running(max_queue=4) as rig:
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
                    await rig.engine.delete_session(key)
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
