"""Cold drafts and greedy clients do not slow down people who type. Counted in model steps, not in time."""

import asyncio

import pytest

from inkling.models.search.suggestion import SearchOptions
from inkling.service.engine.job import Job
from inkling.service.engine.work import QUANTUM, WorkEstimate
from inkling.service.sessions.session_store import SessionKey
from tests.rigs.engine_rig import ADA, EVE, right, running

COLD = "We looked at every number of the plan again and again. " * 40


def cold(client: str = "greedy", number: int = 0) -> Job:
    """A long draft that was never read, with the widest search."""
    return Job(f"Case {number}. {COLD}", options=SearchOptions(16, 15), flow=("", client, ""))


def keystroke(session: SessionKey, prefix: str) -> Job:
    return Job(prefix, session=session, flow=("", "typist", session.session_id))


@pytest.mark.parametrize("greedy", [1, 8])
def test_a_keystroke_does_not_wait_for_drafts_that_are_being_read(greedy: int) -> None:
    async def alone() -> int:
        async with running() as rig:
            await rig.submit(keystroke(ADA, "Can we meet"))[0]
            before = rig.steps_taken
            await rig.submit(keystroke(ADA, "Can we meet t"))[0]
            return rig.steps_taken - before

    async def beside() -> int:
        async with running() as rig:
            await rig.submit(keystroke(ADA, "Can we meet"))[0]
            reading = rig.submit(*(cold(number=number) for number in range(greedy)))
            await rig.steps(greedy * (QUANTUM + 10))
            before = rig.steps_taken
            asked = keystroke(ADA, "Can we meet t")
            answer = await rig.submit(asked)[0]
            taken = rig.steps_taken - before
            assert right(answer, asked)
            assert not any(one.done() for one in reading)
            for number, one in enumerate(reading):
                assert right(await one, cold(number=number))
            return taken

    own = asyncio.run(alone())
    assert asyncio.run(beside()) <= 3 * own + 2


def test_drafts_that_are_being_read_go_on_beside_people_who_type() -> None:
    async def scene() -> None:
        async with running() as rig:
            reading = rig.submit(cold())[0]
            text, keys = "Can we meet today or on Friday", 0
            while not reading.done():
                keys += 1
                assert keys < 5000
                end = 1 + keys % len(text)
                await rig.submit(keystroke(EVE, text[:end]))[0]

    asyncio.run(scene())


def test_a_late_typist_begins_though_many_long_requests_run() -> None:
    async def scene() -> None:
        async with running(max_batch=2) as rig:
            reading = rig.submit(*(cold(f"client {number}", number) for number in range(6)))
            for _ in range(20_000):
                if len(rig.engine._scheduler.running) == 6:
                    break
                await asyncio.sleep(0)
            answer = await rig.submit(keystroke(ADA, "Can we"))[0]
            assert answer.suggestions is not None
            assert not all(one.done() for one in reading)
            await asyncio.gather(*reading)

    asyncio.run(scene())


def test_what_an_answer_took_is_told() -> None:
    async def scene() -> None:
        async with running() as rig:
            first = await rig.submit(keystroke(ADA, COLD))[0]
            second = await rig.submit(keystroke(ADA, COLD + "Can"))[0]
            assert first.work > second.work
            assert first.work >= first.computed_tokens

    asyncio.run(scene())


def test_the_estimate_knows_which_drafts_were_read() -> None:
    estimate = WorkEstimate()
    typed = keystroke(ADA, COLD)
    assert estimate.of(typed) > QUANTUM
    estimate.answered(typed)
    assert estimate.of(keystroke(ADA, COLD + "Can we")) < QUANTUM
    assert estimate.of(keystroke(EVE, COLD + "Can we")) > QUANTUM
    assert estimate.of(Job(COLD)) > QUANTUM
    assert estimate.of(Job("")) >= 1
