"""Builds the levels of a phrase model by sorting, from the shortest phrases to the longest."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkling.models.ngram.backoff import PhraseLevel, PhraseModel, encode_shares
from inkling.models.ngram.counting import Ints, flatten


@dataclass(frozen=True, slots=True)
class Grams:
    """The distinct phrases of one length, at least 2 tokens, whose beginnings were kept.

    `context` (N,) is the place of a phrase's beginning among the kept phrases of one token less. `counts`
    (N,) is how often a phrase occurs. Occurrence i begins at token `begins[i]` and is phrase `inverse[i]`.
    """

    length: int
    context: Ints
    counts: Ints
    begins: Ints
    inverse: Ints
    contexts: int

    @property
    def totals(self) -> Ints:
        """Occurrences (contexts,) of phrases that begin with each context."""
        return np.bincount(self.context, weights=self.counts, minlength=self.contexts).astype(np.int64)


Measure = Callable[[Grams], tuple[NDArray[np.float64], NDArray[np.bool_]]]
"""The share of its context of each phrase, and which are kept."""


def phrase_model(
    sequences: Sequence[NDArray[np.int64]],
    measure: Measure,
    *,
    vocabulary_size: int,
    order: int,
    resets: Sequence[int] = (),
) -> PhraseModel:
    """A model of the phrases of 2 to `order` tokens that `measure` keeps.

    With a phrase, all phrases that begin with it are left out. None spans two sequences. A token of `resets`
    is only ever the first of a phrase. Raises ValueError when there are no tokens.
    """
    tokens, starts = flatten(sequences)
    opens = np.isin(tokens, np.array(resets, np.int64))
    opens[starts] = True
    segment = np.cumsum(opens)
    levels: list[PhraseLevel] = []
    # `places[i]` is the place among the kept phrases of the phrase of `length` tokens at token i, or -1.
    places, contexts = tokens, vocabulary_size
    for length in range(1, order):
        last = max(len(tokens) - length, 0)
        begins = np.flatnonzero((places[:last] >= 0) & (segment[:last] == segment[length:]))
        keys = places[begins] * vocabulary_size + tokens[begins + length]
        found, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        grams = Grams(length + 1, found // vocabulary_size, counts, begins, inverse, contexts)
        shares, kept = measure(grams)
        level = _level(found[kept], shares[kept], contexts, vocabulary_size)
        levels.append(level)
        renumbered = np.where(kept, np.cumsum(kept) - 1, -1)
        places = np.full(len(tokens), -1, np.int64)
        places[begins] = renumbered[inverse]
        contexts = len(level.tokens)
    return PhraseModel(vocabulary_size, levels)


def _level(keys: Ints, shares: NDArray[np.float64], contexts: int, vocabulary_size: int) -> PhraseLevel:
    offsets = np.zeros(contexts + 1, np.int32)
    np.cumsum(np.bincount(keys // vocabulary_size, minlength=contexts), out=offsets[1:])
    return PhraseLevel(offsets, (keys % vocabulary_size).astype(np.uint16), encode_shares(shares))
