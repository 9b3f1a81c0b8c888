"""How late an event loop is with what it has to do."""

import asyncio

_INTERVAL = 0.005

_WEIGHT = 0.1
"""Weight of the newest look in the mean: a loop that was late once is not one that is behind."""


class LoopLag:
    """Looks every few milliseconds while it is wanted, and so tells how long a callback waits its turn.

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
        self._handle = loop.call_later(_INTERVAL, self._look, loop.time() + _INTERVAL)

    def _look(self, due: float) -> None:
        self.seconds = asyncio.get_running_loop().time() - due
        self.mean += _WEIGHT * (self.seconds - self.mean)
        self._next()
