"""Python's collector of cycles, kept out of the way of answers.

Looking through all objects takes tens of milliseconds, with thousands of open drafts hundreds, and
nobody is answered meanwhile.
"""

import asyncio
import gc
from collections.abc import Callable

_YOUNG = 5_000  # allocations between two looks at the youngest objects: a request makes hundreds
_NEVER = 1_000_000
_LONGEST_WAIT = 1.0


def freeze() -> None:
    """Call once, when everything is loaded: what lives now is never looked at again."""
    gc.collect()
    gc.freeze()


async def collect_at_quiet_moments(busy: Callable[[], bool], *, interval: float = 60.0) -> None:
    """From now on look at long-lived objects once in so many seconds, at a moment without work.

    Reference counts have freed nearly everything before. If there is no such moment within a second,
    it is done all the same.
    """
    gc.set_threshold(_YOUNG, 10, _NEVER)
    loop = asyncio.get_running_loop()
    while True:
        await asyncio.sleep(interval)
        latest = loop.time() + _LONGEST_WAIT
        while busy() and loop.time() < latest:
            await asyncio.sleep(0.001)
        gc.collect()
