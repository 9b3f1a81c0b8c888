"""What one person writes, counted: an n-gram model that backs off to the model it is mixed with.

P(v | history) = (c(history v) + m d(history) P(v | shorter history)) / (n(history) + m d(history)), where n
counts what followed the history and d how many different pieces did: Witten and Bell's (1991) estimate
of how much is still unseen, with a factor m for each length of the history. So the weight of what a
person wrote grows with how often they wrote it, and a new user's profile says nothing.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from models.ngram.grams import Grams, phrase_model
from models.ngram.phrases import PhraseLevel, PhraseModel

FACTORS = (45.0, 18.0, 7.0, 4.0)
"""For histories of one piece, two, and so on; those under which held-out mail is most likely."""


def estimate_profile(
    sequences: Iterable[Sequence[int] | NDArray[np.integer]],
    *,
    vocabulary_size: int,
    factors: Sequence[float] = FACTORS,
    resets: Sequence[int] = (),
) -> PhraseModel:
    """The profile of a person who wrote `sequences`, oldest first; nothing in it for no pieces."""
    arrays = [np.asarray(sequence, np.int64) for sequence in sequences]
    order = len(factors) + 1

    def measure(grams: Grams) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        unseen = factors[grams.length - 2] * np.bincount(grams.context, minlength=grams.contexts)
        return grams.counts / (grams.totals + unseen)[grams.context], np.ones(len(grams.counts), np.bool_)

    if not any(len(array) for array in arrays):
        nothing = PhraseLevel(
            np.zeros(vocabulary_size + 1, np.int32), np.zeros(0, np.uint16), np.zeros(0, np.uint8)
        )
        return PhraseModel(vocabulary_size, [nothing])
    return phrase_model(arrays, measure, vocabulary_size=vocabulary_size, order=order, resets=resets)
