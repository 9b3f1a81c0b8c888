"""A recurrent model and a phrase model, mixed: the one generalises, the other remembers.

P(v) = (1 - w) * P_recurrent(v) + w * P_phrases(v), where the phrase model leaves to the recurrent one
what it does not know. Linear interpolation after Jelinek and Mercer (1980).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from models.ngram.phrases import Expectation, PhraseModel
from models.runtime.step import NO_READING, Groups, Look, Outlook, Pieces, Reading, State, StepModel

_BASE = 2048  # whole numbers below it are exact in half precision
_NOTHING = -1
_CACHED_ROWS = 4096


@dataclass(frozen=True, slots=True)
class _Share:
    """What phrases add to one row: probability at `ids` and of each group, and ln of what the rest keeps."""

    ids: NDArray[np.int64]
    added: NDArray[np.float32]
    log_kept: float
    of_groups: NDArray[np.float32]


class MixtureModel:
    """See `models.runtime.step.StepModel`. A state is the recurrent one and the last pieces beside it.

    A piece is kept as two numbers, both plus one: the zeros of the initial state are no piece. After a
    piece of `resets` the history is that piece alone.
    """

    def __init__(
        self, base: StepModel, phrases: PhraseModel, weight: float, *, resets: Sequence[int] = ()
    ) -> None:
        """`weight`, in [0, 1), is the phrase model's. Raises ValueError for another vocabulary."""
        if phrases.vocabulary_size != base.vocabulary_size:
            raise ValueError(
                f"the phrases are of {phrases.vocabulary_size} pieces, the model has {base.vocabulary_size}"
            )
        self._base, self._phrases, self._weight = base, phrases, weight
        self._resets = frozenset(resets)
        self._length = phrases.order - 1
        self._size = base.initial_state().shape[1]

    @property
    def vocabulary_size(self) -> int:
        """Number of pieces."""
        return self._base.vocabulary_size

    def initial_state(self, reading: Reading = NO_READING) -> State:
        """The recurrent model's, and no pieces."""
        state = self._base.initial_state(reading)
        return np.concatenate((state, np.zeros((1, 2 * self._length), state.dtype)), 1)

    def advance(self, pieces: Pieces, state: State) -> State:
        """See `StepModel.advance`."""
        after = self._base.advance(pieces, np.ascontiguousarray(state[:, : self._size]))
        history = state[:, self._size + 2 :]
        forgotten = [row for row, piece in enumerate(pieces.tolist()) if piece in self._resets]
        if forgotten:
            history = history.copy()
            history[forgotten] = 0
        marks = np.stack((pieces // _BASE + 1, pieces % _BASE + 1), 1).astype(state.dtype)
        return np.concatenate((after, history, marks), 1)

    def histories(self, state: State) -> list[tuple[int, ...]]:
        """The last pieces of each row of state (B, S), oldest first; -1 where there is none."""
        marks = state[:, self._size :].astype(np.int64) - 1
        pieces = marks[:, ::2] * _BASE + marks[:, 1::2]
        return list(map(tuple, np.where(marks[:, ::2] < 0, _NOTHING, pieces).tolist()))

    def outlook_over(self, groups: Groups) -> Look:
        """See `StepModel.outlook_over`."""
        look = self._base.outlook_over(groups)
        members = groups.astype(np.float64)
        share_of = lru_cache(_CACHED_ROWS)(lambda expected: self._share(expected, members))

        def mixed(state: State) -> Outlook:
            outlook = look(np.ascontiguousarray(state[:, : self._size]))
            shares = [share_of(self._phrases.expect(history)) for history in self.histories(state)]
            log_kept = np.array([share.log_kept for share in shares], np.float32)
            # All scores fall by the same amount when their total rises.
            log_total = outlook.log_total - log_kept
            rows = np.repeat(np.arange(len(shares)), [len(share.ids) for share in shares])
            ids = np.concatenate([share.ids for share in shares])
            totals = log_total[rows]
            probabilities = np.exp(outlook.scores[rows, ids] - totals)
            probabilities += np.concatenate([share.added for share in shares])
            outlook.scores[rows, ids] = np.log(probabilities) + totals
            masses = np.exp(outlook.masses + log_kept[:, None])
            masses += np.stack([share.of_groups for share in shares])
            with np.errstate(divide="ignore"):  # a group may be empty
                return Outlook(outlook.scores, log_total, np.log(masses))

        return mixed

    def _share(self, expected: Expectation, members: NDArray[np.float64]) -> _Share:
        known = expected.shares > 0  # longer phrases may leave nothing to shorter ones
        ids, added = expected.ids[known], self._weight * expected.shares[known]
        return _Share(
            ids,
            added.astype(np.float32),
            float(np.log1p(-self._weight * (1.0 - expected.left))),
            (added @ members[ids]).astype(np.float32),
        )
