"""Counts n-grams by sorting, in a few arrays a level.

An n-gram is named by its rank among the distinct n-grams of its order, and spelled as
`rank of its first n-1 tokens * vocabulary_size + last token`. The keys of one order are thus a
sorted int64 array, whatever the order is, and the continuations of a context are one slice of it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Level:
    """The distinct n-grams of one order.

    `keys` is sorted, shape (grams,); for unigrams it is `arange(vocabulary_size)`. `counts` has the
    same shape: how often the gram occurs at the highest order, and below it the number of
    different tokens seen before it, as Kneser-Ney smoothing asks.
    """

    keys: Ints
    counts: Ints


def flatten(sequences: Iterable[Sequence[int] | NDArray[np.integer]]) -> tuple[Ints, Ints]:
    """Return all tokens end to end and the index of each sequence's first token.

    Raises:
        ValueError: there is not one token.
    """
    arrays = [array for array in (np.asarray(sequence, np.int64) for sequence in sequences) if array.size]
    if not arrays:
        raise ValueError("no tokens to count: every sequence is empty")
    lengths = np.array([array.size for array in arrays])
    return np.concatenate(arrays), np.concatenate(([0], np.cumsum(lengths)[:-1]))


def count_levels(
    tokens: Ints, starts: Ints, *, vocabulary_size: int, order: int, resets: Sequence[int]
) -> list[Level]:
    """Count the grams of orders 1 to `order`; element i of the result holds order i + 1.

    No gram spans two sequences. A token of `resets`, such as the one that opens a body, makes all before it
    irrelevant: it is only ever the first of a gram. Such a gram has nothing on its left, so it keeps its
    plain count below the highest order too, as sentence starts usually do.

    Raises:
        ValueError: a token is outside the vocabulary.
    """
    if tokens.min() < 0 or tokens.max() >= vocabulary_size:
        raise ValueError(f"a token is outside the vocabulary of {vocabulary_size}")
    if vocabulary_size * tokens.size >= 2**62:
        raise ValueError("too many tokens to count: vocabulary times tokens exceeds 2**62")
    is_reset = np.zeros(vocabulary_size, bool)
    is_reset[list(resets)] = True
    opens = is_reset[tokens]
    opens[starts] = True
    segment = np.cumsum(opens)

    levels: list[Level] = []
    ranks, keys = tokens, np.arange(vocabulary_size, dtype=np.int64)
    raw = np.bincount(tokens, minlength=vocabulary_size)
    for length in range(1, order + 1):
        if length == order:
            levels.append(Level(keys, raw))
            break
        # ranks[i] names the gram of `length` tokens that starts at token i, or is -1.
        spans = np.flatnonzero(segment[: max(tokens.size - length, 0)] == segment[length:])
        longer = ranks[spans] * vocabulary_size + tokens[spans + length]
        longer_keys, first, longer_ranks, longer_raw = _distinct(longer)
        counts = np.bincount(ranks[spans[first] + 1], minlength=keys.size)
        leading = np.flatnonzero(opens & (ranks >= 0))
        counts[np.unique(ranks[leading])] += 1
        after_reset = np.unique(ranks[leading[is_reset[tokens[leading]]]])
        counts[after_reset] = raw[after_reset]
        levels.append(Level(keys, counts))

        ranks = np.full(tokens.size, -1, np.int64)
        ranks[spans] = longer_ranks
        keys, raw = longer_keys, longer_raw
    return levels


def _distinct(keys: Ints) -> tuple[Ints, Ints, Ints, Ints]:
    """Return the distinct keys in order, where each occurs, the rank of every key, and the counts."""
    by_key = np.argsort(keys)
    ordered = keys[by_key]
    new = np.ones(keys.size, bool)
    new[1:] = ordered[1:] != ordered[:-1]
    edges = np.flatnonzero(new)
    ranks = np.empty(keys.size, np.int64)
    ranks[by_key] = np.cumsum(new) - 1
    return ordered[edges], by_key[edges], ranks, np.diff(edges, append=keys.size)
