"""An n-gram model of what one person or office writes. It backs off to the model it is mixed with.

P(v | history) = (c(history v) + m d(history) P(v | shorter history)) / (n(history) + m d(history)), where n
counts what followed the history, and d how many different tokens did. This is the estimate of Witten and
Bell (1991) with a factor m for each length of the history. The weight of a phrase grows with how often it
was written. A new user's profile says nothing.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from inkling.models.ngram.backoff import PhraseLevel, PhraseModel
from inkling.models.ngram.grams import Grams, phrase_model

FACTORS = (45.0, 18.0, 7.0, 4.0)
"""For histories of one token, two, and so on; those under which held-out mail is most likely."""


def estimate_profile(
    sequences: Iterable[Sequence[int] | NDArray[np.integer]],
    *,
    vocabulary_size: int,
    factors: Sequence[float] = FACTORS,
    resets: Sequence[int] = (),
    authors: Sequence[int] | None = None,
    least_authors: int = 1,
) -> PhraseModel:
    """The profile of the writer of `sequences`, oldest first. It is empty if there are no tokens.

    `authors` gives the number of each sequence's author, from 0; None means one author. A phrase that fewer
    than `least_authors` wrote is left out, with all phrases that begin with it.
    """
    arrays = [np.asarray(sequence, np.int64) for sequence in sequences]
    order = len(factors) + 1
    numbers = np.zeros(len(arrays), np.int64) if authors is None else np.asarray(authors, np.int64)
    author = np.repeat(numbers, [len(array) for array in arrays])
    people = int(author.max(initial=0)) + 1

    def measure(grams: Grams) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        unseen = factors[grams.length - 2] * np.bincount(grams.context, minlength=grams.contexts)
        shares = grams.counts / (grams.totals + unseen)[grams.context]
        if least_authors == 1:
            return shares, np.ones(len(shares), np.bool_)
        pairs = np.unique(grams.inverse * people + author[grams.begins]) // people
        return shares, np.bincount(pairs, minlength=len(shares)) >= least_authors

    if not any(len(array) for array in arrays):
        nothing = PhraseLevel(
            np.zeros(vocabulary_size + 1, np.int32), np.zeros(0, np.uint16), np.zeros(0, np.uint8)
        )
        return PhraseModel(vocabulary_size, [nothing])
    return phrase_model(arrays, measure, vocabulary_size=vocabulary_size, order=order, resets=resets)
