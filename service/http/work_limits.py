"""How much work an API key, and a client, may ask for in a minute."""

import time
from collections.abc import Sequence

from limits import RateLimitItemPerMinute
from limits.aio.storage import MemoryStorage
from limits.aio.strategies import FixedWindowRateLimiter

from inkling.service.http.answers.error_answers import ApiError
from inkling.service.monitoring.metrics import Metrics
from inkling.service.settings import Settings


class WorkLimits:
    """Counts the work that was done, and refuses the next request when a minute's is used up.

    Work is counted as `inkling.service.engine.work` does. The client is the address of the other end. Belongs
    to one event loop.
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

    async def check(self, flow: Sequence[str]) -> None:
        """Raise the `ApiError` 429 for a request whose key or client has no work left; see `Job.flow`."""
        for level, limit in self._limits:
            if not await self._limiter.test(limit, *flow[:level]):
                self._metrics.count_work_refusal("key" if level == 1 else "client")
                window = await self._limiter.get_window_stats(limit, *flow[:level])
                seconds = max(1, round(window.reset_time - time.time()))
                whose = "API key" if level == 1 else "client"
                message = f"this {whose} has used up its work for this minute; try again later"
                raise ApiError(429, "rate_limited", message, headers={"Retry-After": str(seconds)})

    async def charge(self, flow: Sequence[str], work: int) -> None:
        """Note work that was done for a request."""
        for level, limit in self._limits:
            await self._limiter.hit(limit, *flow[:level], cost=work)
