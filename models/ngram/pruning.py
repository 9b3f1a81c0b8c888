"""Estimates a phrase model and prunes it.

Phrases of too few people are left out. That makes the model small, and it forgets what only one person wrote.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from inkling.models.ngram.backoff import PhraseModel
from inkling.models.ngram.estimation import discounts
from inkling.models.ngram.grams import Grams, phrase_model


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
    """A model of the phrases of 2 to `order` tokens that at least `least_authors` people wrote.

    `authors` gives the number of each sequence's author, from 0. A phrase whose share of its context is below
    `least_share` is left out, with all phrases that begin with it. No phrase spans two sequences. A token of
    `resets` is only ever the first of a phrase. Nine million tokens take about a minute and 1.5 GB.

    Raises ValueError when there are no tokens or not one author a sequence.
    """
    arrays = [np.asarray(sequence, np.int64) for sequence in sequences]
    if len(arrays) != len(authors):
        raise ValueError(f"there are {len(arrays)} sequences and {len(authors)} authors")
    author = np.repeat(np.asarray(authors, np.int64), [len(array) for array in arrays])
    people = int(author.max(initial=0)) + 1

    def measure(grams: Grams) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        people_of = np.unique(grams.inverse * people + author[grams.begins]) // people
        writers = np.bincount(people_of, minlength=len(grams.counts))
        taken = discounts(grams.counts)[np.minimum(grams.counts, 3)]
        shares = (grams.counts - taken) / grams.totals[grams.context]
        return shares, (writers >= least_authors) & (shares >= least_share)

    return phrase_model(arrays, measure, vocabulary_size=vocabulary_size, order=order, resets=resets)
