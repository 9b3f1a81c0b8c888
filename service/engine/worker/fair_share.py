"""Who is served next: equal shares for tenants, for the clients of each, and for the drafts of each.

Start-time fair queuing (Goyal, Vin and Cheng, 1996), one level inside the other. Work is counted in any unit.
"""

from collections.abc import Sequence
from typing import TypeAlias

Flow: TypeAlias = tuple[str, ...]
"""Whose work it is, outermost first: a tenant, one of its clients, one of its drafts."""

_MOST_KEPT = 4096
"""Names remembered at each level; those that have had less than anybody served now need no memory."""


class FairShare:
    """Remembers how much each flow has had. Who has had least goes first, one name at each level.

    Who comes anew, or has been away, starts level with those who are served. Not thread-safe.
    """

    def __init__(self) -> None:
        self._had: dict[Flow, float] = {}
        self._now: dict[Flow, float] = {}

    def place(self, flow: Sequence[str]) -> tuple[float, ...]:
        """Sorts flows: the least goes first. It holds until the next `charge`."""
        names = tuple(flow)
        return tuple(self._start(names[:length]) for length in range(1, len(names) + 1))

    def charge(self, flow: Sequence[str], work: float) -> None:
        """Note that a flow gets so much work done."""
        names = tuple(flow)
        for length in range(1, len(names) + 1):
            name = names[:length]
            start = self._start(name)
            self._now[name[:-1]] = start
            self._had[name] = start + work
        if len(self._had) > _MOST_KEPT:
            self._tidy()

    def _start(self, name: Flow) -> float:
        return max(self._had.get(name, 0.0), self._now.get(name[:-1], 0.0))

    def _tidy(self) -> None:
        """Forget the names of which nothing is known that matters; half of all where that is not enough."""
        kept = {name: had for name, had in self._had.items() if had > self._now.get(name[:-1], 0.0)}
        if len(kept) > _MOST_KEPT // 2:
            kept = dict(list(kept.items())[-_MOST_KEPT // 2 :])
        self._had = kept
        parents = {name[:-1] for name in kept}
        self._now = {
            name: now for name, now in self._now.items() if name in parents or name in kept or not name
        }
