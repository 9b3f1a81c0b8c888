"""How much work an API key, and a client, may ask for in a minute."""

import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from inkling.service.engine.errors import Overloaded
from inkling.service.http.answers.error_answers import ApiError
from inkling.service.monitoring.metrics import Metrics
from inkling.service.settings import Settings


class Reservation:
    """Work of one request: what was done, and what its present part will take, as predicted."""

    def __init__(self, predicted: int) -> None:
        self.took, self.underway = 0, predicted

    def begin(self, predicted: int) -> None:
        """A part of the request begins, which is about so much work."""
        self.underway = predicted

    def done(self, work: int) -> None:
        """What was begun has ended, and took so much."""
        self.took += work
        self.underway = 0


class WorkLimits:
    """Counts the work that is done, and refuses the next request when a minute's is used up.

    Work is counted as `inkling.service.engine.work` does. What requests in progress are predicted to take
    counts too, so that many at once get no more than many in a row. The client is the address of the other
    end. Belongs to one event loop.
    """

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        given = (settings.key_work_per_minute, settings.client_work_per_minute)
        self._limits = [
            (level, RateLimitItemPerMinute(most, namespace=name))
            for level, (name, most) in enumerate(zip(("key", "client"), given, strict=True), start=1)
            if most is not None
        ]
        self._metrics = metrics
        self._limiter = FixedWindowRateLimiter(MemoryStorage())
        self._reserved: Counter[tuple[str, ...]] = Counter()

    @asynccontextmanager
    async def reserved(self, flow: Sequence[str], predicted: int) -> AsyncIterator[Reservation]:
        """Hold so much work for a request while it is answered, then count what it took; see `Job.flow`.

        A request that fails is counted as predicted, but for one that is refused with Overloaded.

        Raises the `ApiError` 429 for a request whose key or client has no work left.
        """
        await self._check(flow)
        self._hold(flow, predicted)
        reservation = Reservation(predicted)
        try:
            yield reservation
        except Overloaded:
            reservation.underway = 0
            raise
        finally:
            self._hold(flow, -predicted)
            await self._charge(flow, reservation.took + reservation.underway)

    async def _check(self, flow: Sequence[str]) -> None:
        for level, limit in self._limits:
            window = await self._limiter.get_window_stats(limit, *flow[:level])
            if window.remaining <= self._reserved[tuple(flow[:level])]:
                self._metrics.count_work_refusal("key" if level == 1 else "client")
                seconds = max(1, round(window.reset_time - time.time()))
                whose = "API key" if level == 1 else "client"
                message = f"this {whose} has used up its work for this minute; try again later"
                raise ApiError(429, "rate_limited", message, headers={"Retry-After": str(seconds)})

    def _hold(self, flow: Sequence[str], work: int) -> None:
        for level, _ in self._limits:
            name = tuple(flow[:level])
            self._reserved[name] += work
            if not self._reserved[name]:
                del self._reserved[name]

    async def _charge(self, flow: Sequence[str], work: int) -> None:
        for level, limit in self._limits:
            if work:
                await self._limiter.hit(limit, *flow[:level], cost=work)
