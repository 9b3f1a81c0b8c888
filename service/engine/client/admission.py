"""Which suggestions are refused at once because they would come too late."""

import asyncio
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from inkling.service.engine.errors import Overloaded
from inkling.service.engine.places import Places
from inkling.service.engine.work import QUANTUM
from inkling.service.sessions.session_store import SessionKey

_FIRST_GUESS = 0.005
"""Seconds that an answer is taken to need before any has been measured."""

_PACE_WEIGHT = 0.05
"""Weight of the newest answer in the running mean: answers that share steps come in clumps."""

_LARGEST_JUMP = 4.0
"""One answer counts as at most so many means: a huge prefix is no sign of what the next needs."""

_LOOK_SECONDS = 0.005
"""How often it is looked how late the event loop is."""

_LAG_WEIGHT = 0.1
"""Weight of the newest look in the mean: a loop that was late once is not one that is behind."""

MAX_LAG = 0.006
"""Mean seconds of the event loop's lag from which requests are refused unread; at ease it is a tenth."""

_ALWAYS = 4
"""With fewer ahead of it by fair turns, a suggestion is taken however long each takes."""

_MULTIPLES = (4.0, 1.0)
"""Of the places free to them, a tenant may hold four times as many, and each of its clients as many."""

_CROWD = 2.5
"""Places of all clients for each of a single one: the multiples leave this one two fifths."""

LONG_PATIENCE = 75
"""A cold draft may wait so many times longer than a keystroke: it is opened once."""


MAX_EXPLAINING = 2
"""So many explanations are worked on at once: each reads its draft anew, and keystrokes come first."""


class Pace:
    """The mean seconds from one answer to the next while somebody waits."""

    def __init__(self, clock: Callable[[], float], first_guess: float) -> None:
        """`first_guess` stands for the mean before anything is measured, in seconds."""
        self._clock = clock
        self._mean = first_guess
        self._since = clock()

    def begin(self) -> None:
        """Work comes after a time without any."""
        self._since = self._clock()

    def answered(self) -> None:
        """One request has ended, with an answer or without."""
        now = self._clock()
        passed = min(now - self._since, _LARGEST_JUMP * self._mean)
        self._mean += _PACE_WEIGHT * (passed - self._mean)
        self._since = now

    def wait(self, ahead: int) -> float:
        """Seconds until so many requests and one more will have been answered."""
        return self._mean * (ahead + 1)


class LoopLag:
    """How late an event loop is with what it has to do, looked at every few milliseconds while it is wanted.

    `seconds` is what the last look saw, `mean` what those of the last tenth of a second or so did.
    """

    def __init__(self) -> None:
        self.seconds = self.mean = 0.0
        self._handle: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Look from now on."""
        if self._handle is None:
            self._next()

    def rest(self) -> None:
        """Stop looking: nothing is late in a loop without work."""
        if self._handle is not None:
            self._handle.cancel()
        self._handle, self.seconds, self.mean = None, 0.0, 0.0

    def _next(self) -> None:
        loop = asyncio.get_running_loop()
        self._handle = loop.call_later(_LOOK_SECONDS, self._look, loop.time() + _LOOK_SECONDS)

    def _look(self, due: float) -> None:
        self.seconds = asyncio.get_running_loop().time() - due
        self.mean += _LAG_WEIGHT * (self.seconds - self.mean)
        self._next()


class _Line:
    """Suggestions of one kind in progress, and their pace."""

    def __init__(self, most: int, max_wait: float, clock: Callable[[], float]) -> None:
        self.max_wait = max_wait
        self.places = Places(most, _MULTIPLES)
        self._pace = Pace(clock, _FIRST_GUESS)

    @property
    def wait(self) -> float:
        """Seconds until all that wait, and one more, would be answered."""
        return self._pace.wait(self.places.count)

    def wait_of(self, flow: Sequence[str]) -> float:
        """Seconds until one more of a flow would be answered, as turns are shared."""
        return self._pace.wait(self.places.ahead(flow))

    @contextmanager
    def entered(self, flow: Sequence[str]) -> Iterator[None]:
        """Count one while it is worked on."""
        if not self.places.count:
            self._pace.begin()
        try:
            with self.places.held(flow):
                yield
        finally:
            self._pace.answered()


class Admission:
    """Counts the suggestions in progress, estimates how long one more would wait, and refuses by that.

    Short ones wait only for short ones, because these go before long ones. A client waits for its own, and
    for others only as far as they take turns with it, as the scheduler lets them. So one that asks for much
    is refused, and those beside it are not. Belongs to one event loop.
    """

    def __init__(
        self,
        *,
        max_batch: int,
        max_queue: int,
        max_wait: float,
        max_lag: float = MAX_LAG,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`max_batch` suggestions run. Of a single client `max_queue` more wait, at most `max_wait` seconds.

        All clients together hold `_CROWD` times as many places at most. A long suggestion may wait
        `LONG_PATIENCE` times as long, and long ones never take more than half of all places. `max_lag` is in
        seconds, a mean.
        """
        if max_queue < 1:
            raise ValueError(f"The queue holds {max_queue} requests; it must hold at least 1.")
        self._max_batch, self._max_lag = max_batch, max_lag
        places = max_batch + max_queue
        self._places = Places(int(_CROWD * places), _MULTIPLES)
        self._short = _Line(self._places.most, max_wait, clock)
        self._long = _Line(int(_CROWD * ((places + 1) // 2)), LONG_PATIENCE * max_wait, clock)
        self._lag = LoopLag()
        self._sessions: Counter[SessionKey] = Counter()
        self._explanations = 0

    @property
    def running(self) -> int:
        """Suggestions that the model works on, as far as can be known here."""
        return min(self._places.count, self._max_batch)

    @property
    def waiting(self) -> int:
        """Suggestions that wait for the model."""
        return self._places.count - self.running

    @property
    def wait(self) -> float:
        """Seconds until all short suggestions, and one that comes now, would be answered."""
        return self._short.wait + self._lag.seconds

    def check_unread(self) -> None:
        """Raise Overloaded while the event loop is behind: to read one more request makes all later."""
        if self._lag.mean > self._max_lag:
            raise Overloaded(self.wait)

    @contextmanager
    def admitted(
        self, session: SessionKey | None, *, work: int = 1, flow: Sequence[str] = ()
    ) -> Iterator[None]:
        """Count a suggestion while it is worked on. Raises Overloaded instead where it would come too late.

        `work` is about how much it is, see `inkling.service.engine.work`, and `flow` whose it is, see
        `inkling.service.engine.job.Job`. A session's newer request replaces the older one and adds nothing to
        the queue, so it is not refused.
        """
        line = self._long if work > QUANTUM else self._short
        if session not in self._sessions:
            self._check_room(line, flow)
        if not self._places.count:
            self._lag.watch()
        try:
            with self._places.held(flow), line.entered(flow), self._noted(session):
                yield
        finally:
            if not self._places.count:
                self._lag.rest()

    @contextmanager
    def explaining(self) -> Iterator[None]:
        """Count an explanation while it is worked on. Raises Overloaded where there are enough of them."""
        if self._explanations >= MAX_EXPLAINING:
            raise Overloaded(self._long.wait + self._lag.seconds)
        self._explanations += 1
        try:
            yield
        finally:
            self._explanations -= 1

    def _check_room(self, line: _Line, flow: Sequence[str]) -> None:
        """Raise Overloaded where a suggestion has no place, or would wait too long for its turn."""
        wait = line.wait_of(flow) + self._lag.seconds
        late = wait > line.max_wait and line.places.ahead(flow) >= _ALWAYS
        if late or not line.places.has_room(flow) or not self._places.has_room(flow):
            raise Overloaded(wait)

    @contextmanager
    def _noted(self, session: SessionKey | None) -> Iterator[None]:
        """Know a session while a suggestion for it is worked on."""
        if session is None:
            yield
            return
        self._sessions[session] += 1
        try:
            yield
        finally:
            self._sessions[session] -= 1
            if not self._sessions[session]:
                del self._sessions[session]
