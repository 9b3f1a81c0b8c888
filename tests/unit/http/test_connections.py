"""Which connections are cut off, and when."""

import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.service.http.connections import ConnectionLimits, Connections, room_for_connections

LIMITS = ConnectionLimits(total=4, per_address=2, head_seconds=10, body_seconds=30)


class Fake:
    """A connection that remembers what became of it."""

    def __init__(self, address: str = "127.0.0.1") -> None:
        self.address = address
        self.ended = ""

    def cut(self) -> None:
        self.ended = "cut"

    def time_out(self) -> None:
        self.ended = "late"


def test_the_oldest_that_sent_no_whole_request_makes_room() -> None:
    all_ = Connections(LIMITS)
    answered, first, second, third, newest = (Fake() for _ in range(5))
    for now, one in enumerate((answered, first, second, third)):
        all_.enter(one, now)
    all_.heads.pop(answered)
    all_.idle[answered] = None
    all_.enter(newest, 5)
    assert [one.ended for one in (answered, first, second, third, newest)] == ["", "cut", "", "", ""]
    assert len(all_) == 4


def test_what_is_being_answered_is_never_cut_off() -> None:
    all_ = Connections(LIMITS)
    busy = [Fake() for _ in range(4)]
    for one in busy:
        all_.enter(one, 0)
        all_.heads.pop(one)
    newest = Fake()
    all_.enter(newest, 1)
    assert newest.ended == "cut"
    assert not any(one.ended for one in busy)


def test_one_address_has_its_own_bound_but_for_this_machine() -> None:
    all_ = Connections(LIMITS)
    foreign = [Fake("192.0.2.7") for _ in range(3)]
    own = [Fake("::1") for _ in range(2)]
    for now, one in enumerate([*own, *foreign]):
        all_.enter(one, now)
    assert [one.ended for one in foreign] == ["cut", "", ""]
    assert not any(one.ended for one in own)


def test_heads_and_bodies_have_deadlines() -> None:
    all_ = Connections(LIMITS)
    head, body, idle = Fake(), Fake(), Fake()
    for one in (head, body, idle):
        all_.enter(one, 0)
    for one in (body, idle):
        all_.heads.pop(one)
    all_.bodies[body] = 2
    all_.idle[idle] = None
    all_.time_out(9.9)
    assert head.ended == ""
    all_.time_out(10)
    assert head.ended == "late"
    all_.time_out(31.9)
    assert body.ended == ""
    all_.time_out(32)
    assert body.ended == "late"
    assert idle.ended == ""


def test_who_does_not_read_makes_room_first_and_has_a_deadline() -> None:
    all_ = Connections(LIMITS)
    waiting, unread, other, last = (Fake() for _ in range(4))
    for now, one in enumerate((waiting, unread, other, last)):
        all_.enter(one, now)
    for one in (unread, last):
        all_.heads.pop(one)
        all_.unread[one] = 5
    all_.enter(Fake(), 6)
    assert [one.ended for one in (waiting, unread, other, last)] == ["", "cut", "", ""]
    all_.heads.clear()
    all_.time_out(34.9)
    assert last.ended == ""
    all_.time_out(35)
    assert last.ended == "cut"


def test_who_was_told_to_be_late_counts_until_it_is_gone() -> None:
    all_ = Connections(LIMITS)
    late = Fake()
    all_.enter(late, 0)
    all_.time_out(10)
    assert (late.ended, len(all_)) == ("late", 1)
    all_.time_out(40)
    assert (late.ended, len(all_)) == ("cut", 0)


@given(
    st.lists(st.tuples(st.sampled_from(["enter", "leave", "answer", "time"]), st.integers(0, 5)), max_size=60)
)
def test_the_bound_holds_whatever_comes(steps: list[tuple[str, int]]) -> None:
    all_ = Connections(LIMITS)
    known: list[Fake] = []
    for now, (step, number) in enumerate(steps):
        if step == "enter":
            known.append(Fake(f"192.0.2.{number}"))
            all_.enter(known[-1], now)
        elif step == "leave" and known:
            all_.leave(known[number % len(known)])
        elif step == "answer" and known:
            all_.heads.pop(known[number % len(known)], None)
        else:
            all_.time_out(now)
        assert len(all_) <= LIMITS.total
        assert len(all_.heads) <= len(all_)


def test_connections_leave_handles_for_other_things() -> None:
    assert room_for_connections(10_000) < 10_000 - 32
    assert room_for_connections(0) == 8


@pytest.mark.skipif(sys.platform == "win32", reason="needs ulimit")
def test_too_few_handles_are_told_in_one_line() -> None:
    result = subprocess.run(
        ["bash", "-c", f"ulimit -n 20; exec {sys.executable} -m inkling.service --port 0"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2
    assert result.stderr == "inkling: only 20 file handles are allowed; allow 64 or more (ulimit -n)\n"
