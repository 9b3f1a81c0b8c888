"""One model, many callers: which requests are answered, in which order, and why others are not."""

import asyncio
from collections import Counter
from collections.abc import Sequence

import pytest

from inkling.models.runtime.batch import StepRequest, StepResult
from inkling.service.engine.errors import Stopping, Superseded
from inkling.service.sessions.session_store import SessionKey
from tests.rigs.engine_rig import ADA, BOB, EVE, job, right, running


def test_answers_come_in_the_order_of_arrival() -> None:
    async def scene() -> None:
        async with running(max_batch=1) as rig:
            jobs = [job(EVE, "e "), job(ADA, "a "), job(None, "b "), job(BOB, "c "), job(None, "d ")]
            futures = rig.submit(*jobs)
            assert rig.engine.busy
            answers = await asyncio.gather(*futures)
            assert all(map(right, answers, jobs))
            assert rig.answers == answers

    asyncio.run(scene())


def test_requests_share_model_steps() -> None:
    async def scene() -> None:
        async with running() as rig:
            batches: list[int] = []
            run = rig.model.run

            def counted(requests: Sequence[StepRequest]) -> list[StepResult]:
                batches.append(len(requests))
                return run(requests)

            rig.model.run = counted  # type: ignore[method-assign]
            await asyncio.gather(*rig.submit(*(job(None, "same ") for _ in range(5))))
            assert set(batches) == {5}

    asyncio.run(scene())


def test_a_newer_job_supersedes_a_waiting_one_and_takes_its_place() -> None:
    async def scene() -> None:
        async with running(max_batch=1) as rig:
            (first,) = rig.submit(job(EVE, "blocking the way "))
            await rig.steps(1)
            old, other, new = rig.submit(job(ADA, "stale "), job(BOB, "other "), job(ADA, "newer "))
            with pytest.raises(Superseded):
                await old
            answers = [await first, await new, await other]
            assert rig.answers == answers
            assert not rig.fed("stale")

    asyncio.run(scene())


def test_a_newer_job_supersedes_the_one_in_progress_and_uses_its_work() -> None:
    async def scene() -> None:
        async with running() as rig:
            (old,) = rig.submit(job(ADA, "first second third "))
            await rig.steps(5)
            newer = job(ADA, "first second thirds ")
            (new,) = rig.submit(newer)
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
            (first,) = rig.submit(job(EVE, "blocking the way "))
            await rig.steps(1)
            rest = rig.submit(job(twin, "a "), job(None, "b "), job(None, "b "))
            await asyncio.gather(first, *rest)
            assert len(rig.answers) == 4

    asyncio.run(scene())


def test_a_client_that_left_the_queue_costs_nothing() -> None:
    async def scene() -> None:
        async with running(max_batch=1) as rig:
            rig.submit(job(EVE, "blocking the way "))
            await rig.steps(1)
            rig.ask(job(ADA, "unwanted ")).cancel()
            (after,) = rig.submit(job(ADA, "wanted "))
            await after
            assert not rig.fed("unwanted")

    asyncio.run(scene())


def test_a_client_that_left_stops_the_job_in_progress() -> None:
    async def scene() -> None:
        async with running() as rig:
            leaving = rig.ask(job(ADA, "one two three four "))
            await rig.steps(1)
            leaving.cancel()
            (after,) = rig.submit(job(BOB, "next "))
            await after
            assert rig.model.encoded == ["one", "next"]

    asyncio.run(scene())


def test_a_search_in_progress_can_be_stopped() -> None:
    async def scene() -> None:
        async with running() as rig:
            rig.model.search_steps = 1000
            leaving = rig.ask(job(ADA, "unfinished"))
            await rig.steps(1)
            steps = Counter[str]()
            rig.on_step = lambda: steps.update(["step"])
            leaving.cancel()
            for _ in range(20):
                await asyncio.sleep(0)
            assert steps["step"] <= 1
            assert not rig.engine.busy

    asyncio.run(scene())


def test_what_is_said_during_a_step_counts_before_the_next() -> None:
    """A frame that comes while the model steps is read before its result is used."""

    async def scene() -> None:
        async with running() as rig:
            loop, asked = asyncio.get_running_loop(), rig.ask(job(ADA, "one two three "))

            def come() -> None:  # as the event loop notices a socket: in its next turn
                rig.on_step = lambda: None
                loop.call_soon(loop.call_soon, asked.cancel)

            rig.on_step = come
            await rig.steps(1)
            for _ in range(20):
                await asyncio.sleep(0)
            assert rig.steps_taken <= 2

    asyncio.run(scene())


def test_the_time_in_the_queue_is_told() -> None:
    async def scene() -> None:
        async with running(max_batch=1) as rig:
            first, second = rig.submit(job(EVE, "blocking "), job(ADA, "a "))
            await rig.steps(1)
            rig.now = 6.0
            assert (await first).times.queue == 0.0
            assert (await second).times.queue == 6.0

    asyncio.run(scene())


def test_describe_and_delete() -> None:
    async def scene() -> None:
        async with running() as rig:
            assert rig.engine.describe_session(ADA) is None
            assert not rig.engine.delete_session(ADA)
            await rig.ask(job(ADA, "Can we ")).outcome
            sizes = rig.engine.describe_session(ADA)
            assert sizes is not None
            assert (sizes.characters, sizes.words) == (6, 2)
            assert rig.engine.delete_session(ADA)
            assert rig.engine.describe_session(ADA) is None

    asyncio.run(scene())


def test_deleting_a_session_ends_its_job_in_progress_and_what_it_left() -> None:
    async def scene() -> None:
        async with running() as rig:
            (current,) = rig.submit(job(ADA, "one two three "))
            await rig.steps(5)
            assert rig.engine.delete_session(ADA)
            with pytest.raises(Superseded):
                await current
            assert rig.store.describe(ADA) is None

    asyncio.run(scene())


def test_deleting_a_session_ends_its_waiting_job_and_no_other() -> None:
    async def scene() -> None:
        async with running(max_batch=1) as rig:
            rig.submit(job(EVE, "blocking the way "))
            await rig.steps(1)
            waiting, other = rig.submit(job(ADA, "one two "), job(BOB, "other "))
            assert not rig.engine.delete_session(ADA)
            with pytest.raises(Superseded):
                await waiting
            await other
            assert rig.store.describe(ADA) is None
            assert rig.store.describe(BOB) is not None

    asyncio.run(scene())


def test_what_is_abandoned_ends_at_once_and_the_engine_with_it() -> None:
    async def scene() -> None:
        async with running(max_batch=1) as rig:
            running_one, waiting = rig.submit(job(EVE, "blocking the way "), job(ADA, "a "))
            await rig.steps(1)
            rig.engine.stop()
            with pytest.raises(Stopping):
                rig.engine.submit(job(BOB, "b "), lambda _: None)
            rig.engine.abandon()
            for future in (running_one, waiting):
                with pytest.raises(Stopping):
                    await future
            assert not rig.engine.busy

    asyncio.run(scene())
