"""A pruned n-gram model of phrases. It leaves part of the probability to another model.

P(v | history) = sum over the lengths of the history, longest first, of
    (what the longer ones left) * share(v | the last tokens of that length)

The rest, `left`, belongs to the other model, which takes the place of unigrams. Shares are discounted as in
Chen and Goodman (1998).
"""

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from inkling.models.ngram.sparse_distribution import EMPTY, SparseDistribution

_CACHED = 4096  # histories; a keystroke needs a dozen, and the next keystroke needs most of them again
_CODES = 255
_LEAST_SHARE = 1e-4
"""The smallest share that a code can tell; codes are steps of the logarithm."""

_LOG_STEP = -np.log(_LEAST_SHARE) / (_CODES - 1)


def encode_shares(shares: NDArray[np.floating]) -> NDArray[np.uint8]:
    """Shares in (0, 1] as bytes, within 2% of their value."""
    logs = np.log(np.maximum(shares, _LEAST_SHARE))
    codes: NDArray[np.uint8] = np.rint((_CODES - 1) + logs / _LOG_STEP).astype(np.uint8)
    return codes


def decode_shares(codes: NDArray[np.uint8]) -> NDArray[np.float32]:
    """The shares of bytes."""
    shares: NDArray[np.float32] = np.exp((codes.astype(np.float64) - (_CODES - 1)) * _LOG_STEP).astype(
        np.float32
    )
    return shares


@dataclass(frozen=True, slots=True)
class PhraseLevel:
    """The grams of one order of at least 2, by their contexts.

    Context c, the c-th gram one order below (token c for a context of one token), is followed by
    `tokens[offsets[c]:offsets[c + 1]]`, sorted, with the bytes of their shares in `codes`.
    """

    offsets: NDArray[np.int32]
    tokens: NDArray[np.uint16]
    codes: NDArray[np.uint8]


class PhraseModel:
    """Phrases of up to `order` tokens; `expect` gives what follows a history. Immutable but for its caches.

    A history has at most `order - 1` tokens; -1 stands for none.
    """

    def __init__(self, vocabulary_size: int, levels: Sequence[PhraseLevel]) -> None:
        """Raises ValueError for levels that do not fit one another."""
        self.vocabulary_size = vocabulary_size
        self.levels = tuple(levels)
        self.order = len(levels) + 1
        contexts = vocabulary_size
        for order, level in enumerate(levels, 2):
            if not _fits(level, contexts, vocabulary_size):
                raise ValueError(f"the phrases of {order} tokens do not fit those of {order - 1}")
            contexts = len(level.tokens)
        self._shares = [decode_shares(level.codes) for level in levels]
        self._offsets = [level.offsets for level in levels]
        # Not lru_cache, which would keep an unused profile alive.
        self._placed: dict[tuple[int, ...], int | None] = {}
        self._expected: dict[tuple[int, ...], SparseDistribution] = {}

    def to_bytes(self) -> bytes:
        """The model as safetensors; read by `from_bytes`."""
        arrays: dict[str, NDArray[np.generic]] = {
            "vocabulary_size": np.array([self.vocabulary_size], np.int64)
        }
        for order, level in enumerate(self.levels, 2):
            arrays[f"counts.{order}"] = np.diff(level.offsets).astype(np.uint16)
            arrays[f"pieces.{order}"] = level.tokens
            arrays[f"codes.{order}"] = level.codes
        return save(arrays)

    @classmethod
    def from_bytes(cls, data: bytes) -> "PhraseModel":
        """Raises ValueError for bytes that hold no phrase model."""
        try:
            arrays = load(data)
            size = int(arrays["vocabulary_size"][0])
            levels = []
            for order in range(2, 2 + (len(arrays) - 1) // 3):
                counts = arrays[f"counts.{order}"]
                offsets = np.zeros(len(counts) + 1, np.int32)
                np.cumsum(counts, out=offsets[1:])
                tokens, codes = arrays[f"pieces.{order}"], arrays[f"codes.{order}"]
                if [array.dtype.name for array in (counts, tokens, codes)] != ["uint16", "uint16", "uint8"]:
                    raise ValueError("its tables are of other types")
                levels.append(PhraseLevel(offsets, tokens, codes))
        except (SafetensorError, KeyError, IndexError):
            raise ValueError("it holds no phrases") from None
        return cls(size, levels)

    @property
    def bytes(self) -> int:
        """Memory of the tables."""
        tables = [table for level in self.levels for table in (level.offsets, level.tokens, level.codes)]
        return sum(table.nbytes for table in (*tables, *self._shares))

    @property
    def grams(self) -> int:
        """Phrases of all orders."""
        return sum(len(level.tokens) for level in self.levels)

    def holds(self, tokens: Sequence[int]) -> bool:
        """Whether it has these tokens as a phrase. Of more than `order` it must have each run of `order`."""
        last = max(len(tokens) - self.order, 0)
        return all(self._find(tuple(tokens[at : at + self.order])) is not None for at in range(last + 1))

    def expect(self, history: tuple[int, ...]) -> SparseDistribution:
        """The distribution after a history of at most `order - 1` tokens. The model may know only the
        history's end.
        """
        found = self._expected.get(history)
        if found is None:
            found = self._expect(history)
            if len(self._expected) >= _CACHED:
                self._expected.clear()
            self._expected[history] = found
        return found

    def _expect(self, history: tuple[int, ...]) -> SparseDistribution:
        ids, shares, left = [], [], 1.0
        for first in range(len(history)):
            place = self._place(history[first:])
            if place is None:
                continue
            level = len(history) - first - 1
            begin, end = self._offsets[level][place], self._offsets[level][place + 1]
            if begin == end:
                continue
            own = self._shares[level][begin:end]
            total = float(own.sum())
            ids.append(self.levels[level].tokens[begin:end])
            # The rounding of codes may make the total a little more than 1.
            shares.append(own * np.float32(left / max(total, 1.0)))
            left *= max(1.0 - total, 0.0)
        if not ids:
            return EMPTY
        if len(ids) == 1:
            return SparseDistribution(ids[0].astype(np.int64), shares[0], left)
        return _added(ids, shares, left)

    def _place(self, tokens: tuple[int, ...]) -> int | None:
        if tokens not in self._placed:
            if len(self._placed) >= _CACHED:
                self._placed.clear()
            self._placed[tokens] = self._find(tokens)
        return self._placed[tokens]

    def _find(self, tokens: tuple[int, ...]) -> int | None:
        """The index of a phrase among those of its order, if it is known."""
        if len(tokens) == 1:
            return tokens[0] if tokens[0] >= 0 else None
        context = self._place(tokens[:-1])
        if context is None:
            return None
        level, offsets = self.levels[len(tokens) - 2], self._offsets[len(tokens) - 2]
        begin, end, token = offsets[context], offsets[context + 1], tokens[-1]
        index = bisect_left(level.tokens, token, begin, end)
        return int(index) if index < end and level.tokens[index] == token else None


def _added(
    ids: Sequence[NDArray[np.uint16]], shares: Sequence[NDArray[np.float32]], left: float
) -> SparseDistribution:
    """The sum of what several lengths of a history expect."""
    tokens, values = np.concatenate(ids), np.concatenate(shares)
    order = tokens.argsort(kind="stable")
    tokens, values = tokens[order], values[order]
    firsts = np.flatnonzero(np.concatenate((_FIRST, tokens[1:] != tokens[:-1])))
    return SparseDistribution(tokens[firsts].astype(np.int64), np.add.reduceat(values, firsts), left)


_FIRST = np.array([True])


def _fits(level: PhraseLevel, contexts: int, vocabulary_size: int) -> bool:
    offsets, tokens = level.offsets, level.tokens
    if len(offsets) != contexts + 1 or len(level.codes) != len(tokens):
        return False
    if offsets[0] != 0 or offsets[-1] != len(tokens) or bool((np.diff(offsets) < 0).any()):
        return False
    return not len(tokens) or int(tokens.max()) < vocabulary_size
