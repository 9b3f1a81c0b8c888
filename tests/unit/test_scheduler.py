"""Which requests run and which wait, without a model, a clock or an event loop."""

from dataclasses import dataclass
from random import Random

import pytest

from inkling.service.engine.worker.scheduler import Scheduler
from inkling.service.sessions.session_store import SessionKey

KEYS = [SessionKey("owner", name) for name in ("ada", "bob", "eve")]
ADA, BOB, EVE = KEYS


@dataclass(eq=False)
class Asked:
    session: SessionKey | None = None
    ready: bool = True


def run(scheduler: Scheduler[Asked]) -> list[Asked]:
    """Start the requests that can run, and return them."""
    begun = []
    while (request := scheduler.join(lambda one: one.ready)) is not None:
        begun.append(request)
    return begun


def test_requests_run_in_the_order_in_which_they_came_as_far_as_there_is_room() -> None:
    scheduler: Scheduler[Asked] = Scheduler(2)
    first, second, third = Asked(ADA), Asked(), Asked(BOB)
    for request in (first, second, third):
        assert scheduler.admit(request) is None
    assert run(scheduler) == [first, second]
    assert list(scheduler.waiting) == [third]
    assert scheduler.leave(first)
    assert run(scheduler) == [third]
    assert list(scheduler.running) == [second, third]


def test_a_newer_request_takes_the_place_of_the_waiting_one_of_its_session() -> None:
    scheduler: Scheduler[Asked] = Scheduler(1)
    old, other, newer = Asked(ADA), Asked(BOB), Asked(ADA)
    scheduler.admit(old)
    scheduler.admit(other)
    assert scheduler.admit(newer) is old
    assert list(scheduler.waiting) == [newer, other]


def test_a_newer_request_ends_the_running_one_of_its_session_and_waits_at_the_end() -> None:
    scheduler: Scheduler[Asked] = Scheduler(1)
    old, other, newer = Asked(ADA), Asked(BOB), Asked(ADA)
    scheduler.admit(old)
    run(scheduler)
    scheduler.admit(other)
    assert scheduler.admit(newer) is old
    assert list(scheduler.running) == []
    assert list(scheduler.waiting) == [other, newer]


def test_requests_without_a_session_replace_nothing() -> None:
    scheduler: Scheduler[Asked] = Scheduler(1)
    requests = [Asked(), Asked(), Asked(SessionKey("another owner", ADA.session_id)), Asked(ADA)]
    assert [scheduler.admit(request) for request in requests] == [None] * 4
    assert list(scheduler.waiting) == requests


def test_one_that_is_not_ready_keeps_its_place_and_holds_nobody_up() -> None:
    scheduler: Scheduler[Asked] = Scheduler(1)
    loading, other, last = Asked(ADA, ready=False), Asked(BOB), Asked(EVE)
    for request in (loading, other, last):
        scheduler.admit(request)
    assert run(scheduler) == [other]
    loading.ready = True
    assert scheduler.leave(other)
    assert run(scheduler) == [loading]


def test_whether_one_is_ready_is_not_asked_while_there_is_no_room() -> None:
    scheduler: Scheduler[Asked] = Scheduler(1)
    scheduler.admit(Asked(ADA))
    run(scheduler)
    scheduler.admit(Asked(BOB))
    asked: list[Asked] = []

    def ready(one: Asked) -> bool:
        asked.append(one)
        return True

    assert scheduler.join(ready) is None
    assert asked == []


def test_supersede_takes_out_the_one_of_a_session_whether_it_waits_or_runs() -> None:
    scheduler: Scheduler[Asked] = Scheduler(1)
    runs, waits = Asked(ADA), Asked(BOB)
    scheduler.admit(runs)
    run(scheduler)
    scheduler.admit(waits)
    assert scheduler.supersede(EVE) is None
    assert scheduler.supersede(BOB) is waits
    assert scheduler.supersede(ADA) is runs
    assert list(scheduler) == []
    assert not scheduler.leave(runs)


@pytest.mark.parametrize("seed", range(20))
def test_in_any_order_of_events_nobody_is_lost_or_there_twice(seed: int) -> None:
    random, scheduler = Random(seed), Scheduler[Asked](2)
    inside: list[Asked] = []
    for _ in range(300):
        act = random.random()
        if act < 0.5:
            request = Asked(random.choice([*KEYS, None]), random.random() < 0.8)
            older = scheduler.admit(request)
            inside = [one for one in inside if one is not older] + [request]
        elif act < 0.7 and inside:
            leaves = random.choice(inside)
            assert scheduler.leave(leaves)
            inside.remove(leaves)
        elif act < 0.8:
            gone = scheduler.supersede(random.choice(KEYS))
            inside = [one for one in inside if one is not gone]
        else:
            assert all(request.ready for request in run(scheduler))
        held = list(scheduler)
        assert len(held) == len(set(held))
        assert set(held) == set(inside)
        assert len(scheduler.running) <= 2
        sessions = [request.session for request in held if request.session is not None]
        assert len(sessions) == len(set(sessions))


def test_a_batch_of_none_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Scheduler[Asked](0)
