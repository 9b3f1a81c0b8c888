"""Which requests run and which wait."""

from collections.abc import Callable, Iterator, Sequence
from typing import Generic, Protocol, TypeVar

from inkling.service.sessions.session_store import SessionKey


class Schedulable(Protocol):
    """What the scheduler looks at of a request; requests are told apart by identity."""

    @property
    def session(self) -> SessionKey | None:
        """The draft that it is about; None for a request that no other replaces."""


R = TypeVar("R", bound=Schedulable)


class Scheduler(Generic[R]):
    """First come, first served, at most `max_batch` requests at once and one of each session.

    It knows no model, no clock and no event loop. Not thread-safe.
    """

    def __init__(self, max_batch: int) -> None:
        if max_batch < 1:
            raise ValueError(f"A batch of {max_batch} requests is none; max_batch must be at least 1.")
        self._max_batch = max_batch
        self._waiting: list[R] = []
        self._running: list[R] = []

    @property
    def waiting(self) -> Sequence[R]:
        """Requests that wait, in the order in which they will run."""
        return self._waiting

    @property
    def running(self) -> Sequence[R]:
        """Requests that share model steps now."""
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
        """Let the first waiting request that is `ready` run, and return it; None when none is or no room.

        One that is not ready keeps its place, and those behind it go first.
        """
        if len(self._running) >= self._max_batch:
            return None
        request = next((one for one in self._waiting if ready(one)), None)
        if request is not None:
            self._waiting.remove(request)
            self._running.append(request)
        return request

    def leave(self, request: R) -> bool:
        """Remove a request, whether it waits or runs; tells whether it did."""
        for line in (self._waiting, self._running):
            if request in line:
                line.remove(request)
                return True
        return False

    def _find(self, session: SessionKey | None) -> R | None:
        if session is None:
            return None
        return next((one for one in self if one.session == session), None)
