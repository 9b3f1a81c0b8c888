"""Interpolated modified Kneser-Ney estimation.

Source: S. F. Chen and J. Goodman, "An empirical study of smoothing techniques for language
modeling", Harvard University TR-10-98, 1998, section 3 and equations 26 and 27.
"""

from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from inkling.models.ngram.counting import Ints, count_levels, flatten
from inkling.models.ngram.kneser_ney import NgramLevel, NgramModel

# The discount for a corpus that is too small to estimate it.
_FALLBACK = (0.5, 1.0, 1.5)


def estimate(
    sequences: Iterable[Sequence[int] | NDArray[np.integer]],
    *,
    vocabulary_size: int,
    order: int = 5,
    resets: Sequence[int] = (),
    tokenizer_digest: str = "",
) -> NgramModel:
    """Estimate a model of `order` tokens from sequences of token ids.

    A token of `resets`, such as the one that opens a body, makes all before it irrelevant. It is a history
    for the tokens after it. Its own probability is only a share of the uniform distribution.
    `tokenizer_digest` names the tokenizer of the ids and is kept with the model. Twelve million tokens take
    about half a minute and under 2 GB.

    Raises:
        ValueError: there are no tokens, or one is outside the vocabulary, or `order` is below 2.
    """
    if order < 2:
        raise ValueError(f"order must be at least 2, not {order}")
    tokens, starts = flatten(sequences)
    levels = count_levels(tokens, starts, vocabulary_size=vocabulary_size, order=order, resets=resets)
    del tokens, starts

    base = levels[0].counts.copy()
    base[list(resets)] = 0
    terms, backoff = _discounted(base, np.zeros(vocabulary_size, np.int64), 1)
    unigram = terms.astype(np.float64) + float(backoff[0]) / vocabulary_size

    smoothed: list[NgramLevel] = []
    contexts = vocabulary_size
    for level in levels[1:]:
        terms, backoff = _discounted(level.counts, level.keys // vocabulary_size, contexts)
        smoothed.append(NgramLevel(level.keys, terms, backoff))
        contexts = level.keys.size
    return NgramModel(unigram / unigram.sum(), smoothed, resets=resets, tokenizer_digest=tokenizer_digest)


def discounts(counts: Ints) -> NDArray[np.float64]:
    """Return what to take from a count of 0, 1, 2 and 3 or more, shape (4,).

    The values are the closed form of Chen and Goodman. In a small corpus one may be undefined or outside
    (0, count); then it is half the count.
    """
    ones, twos, threes, fours = (int(np.count_nonzero(counts == value)) for value in range(1, 5))
    values = np.zeros(4)
    ratio = ones / (ones + 2 * twos) if ones else 0.0
    for count, (fewer, more) in enumerate(((ones, twos), (twos, threes), (threes, fours)), start=1):
        value = count - (count + 1) * ratio * more / fewer if fewer else 0.0
        values[count] = value if 0.0 < value < count else _FALLBACK[count - 1]
    return values


def _discounted(
    counts: Ints, context: Ints, contexts: int
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Return each gram's discounted share of its context and what each context leaves to back-off.

    `context` is the rank of each gram's context, shape (grams,); shares have the same shape, the
    left-over mass has shape (contexts,). A context that nothing follows leaves everything.
    """
    taken = discounts(counts)[np.minimum(counts, 3)]
    total = np.bincount(context, weights=counts, minlength=contexts)
    left = np.bincount(context, weights=taken, minlength=contexts)
    seen = total > 0
    total[~seen] = 1.0
    shares = (counts - taken) / total[context]
    backoff = np.where(seen, left / total, 1.0)
    return shares.astype(np.float32), backoff.astype(np.float32)
