"""The draft's own text and its context as a small n-gram model.

People repeat themselves within a message, and take up the words of the message they answer. As in a cache
model (Kuhn and De Mori, 1990), what followed the last tokens earlier in the draft becomes more probable:

    P(v | history) = (c(history v) + m P(v | shorter history)) / (n(history) + m)

There is a constant m for each length of the history. The shortest history backs off to the model that this
one is mixed with. Words of the context then weigh more (`inkling.models.ngram.context_words`).
"""

from collections.abc import Iterable, Sequence

import numpy as np

from inkling.models.ngram.context_words import ContextWords
from inkling.models.ngram.sparse_distribution import EMPTY, Increment, SparseDistribution, interpolate
from inkling.models.step import Distribution, Groups

WEIGHTS = (63.0, 15.0, 9.0, 7.0)
"""m for histories of one token, two, and so on; those under which held-out mail is most likely."""

_MOST_PLACES = 64  # the latest ones of a token; the successors of a frequent token say little
_CACHED = 4096


class DraftMemory:
    """The tokens before the caret, and the places of each. Immutable; memories of one draft share their
    tokens.
    """

    __slots__ = ("_groups", "_increments", "_length", "_places", "_tokens", "_words")

    def __init__(self, tokens: Iterable[int] = (), words: ContextWords | None = None) -> None:
        self._words = words
        self._tokens: list[int] = []
        self._places: dict[int, list[int]] = {}
        self._length = 0
        self._groups: Groups | None = None  # those of the increments
        self._increments: dict[tuple[int, ...], Increment | None] = {}
        self._append(tokens)

    def _append(self, tokens: Iterable[int]) -> None:
        for token in tokens:
            self._places.setdefault(token, []).append(len(self._tokens))
            self._tokens.append(token)
        self._length = len(self._tokens)

    def __len__(self) -> int:
        return self._length

    @property
    def words(self) -> int:
        """Number of words of the context, and of beginnings of words that have several tokens."""
        return 0 if self._words is None else len(self._words)

    def extended(self, tokens: Sequence[int]) -> "DraftMemory":
        """This memory with more tokens at its end."""
        if self._length < len(self._tokens):  # another memory was extended from here
            return DraftMemory([*self._tokens[: self._length], *tokens], self._words)
        longer = DraftMemory.__new__(DraftMemory)
        longer._words = self._words
        longer._tokens, longer._places = self._tokens, self._places
        longer._groups, longer._increments = None, {}
        longer._append(tokens)
        return longer

    def history(self, run: Sequence[int]) -> tuple[int, ...]:
        """The last tokens of the draft, once `run` has followed."""
        most = len(WEIGHTS)
        if len(run) >= most:
            return tuple(run[-most:])
        return (*self._tokens[max(self._length - most + len(run), 0) : self._length], *run)

    def expect(self, history: tuple[int, ...]) -> SparseDistribution:
        """The distribution of what followed `history`, or an end of it, earlier."""
        if not history:
            return EMPTY
        counts: list[dict[int, int]] = [{} for _ in history]
        tokens, last = self._tokens, self._length - 1
        places = [at for at in self._places.get(history[-1], ()) if at < last][-_MOST_PLACES:]
        for at in places:
            following = tokens[at + 1]
            length = 0
            for back, token in enumerate(reversed(history)):
                if at - back < 0 or tokens[at - back] != token:
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
                for token, count in seen.items():
                    shares[token] = shares.get(token, 0.0) + left * count / total
                left *= WEIGHTS[length - 1] / total
        if not shares:
            return EMPTY
        ids = np.array(sorted(shares), np.int64)
        return SparseDistribution(ids, np.array([shares[one] for one in ids.tolist()], np.float32), left)

    def _increment(self, history: tuple[int, ...], groups: Groups) -> Increment | None:
        """The draft's increment after a history; None if it adds nothing."""
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
        """Add the draft's own counts to the distribution after each of `runs`. Rows are independent."""
        histories = [self.history(run) for run in runs]
        interpolate(distribution, [self._increment(history, groups) for history in histories])
        if self._words is not None:
            self._words.weigh(distribution, histories, groups)
