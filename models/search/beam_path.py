"""A path of the beam, and the order of paths, which does not depend on rounding."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from inkling.models.search.tail_spelling import Ids
from inkling.models.search.tree import TokenSequence
from inkling.models.text.chunks import count_words

DECIMALS = 4
"""Scores are rounded to so many decimals before they are compared. Token ids break ties."""

TERMINATORS = ".!?。！？؟।…"


class BeamPath(NamedTuple):
    """A token sequence: the bytes it adds beyond the tail, and its log-probability."""

    tokens: TokenSequence
    spelled: bytes
    log_prob: float

    @property
    def words(self) -> int:
        if self.spelled.isascii():
            return len(self.spelled.split())
        return count_words(self.spelled.decode("utf-8", errors="ignore"))

    @property
    def ends_sentence(self) -> bool:
        return self.spelled.decode("utf-8", errors="ignore").endswith(tuple(TERMINATORS))


def rank(path: BeamPath) -> tuple[float, tuple[int, ...]]:
    return -round(path.log_prob, DECIMALS), path.tokens


def best(
    owners: NDArray[np.int64], ids: Ids, scores: NDArray[np.float32], paths: Sequence[BeamPath], width: int
) -> list[tuple[int, int, float]]:
    """(row, token, score) of the best `width` cells, in the order of `rank`."""
    if len(scores) > 2 * width:
        cells = np.argpartition(scores, len(scores) - 2 * width)[-2 * width :]
        owners, ids, scores = owners[cells], ids[cells], scores[cells]
    found = list(zip(owners.tolist(), ids.tolist(), scores.tolist(), strict=True))
    found.sort(key=lambda item: (-round(item[2], DECIMALS), paths[item[0]].tokens, item[1]))
    return found[:width]
