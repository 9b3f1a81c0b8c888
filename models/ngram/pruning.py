"""Estimates a phrase model: counts with their authors, and what too few people wrote left out.

Leaving it out makes the model small, and makes it forget what it could only know from one person.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.ngram.counting import Ints, flatten
from models.ngram.estimation import discounts
from models.ngram.phrases import PhraseLevel, PhraseModel, encode_shares


def estimate_phrases(
    sequences: Iterable[Sequence[int] | NDArray[np.integer]],
    authors: Sequence[int],
    *,
    vocabulary_size: int,
    order: int = 5,
    least_authors: int = 2,
    least_share: float = 1e-3,
    resets: Sequence[int] = (),
) -> PhraseModel:
    """A model of the phrases of 2 to `order` pieces that at least `least_authors` people wrote.

    `authors` numbers the author of each sequence from 0. A phrase whose share of its context is below
    `least_share` is left out with all that goes on from it. No phrase spans two sequences, or a piece
    of `resets` but as its first. Nine million pieces take about a minute and 1.5 GB.

    Raises ValueError when there are no pieces or not one author a sequence.
    """
    arrays = [np.asarray(sequence, np.int64) for sequence in sequences]
    if len(arrays) != len(authors):
        raise ValueError(f"there are {len(arrays)} sequences and {len(authors)} authors")
    pieces, starts = flatten(arrays)
    lengths = [len(array) for array in arrays]
    author = np.repeat(np.asarray(authors, np.int64), lengths)
    people = int(author.max()) + 1
    opens = np.isin(pieces, np.array(resets, np.int64))
    opens[starts] = True
    segment = np.cumsum(opens)

    levels: list[PhraseLevel] = []
    # `places[i]` is the place among the kept phrases of the phrase of `length` pieces at piece i, or -1.
    places, contexts = pieces, vocabulary_size
    for length in range(1, order):
        begins = np.flatnonzero(
            (places[: len(pieces) - length] >= 0) & (segment[: len(pieces) - length] == segment[length:])
        )
        keys = places[begins] * vocabulary_size + pieces[begins + length]
        found, inverse, counts = np.unique(keys, return_inverse=True, return_counts=True)
        people_of = np.unique(inverse * people + author[begins]) // people
        writers = np.bincount(people_of, minlength=len(found))
        shares = _shares(counts, found // vocabulary_size, contexts)
        kept = (writers >= least_authors) & (shares >= least_share)
        level = _level(found[kept], shares[kept], contexts, vocabulary_size)
        levels.append(level)
        renumbered = np.where(kept, np.cumsum(kept) - 1, -1)
        places = np.full(len(pieces), -1, np.int64)
        places[begins] = renumbered[inverse]
        contexts = len(level.pieces)
    return PhraseModel(vocabulary_size, levels)


def _shares(counts: Ints, context: Ints, contexts: int) -> NDArray[np.float64]:
    """Each phrase's discounted share of its context."""
    taken = discounts(counts)[np.minimum(counts, 3)]
    total = np.bincount(context, weights=counts, minlength=contexts)
    shares: NDArray[np.float64] = (counts - taken) / total[context]
    return shares


def _level(keys: Ints, shares: NDArray[np.float64], contexts: int, vocabulary_size: int) -> PhraseLevel:
    offsets = np.zeros(contexts + 1, np.int32)
    np.cumsum(np.bincount(keys // vocabulary_size, minlength=contexts), out=offsets[1:])
    return PhraseLevel(offsets, (keys % vocabulary_size).astype(np.uint16), encode_shares(shares))
