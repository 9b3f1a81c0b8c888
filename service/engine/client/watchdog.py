"""Ends a process that says nothing any more."""

import asyncio
import logging
import time
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol

from inkling.service.engine.client.vital_signs import VitalSigns, is_frozen

_log = logging.getLogger(__name__)

_LOOK_SECONDS = 0.25
"""How often the process is looked after; a longer pause of this process counts as one of these."""

_SILENCE = 1.5
"""Seconds without a word after which a frozen process is ended; one that works says four a second."""

_BUSY_SILENCE = 20.0
"""Seconds without a word after which a process is ended though it seems busy."""

_LAST_SECONDS = 5.0
"""How long a process that was lost may take to end."""


class Watched(Protocol):
    """A process."""

    def vital_signs(self) -> VitalSigns | None:
        """What the system tells of it; None where it does not."""

    def kill(self) -> None:
        """End it at once."""

    def end(self, seconds: float) -> int:
        """Wait until it has ended, at most so many seconds until it is killed; returns its exit code."""


class Watchdog:
    """Looks after a process until it is `lost`."""

    def __init__(self, process: Watched, lost: asyncio.Event) -> None:
        self._process, self._lost = process, lost
        self._heard_at = time.monotonic()

    def hear(self) -> None:
        """The process has said something."""
        self._heard_at = time.monotonic()

    async def watch(self, lose: Callable[[], None]) -> None:
        """Call `lose` once the process is ended for its silence, and see the end of one that is lost."""
        silence, signs, heard_at, looked_at = 0.0, None, 0.0, time.monotonic()
        while not self._lost.is_set():
            now = time.monotonic()
            # A machine that was suspended, or a process that was stopped, must not count as silence.
            passed, looked_at = min(now - looked_at, 2 * _LOOK_SECONDS), now
            if self._heard_at != heard_at:
                heard_at, silence, signs = self._heard_at, 0.0, self._process.vital_signs()
            else:
                silence += passed
            if silence > _BUSY_SILENCE or (
                silence > _SILENCE and is_frozen(signs, self._process.vital_signs())
            ):
                _log.error("The model's process has said nothing for %.1f s and is ended.", silence)
                self._process.kill()
                lose()
                break
            with suppress(TimeoutError):
                await asyncio.wait_for(self._lost.wait(), _LOOK_SECONDS)
        code = await asyncio.to_thread(self._process.end, _LAST_SECONDS)
        _log.error("The model's process ended unasked, with exit code %s.", code)
