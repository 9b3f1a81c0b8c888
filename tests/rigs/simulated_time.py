"""An event loop whose clock stands still while it works. Without work it leaps to the next thing."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any


class SimulatedTime(asyncio.SelectorEventLoop):
    """`now` is its clock. Whatever takes time adds to it. No answer depends on how fast the machine is."""

    def __init__(self) -> None:
        self.now = 0.0
        super().__init__(_Leaping(self))

    def time(self) -> float:
        """Seconds since it was made."""
        return self.now


class _Leaping(selectors.SelectSelector):
    """Waits for no time to pass."""

    def __init__(self, loop: SimulatedTime) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(timeout if timeout is None else 0)
        if not ready and timeout is not None:
            self._loop.now += timeout
        return ready


def run_simulated(scene: Coroutine[Any, Any, None]) -> None:
    """Run a scene in such a loop."""
    with asyncio.Runner(loop_factory=SimulatedTime) as runner:
        runner.run(scene)
