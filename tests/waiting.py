"""Waiting for what a program on this machine is about to do."""

import time
from collections.abc import Callable

HANG = 300.0
"""Seconds; only a hang takes longer, on the slowest machine."""


def until(holds: Callable[[], object]) -> None:
    """Return when a condition holds. Fails where it does not hold before `HANG`."""
    deadline = time.monotonic() + HANG
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
