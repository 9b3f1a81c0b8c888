"""How many places each flow holds of a bounded number, so that none can hold all of them."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TypeAlias

_Names: TypeAlias = tuple[str, ...]


class Places:
    """Counts places by flow: a tenant, one of its clients, one of its drafts.

    A flow may hold a multiple of the places that are free to it. So the fullest flow is the first that gets
    no more, and there is nearly always a place for one that holds none (dynamic thresholds: Choudhury and
    Hahne, 1998). Free to a tenant are those that nobody holds. Free to a client are those that its tenant may
    still take. Not thread-safe.
    """

    def __init__(self, most: int, multiples: Sequence[float]) -> None:
        """`most` places in all. `multiples` of the free ones are a tenant's, a client's, and so on."""
        self.most, self._multiples = most, tuple(multiples)
        self._held: Counter[_Names] = Counter()
        self._beneath: dict[_Names, Counter[str]] = {}

    @property
    def count(self) -> int:
        """Places that are held."""
        return self._held[()]

    def has_room(self, flow: Sequence[str]) -> bool:
        """Whether a flow may hold one more."""
        names, free = self._names(flow), float(self.most - self.count)
        for level, multiple in enumerate(self._multiples, start=1):
            # So many more until what is held is the multiple of what is left.
            free = (multiple * free - self._held[names[:level]]) / (1 + multiple)
            if free <= 0:
                return False
        return True

    def ahead(self, flow: Sequence[str]) -> int:
        """How many go before one more of a flow where all take turns, one level inside the other.

        Those of the same draft go before it. By its turn each other draft of the client has had as many
        turns, or has none left. So it is with the clients of the tenant, and with the tenants.
        """
        names = self._names(flow)
        turns = self._held[names] + 1
        for level in range(len(names), 0, -1):
            others = self._beneath.get(names[: level - 1])
            if others is not None:
                own = names[level - 1]
                turns += sum(min(held, turns) for name, held in others.items() if name != own)
        return turns - 1

    @contextmanager
    def held(self, flow: Sequence[str]) -> Iterator[None]:
        """Hold a place, whether there is room or not."""
        names = self._names(flow)
        self._held[()] += 1
        for level in range(1, len(names) + 1):
            self._held[names[:level]] += 1
            self._beneath.setdefault(names[: level - 1], Counter())[names[level - 1]] += 1
        try:
            yield
        finally:
            self._held[()] -= 1
            for level in range(1, len(names) + 1):
                self._let_go(names[:level])

    def _let_go(self, names: _Names) -> None:
        self._held[names] -= 1
        others = self._beneath[names[:-1]]
        others[names[-1]] -= 1
        if not others[names[-1]]:
            del self._held[names], others[names[-1]]
        if not others:
            del self._beneath[names[:-1]]

    def _names(self, flow: Sequence[str]) -> _Names:
        """A flow with all levels: who names no client is one client."""
        return (*flow, *("" for _ in range(len(self._multiples) - len(flow))))
