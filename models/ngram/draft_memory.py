"""The draft's own text and its context as a small n-gram model.

People repeat themselves within a message, and take up the words of the message they answer. As in a cache
model (Kuhn and De Mori, 1990), what followed the last pieces earlier in the draft becomes more probable:

    P(v | history) = (c(history v) + m P(v | shorter history)) / (n(history) + m)

There is a constant m for each length of the history. The shortest history backs off to the model that this
one is mixed with. Words of the context then weigh more (`models.ngram.context_words`).
"""

from collections.abc import Iterable, Sequence

import numpy as np

from models.ngram.context_words import ContextWords
from models.ngram.sparse_distribution import EMPTY, Increment, SparseDistribution, interpolate
from models.step import Distribution, Groups

WEIGHTS = (63.0, 15.0, 9.0, 7.0)
"""m for histories of one piece, two, and so on; those under which held-out mail is most likely."""

_MOST_PLACES = 64  # the latest ones of a piece; what follows a frequent piece says little
_CACHED = 4096


class DraftMemory:
    """The pieces before the caret, and where each one occurs. Immutable; memories of one draft share them."""

    __slots__ = ("_groups", "_increments", "_length", "_pieces", "_places", "_words")

    def __init__(self, pieces: Iterable[int] = (), words: ContextWords | None = None) -> None:
        self._words = words
        self._pieces: list[int] = []
        self._places: dict[int, list[int]] = {}
        self._length = 0
        self._groups: Groups | None = None  # those of the increments
        self._increments: dict[tuple[int, ...], Increment | None] = {}
        self._append(pieces)

    def _append(self, pieces: Iterable[int]) -> None:
        for piece in pieces:
            self._places.setdefault(piece, []).append(len(self._pieces))
            self._pieces.append(piece)
        self._length = len(self._pieces)

    def __len__(self) -> int:
        return self._length

    @property
    def words(self) -> int:
        """Number of words of the context and of beginnings of words of several pieces."""
        return 0 if self._words is None else len(self._words)

    def extended(self, pieces: Sequence[int]) -> "DraftMemory":
        """This memory with more pieces at its end."""
        if self._length < len(self._pieces):  # another has gone on from here
            return DraftMemory([*self._pieces[: self._length], *pieces], self._words)
        longer = DraftMemory.__new__(DraftMemory)
        longer._words = self._words
        longer._pieces, longer._places = self._pieces, self._places
        longer._groups, longer._increments = None, {}
        longer._append(pieces)
        return longer

    def history(self, run: Sequence[int]) -> tuple[int, ...]:
        """The last pieces of the draft, once `run` has followed."""
        most = len(WEIGHTS)
        if len(run) >= most:
            return tuple(run[-most:])
        return (*self._pieces[max(self._length - most + len(run), 0) : self._length], *run)

    def expect(self, history: tuple[int, ...]) -> SparseDistribution:
        """The distribution of what followed `history`, or an end of it, earlier."""
        if not history:
            return EMPTY
        counts: list[dict[int, int]] = [{} for _ in history]
        pieces, last = self._pieces, self._length - 1
        places = [at for at in self._places.get(history[-1], ()) if at < last][-_MOST_PLACES:]
        for at in places:
            following = pieces[at + 1]
            length = 0
            for back, piece in enumerate(reversed(history)):
                if at - back < 0 or pieces[at - back] != piece:
                    break
                length = back + 1
            for shorter in range(length):
                counts[shorter][following] = counts[shorter].get(following, 0) + 1
        shares: dict[int, float] = {}
        left = 1.0
        for length in range(len(history), 0, -1):
            seen = counts[length - 1]
            if seen:
                total = sum(seen.values()) + WEIGHTS[length - 1]
                for piece, count in seen.items():
                    shares[piece] = shares.get(piece, 0.0) + left * count / total
                left *= WEIGHTS[length - 1] / total
        if not shares:
            return EMPTY
        ids = np.array(sorted(shares), np.int64)
        return SparseDistribution(ids, np.array([shares[one] for one in ids.tolist()], np.float32), left)

    def _increment(self, history: tuple[int, ...], groups: Groups) -> Increment | None:
        """What the draft adds after a history; None for nothing."""
        if groups is not self._groups:
            self._groups, self._increments = groups, {}
        if history in self._increments:
            return self._increments[history]
        expected = self.expect(history)
        found = Increment.of(expected, groups) if len(expected.ids) else None
        if len(self._increments) < _CACHED:
            self._increments[history] = found
        return found

    def mix(self, distribution: Distribution, runs: Sequence[Sequence[int]], groups: Groups) -> None:
        """Change the distribution after each of `runs` by what the draft has said. Rows stand alone."""
        histories = [self.history(run) for run in runs]
        interpolate(distribution, [self._increment(history, groups) for history in histories])
        if self._words is not None:
            self._words.weigh(distribution, histories, groups)
