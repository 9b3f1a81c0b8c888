"""Which requests wait, which have begun, and which share the next model step."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from inkling.service.engine.work import QUANTUM
from inkling.service.engine.worker.fair_share import FairShare
from inkling.service.sessions.session_store import SessionKey

MAX_STEP_WORK = 96
"""Work in one step, so that it stays short: about 5 ms. More rows at once make no row cheaper."""

_LONG_SHARE = 1 / 3
"""Work of long requests for each unit of the others' in a step, so that they go on meanwhile."""

_MOST_SAVED = 2 * MAX_STEP_WORK
"""Work that long requests may have coming to them."""


class Schedulable(Protocol):
    """What the scheduler looks at of a request; requests are told apart by identity."""

    done: int
    """Work that it has had. Only the scheduler writes it."""

    @property
    def session(self) -> SessionKey | None:
        """The draft that it is about; None for a request that no other replaces."""

    @property
    def flow(self) -> Sequence[str]:
        """Whose share of the model it uses, outermost first."""

    @property
    def work(self) -> int:
        """Work of its next step; 0 where it waits for something else."""


R = TypeVar("R", bound=Schedulable)


class Scheduler(Generic[R]):
    """Lets requests begin, and chooses those that share the next model step.

    Short requests go before long ones. These get a part of each step, and what nobody else needs.
    A request is short until it has had `QUANTUM` (a feedback queue: nobody guesses how long one will be).
    Among equals, tenants, clients and drafts have fair shares. One request of each session is held. It knows
    no model, no clock and no event loop. Not thread-safe.
    """

    def __init__(self, max_batch: int) -> None:
        """At most `max_batch` requests share a step, and so many short ones have begun."""
        if max_batch < 1:
            raise ValueError(f"A batch of {max_batch} requests is none; max_batch must be at least 1.")
        self._max_batch = max_batch
        self._waiting: list[R] = []
        self._running: list[R] = []
        self._shares = FairShare()
        self._saved = 0.0

    @property
    def waiting(self) -> Sequence[R]:
        """Requests that have not begun, in the order in which they came."""
        return self._waiting

    @property
    def running(self) -> Sequence[R]:
        """Requests that have begun."""
        return self._running

    def __iter__(self) -> Iterator[R]:
        yield from self._waiting
        yield from self._running

    def admit(self, request: R) -> R | None:
        """Take a request in; returns the older one of its session, which is out then.

        The place of one that waited goes to the newer one, so that fast typing sends no writer to the end.
        """
        older = self._find(request.session)
        if older in self._waiting:
            self._waiting[self._waiting.index(older)] = request
        else:
            self._waiting.append(request)
            if older is not None:
                self._running.remove(older)
        return older

    def supersede(self, session: SessionKey) -> R | None:
        """Remove and return the request of a session, if there is one."""
        older = self._find(session)
        if older is not None:
            self.leave(older)
        return older

    def join(self, ready: Callable[[R], bool]) -> R | None:
        """Let the next waiting request that is `ready` begin, and return it; None when none is or no room.

        One that is not ready keeps its place, and those behind it go first.
        """
        if not self._waiting or sum(not _is_long(one) for one in self._running) >= self._max_batch:
            return None
        able = [one for one in self._waiting if ready(one)]
        if not able:
            return None
        request = able[0] if len(able) == 1 else min(able, key=lambda one: self._shares.place(one.flow))
        self._waiting.remove(request)
        self._running.append(request)
        return request

    def pick(self) -> list[R]:
        """The requests that share the next step; their work counts as had from now on."""
        able = [one for one in self._running if one.work]
        short = [one for one in able if not _is_long(one)]
        if len(short) == len(able) <= self._max_batch and sum(one.work for one in short) <= MAX_STEP_WORK:
            for one in short:
                self._charge(one)
            return short
        # Before any is charged: with that, a short one may become long, and would be taken twice.
        long = [one for one in able if _is_long(one)]
        batch = self._take(short, MAX_STEP_WORK, self._max_batch)
        room = self._max_batch - len(batch)
        if not batch:
            return self._take(long, MAX_STEP_WORK, room)
        if long:
            self._saved = min(self._saved + _LONG_SHARE * sum(one.work for one in batch), _MOST_SAVED)
            begun = self._take(long, self._saved, room, at_least_one=False)
            self._saved -= sum(one.work for one in begun)
            batch += begun
        return batch

    def leave(self, request: R) -> bool:
        """Remove a request, whether it waits or has begun; tells whether it did."""
        for line in (self._waiting, self._running):
            if request in line:
                line.remove(request)
                return True
        return False

    def _take(self, able: list[R], work: float, room: int, *, at_least_one: bool = True) -> list[R]:
        """The next ones in fair order within so much work; they count as served."""
        taken: list[R] = []
        left = list(able)
        while left and len(taken) < room:
            one = min(left, key=lambda one: self._shares.place(one.flow))
            if one.work > work and (taken or not at_least_one):
                break
            left.remove(one)
            taken.append(one)
            work -= one.work
            self._charge(one)
        return taken

    def _charge(self, request: R) -> None:
        self._shares.charge(request.flow, request.work)
        request.done += request.work

    def _find(self, session: SessionKey | None) -> R | None:
        if session is None:
            return None
        return next((one for one in self if one.session == session), None)


def _is_long(request: Schedulable) -> bool:
    return request.done > QUANTUM
