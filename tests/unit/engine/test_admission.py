"""Requests that would be answered too late are refused at once, by one estimate of the wait."""

import asyncio
import gc
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from inkling.service.engine.client.admission import Admission, LoopLag, Pace
from inkling.service.engine.errors import Overloaded
from inkling.service.engine.garbage import collect_at_quiet_moments
from inkling.service.sessions.session_store import SessionKey


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_the_pace_follows_how_fast_answers_come_while_there_is_work() -> None:
    clock = Clock()
    pace = Pace(clock, 0.1)
    for _ in range(300):
        pace.begin()
        clock.now += 0.004
        pace.answered()
        clock.now += 50.0  # nobody asks
    assert pace.wait(0) == pytest.approx(0.004, rel=0.01)
    assert pace.wait(9) == pytest.approx(0.04, rel=0.01)


def test_answers_that_come_in_clumps_count_by_their_share() -> None:
    clock = Clock()
    pace = Pace(clock, 0.004)
    for _ in range(200):
        clock.now += 0.012
        for _ in range(3):
            pace.answered()
    assert pace.wait(0) == pytest.approx(0.004, rel=0.1)


def test_one_huge_prefix_does_not_stop_the_pace() -> None:
    clock = Clock()
    pace = Pace(clock, 0.004)
    clock.now += 20.0
    pace.answered()
    assert pace.wait(0) < 0.005


def test_the_lag_of_a_loop_is_seen_while_it_is_wanted() -> None:
    async def scene() -> None:
        lag = LoopLag()
        lag.watch()
        time.sleep(0.05)  # the loop does something else
        await asyncio.sleep(0)
        await asyncio.sleep(0)  # and only then sees what is due
        assert 0.02 < lag.seconds < 5
        lag.rest()
        assert lag.seconds == 0
        time.sleep(0.02)
        await asyncio.sleep(0.02)
        assert lag.seconds == 0

    asyncio.run(scene())


KEYS = [SessionKey("owner", str(number)) for number in range(10)]


def test_a_suggestion_that_would_wait_too_long_is_refused_by_the_estimate_that_it_is_told() -> None:
    async def scene() -> None:
        clock = Clock()
        admission = Admission(max_batch=16, max_queue=64, max_wait=1.0, clock=clock)
        for _ in range(500):
            with admission.admitted(None):
                clock.now += 0.3
        with ExitStack() as inside:
            for number in range(4):  # so many are worked on however long they take
                inside.enter_context(admission.admitted(KEYS[number]))
            assert admission.wait == pytest.approx(5 * 0.3, rel=0.01)
            with pytest.raises(Overloaded) as refusal, admission.admitted(KEYS[4]):
                pass
            assert refusal.value.retry_after == admission.wait
            inside.enter_context(admission.admitted(KEYS[0]))  # a draft's newer request adds nothing
        with admission.admitted(KEYS[4]):
            assert (admission.running, admission.waiting) == (1, 0)

    asyncio.run(scene())


def test_a_full_queue_is_refused_with_the_time_until_it_is_worked_off() -> None:
    async def scene() -> None:
        clock = Clock()
        admission = Admission(max_batch=1, max_queue=1, max_wait=1e9, clock=clock)
        for _ in range(500):
            with admission.admitted(None):
                clock.now += 30.0
        with admission.admitted(None), admission.admitted(None):
            assert (admission.running, admission.waiting) == (1, 1)
            with pytest.raises(Overloaded) as refusal, admission.admitted(None):
                pass
            assert refusal.value.retry_after == pytest.approx(90.0, rel=0.05)  # the two, and its own

    asyncio.run(scene())


def test_while_the_loop_is_behind_requests_are_refused_unread() -> None:
    async def scene() -> None:
        admission = Admission(max_batch=16, max_queue=64, max_wait=1.0)
        admission.check_unread()
        with admission.admitted(None):
            time.sleep(0.1)  # the loop does something else
            await asyncio.sleep(0)
            await asyncio.sleep(0)  # and only then sees what is due
            with pytest.raises(Overloaded) as refusal:
                admission.check_unread()
            assert refusal.value.retry_after == admission.wait
        admission.check_unread()  # nothing to do, nothing late

    asyncio.run(scene())


@pytest.fixture
def _thresholds() -> Iterator[None]:
    before = gc.get_threshold()
    yield
    gc.set_threshold(*before)


@pytest.mark.usefixtures("_thresholds")
def test_garbage_is_collected_when_nobody_waits() -> None:
    seen: list[bool] = []
    busy = [True] * 5

    def ask() -> bool:
        return busy.pop() if busy else False

    def note(phase: str, info: dict[str, int]) -> None:
        if phase == "start" and info["generation"] == 2:
            seen.append(bool(busy))

    async def scene() -> None:
        task = asyncio.create_task(collect_at_quiet_moments(ask, interval=0.01))
        while not seen:
            await asyncio.sleep(0.005)
        task.cancel()

    gc.callbacks.append(note)
    try:
        asyncio.run(scene())
    finally:
        gc.callbacks.remove(note)
    assert seen[0] is False
