"""A phrase model within a bound of bytes: the least certain phrases go first."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from inkling.models.ngram.backoff import PhraseLevel, PhraseModel

_CONTEXT_BYTES, _PHRASE_BYTES = 2, 3
"""In a file: how many phrases a context has; the last token of a phrase and the code of its share."""

_MOST = 255


def saved_bytes(model: PhraseModel) -> int:
    """Bytes of a model's tables in a file."""
    return sum(_size(len(level.offsets) - 1, len(level.tokens)) for level in model.levels)


def shrink(model: PhraseModel, max_bytes: int) -> PhraseModel:
    """The model without the phrases whose share of their context is least, so that its tables fit.

    Phrases of two tokens stay, and so do the beginnings of longer phrases that stay. What a phrase that goes
    had of the probability is left to the other model.

    Raises ValueError where the phrases of two tokens alone are larger.
    """
    if saved_bytes(model) <= max_bytes:
        return model
    low, high = 0, _MOST + 1  # codes: the first keeps too much, the second fits
    if _kept_bytes(model, _flags(model, high)) > max_bytes:
        raise ValueError(f"the phrases of two tokens take more than {max_bytes:,} bytes: allow more")
    while high - low > 1:
        middle = (low + high) // 2
        if _kept_bytes(model, _flags(model, middle)) > max_bytes:
            low = middle
        else:
            high = middle
    return _kept(model, _flags(model, high))


def _flags(model: PhraseModel, least: int) -> list[NDArray[np.bool_]]:
    """Which phrases of each level stay: with a code of at least `least`, or with a longer one that stays."""
    flags: list[NDArray[np.bool_]] = []
    for place in range(len(model.levels) - 1, -1, -1):
        level = model.levels[place]
        stays = np.ones(len(level.codes), np.bool_) if place == 0 else level.codes >= least
        if flags:
            stays = stays | (_counts(model.levels[place + 1], flags[0]) > 0)
        flags.insert(0, stays)
    return flags


def _counts(level: PhraseLevel, stays: NDArray[np.bool_]) -> NDArray[np.int64]:
    """How many phrases of each context stay."""
    before = np.concatenate(([0], np.cumsum(stays)))
    counts: NDArray[np.int64] = before[level.offsets[1:]] - before[level.offsets[:-1]]
    return counts


def _kept_bytes(model: PhraseModel, flags: Sequence[NDArray[np.bool_]]) -> int:
    contexts = [len(model.levels[0].offsets) - 1, *(int(stays.sum()) for stays in flags)]
    return sum(map(_size, contexts, contexts[1:]))


def _size(contexts: int, phrases: int) -> int:
    return _CONTEXT_BYTES * contexts + _PHRASE_BYTES * phrases


def _kept(model: PhraseModel, flags: Sequence[NDArray[np.bool_]]) -> PhraseModel:
    levels = []
    contexts = np.ones(len(model.levels[0].offsets) - 1, np.bool_)
    for level, stays in zip(model.levels, flags, strict=True):
        counts = _counts(level, stays)[contexts]
        offsets = np.zeros(len(counts) + 1, np.int32)
        np.cumsum(counts, out=offsets[1:])
        levels.append(PhraseLevel(offsets, level.tokens[stays], level.codes[stays]))
        contexts = stays
    return PhraseModel(model.vocabulary_size, levels)
