"""How late an event loop is with what it has to do."""

import asyncio

_INTERVAL = 0.005


class LoopLag:
    """Looks every few milliseconds while it is wanted, and so tells how long a callback waits its turn."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._handle: asyncio.TimerHandle | None = None

    def watch(self) -> None:
        """Look from now on."""
        if self._handle is None:
            self._next()

    def rest(self) -> None:
        """Stop looking: nothing is late in a loop without work."""
        if self._handle is not None:
            self._handle.cancel()
        self._handle, self.seconds = None, 0.0

    def _next(self) -> None:
        loop = asyncio.get_running_loop()
        self._handle = loop.call_later(_INTERVAL, self._look, loop.time() + _INTERVAL)

    def _look(self, due: float) -> None:
        self.seconds = asyncio.get_running_loop().time() - due
        self._next()
