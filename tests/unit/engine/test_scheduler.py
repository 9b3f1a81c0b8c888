"""Which requests run and which wait, without a model, a clock or an event loop."""

from dataclasses import dataclass
from random import Random

import pytest

from inkling.service.engine.work import QUANTUM
from inkling.service.engine.worker.scheduler import MAX_STEP_WORK, Scheduler
from inkling.service.sessions.session_store import SessionKey

KEYS = [SessionKey("owner", name) for name in ("ada", "bob", "eve")]
ADA, BOB, EVE = KEYS


@dataclass(eq=False)
class Asked:
    session: SessionKey | None = None
    ready: bool = True
    flow: tuple[str, ...] = ("",)
    work: int = 1
    done: int = 0


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


def begin(max_batch: int, *requests: Asked) -> Scheduler[Asked]:
    """A scheduler in which these have begun."""
    scheduler: Scheduler[Asked] = Scheduler(max_batch)
    for request in requests:
        scheduler.admit(request)
    assert len(run(scheduler)) == len(requests)
    return scheduler


def long(flow: tuple[str, ...] = ("",), work: int = 1) -> Asked:
    """A request that has had more than a short one gets."""
    return Asked(flow=flow, work=work, done=QUANTUM + 1)


def test_what_has_room_in_a_step_shares_it() -> None:
    scheduler = begin(4, first := Asked(), second := Asked(work=5), Asked(work=0))
    assert scheduler.pick() == [first, second]
    assert (first.done, second.done) == (1, 5)


def test_a_step_is_bounded_by_work_but_never_empty() -> None:
    scheduler = begin(4, big := Asked(work=2 * MAX_STEP_WORK, flow=("a",)), other := Asked(flow=("b",)))
    assert scheduler.pick() == [big]
    assert scheduler.pick() == [other]


def test_long_requests_take_no_place_of_short_ones() -> None:
    scheduler = begin(1, first := Asked())
    first.done = QUANTUM + 1
    scheduler.admit(second := Asked())
    assert run(scheduler) == [second]
    assert list(scheduler.running) == [first, second]


def test_short_requests_go_before_long_ones_which_go_on_all_the_same() -> None:
    scheduler = begin(16, *(long(work=48) for _ in range(8)))
    scheduler.admit(typist := Asked(work=12))
    run(scheduler)
    steps = [scheduler.pick() for _ in range(20)]
    assert all(typist in step for step in steps)
    beside = sum(one.work for step in steps for one in step if one is not typist)
    assert 0 < beside <= 20 * 12 / 2


def test_one_that_grows_long_in_a_step_is_in_it_once() -> None:
    growing = Asked(work=10, done=QUANTUM - 5)
    scheduler = begin(4, growing, *(long(work=10) for _ in range(3)))
    scheduler.admit(busy := Asked(work=MAX_STEP_WORK - 10))
    run(scheduler)
    step = scheduler.pick()
    assert {growing, busy} <= set(step)
    assert step.count(growing) == 1
    assert growing.done == QUANTUM + 5


@pytest.mark.parametrize("seed", range(20))
def test_nobody_is_twice_in_a_step_whatever_each_needs(seed: int) -> None:
    random = Random(seed)
    requests = [Asked(flow=("", f"client {random.randrange(3)}"), work=1) for _ in range(12)]
    scheduler = begin(12, *requests)
    for _ in range(300):
        for one in requests:
            one.work = random.choice((0, 1, 4, 24, 48))
            one.done = one.done if random.random() < 0.95 else 0
        before = {id(one): one.done for one in requests}
        step = scheduler.pick()
        assert len({id(one) for one in step}) == len(step) <= 12
        assert all(one.done - before[id(one)] == (one.work if one in step else 0) for one in requests)


def test_a_request_without_rest_becomes_long_and_alone_it_has_all() -> None:
    scheduler = begin(2, only := Asked(work=30))
    for _ in range(20):
        assert scheduler.pick() == [only]
    assert only.done == 600


def shares(requests: list[Asked], steps: int) -> dict[tuple[str, ...], int]:
    """Steps that each flow gets where one request runs at a time."""
    scheduler = begin(len(requests), *requests)
    had: dict[tuple[str, ...], int] = {}
    for _ in range(steps):
        for one in scheduler.pick():
            had[one.flow] = had.get(one.flow, 0) + one.work
    return had


def test_tenants_share_alike_however_many_clients_and_requests_they_have() -> None:
    crowd = [long(("big", f"client {number}", ""), 60) for number in range(9)]
    had = shares([*crowd, long(("small", "client", ""), 60)], 180)
    small = had.pop(("small", "client", ""))
    assert small == pytest.approx(sum(had.values()), rel=0.05)
    assert max(had.values()) - min(had.values()) <= 60


def test_a_client_with_many_requests_has_no_more_than_one_with_one() -> None:
    greedy = [long(("", "greedy", ""), 60) for _ in range(8)]
    had = shares([*greedy, long(("", "modest", ""), 60)], 100)
    assert had["", "greedy", ""] == pytest.approx(had["", "modest", ""], rel=0.05)


def test_who_was_away_does_not_make_up_for_it() -> None:
    scheduler = begin(2, busy := long(("", "busy"), 60))
    for _ in range(100):
        assert scheduler.pick() == [busy]
    scheduler.admit(back := long(("", "back"), 60))
    run(scheduler)
    picked = [scheduler.pick() for _ in range(20)]
    assert sum(busy in step for step in picked) == pytest.approx(10, abs=1)
    assert sum(back in step for step in picked) == pytest.approx(10, abs=1)
