"""A recurrent model, interpolated with phrases and profiles.

P(v) = (1 - w) * P_recurrent(v) + w * P_phrases(v), where the phrases leave part of their probability to the
recurrent model (linear interpolation: Jelinek and Mercer, 1980). The profile of the mailbox to which the
bundle was tuned comes before this mixture, and the profile of the draft's writer before both. Each model
leaves part of the probability to the next one.
"""

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from inkling.models.ngram.backoff import PhraseModel
from inkling.models.ngram.profile_table import Profiles
from inkling.models.ngram.sparse_distribution import EMPTY, Increment, SparseDistribution, interpolate
from inkling.models.step import Distribution, Groups, Predictor, State, StepModel, Tokens

_BASE = 2048  # whole numbers below it are exact in half precision
_NOTHING = -1
_CACHED_ROWS = 4096
_PROFILE_NUMBERS = 2


class MixtureModel(StepModel):
    """See `inkling.models.step.StepModel`.

    A state is the recurrent state, the number of the writer's profile and the last tokens, oldest first. A
    token is kept as two digits, each plus one, so that the zeros of the initial state are no token. After a
    token of `resets` the history is that token alone.
    """

    def __init__(
        self,
        base: StepModel,
        phrases: PhraseModel | None,
        weight: float,
        *,
        mailbox: PhraseModel | None = None,
        profiles: Profiles | None = None,
        resets: Sequence[int] = (),
    ) -> None:
        """`weight`, in [0, 1), is the weight of `phrases`. `mailbox` is a profile that holds for every
        writer.

        Raises ValueError for another vocabulary.
        """
        for one in (phrases, mailbox):
            if one is not None and one.vocabulary_size != base.vocabulary_size:
                raise ValueError(
                    f"the phrases are of {one.vocabulary_size} tokens, the model has {base.vocabulary_size}"
                )
        self._base, self._phrases, self._weight = base, phrases, weight
        self._mailbox = mailbox
        self._profiles = Profiles() if profiles is None else profiles
        self._resets = frozenset(resets)
        numbers = np.arange(base.vocabulary_size)
        self._digits_of = np.stack((numbers // _BASE + 1, numbers % _BASE + 1), 1).astype(
            base.initial_state().dtype
        )
        orders = [one.order - 1 for one in (phrases, mailbox) if one is not None]
        self._length = max(self._profiles.history, *orders, 0)
        self._size = base.initial_state().shape[1]
        self._history_start = self._size + _PROFILE_NUMBERS

    @property
    def vocabulary_size(self) -> int:
        """Number of tokens."""
        return self._base.vocabulary_size

    def initial_state(self, profile: int = 0) -> State:
        """The recurrent model's initial state, the number of the writer's profile, and no tokens."""
        return self._without_history(self._base.initial_state(), profile)

    def begin(self, context: Sequence[int], profile: int = 0) -> tuple[State, Sequence[int]]:
        """See `StepModel.begin`; the recurrent model reads the context."""
        state, tokens = self._base.begin(context)
        return self._without_history(state, profile), tokens

    def _without_history(self, state: State, profile: int) -> State:
        number = np.array([divmod(profile, _BASE)], state.dtype)
        return np.concatenate((state, number, np.zeros((1, 2 * self._length), state.dtype)), 1)

    def advance(self, tokens: Tokens, state: State) -> State:
        """See `StepModel.advance`."""
        after = self._base.advance(tokens, np.ascontiguousarray(state[:, : self._size]))
        history = state[:, self._history_start + 2 :]
        if not self._resets.isdisjoint(tokens.tolist()):
            history = history.copy()
            history[[token in self._resets for token in tokens.tolist()]] = 0
        return np.concatenate(
            (after, state[:, self._size : self._history_start], history, self._digits_of[tokens]), 1
        )

    def predictor(self, groups: Groups) -> Predictor:
        """See `StepModel.predictor`."""
        predict = self._base.predictor(groups)
        kind = self._digits_of.dtype

        @lru_cache(_CACHED_ROWS)
        def increment_of(digits: bytes) -> Increment:
            profile, history = _read(np.frombuffer(digits, kind))
            return Increment.of(self._expect(profile, history), groups)

        def mixed(state: State) -> Distribution:
            distribution = predict(np.ascontiguousarray(state[:, : self._size]))
            digits = state[:, self._size :].tobytes()
            width = len(digits) // len(state)
            interpolate(
                distribution, [increment_of(digits[at : at + width]) for at in range(0, len(digits), width)]
            )
            return distribution

        return mixed

    def _expect(self, profile: int, history: tuple[int, ...]) -> SparseDistribution:
        """The distribution of phrases and profiles together. The rest belongs to the recurrent model."""
        found = EMPTY
        if self._phrases is not None:
            expected = self._phrases.expect(history[self._length - self._phrases.order + 1 :])
            left = 1.0 - self._weight * (1.0 - expected.left)
            found = SparseDistribution(expected.ids, self._weight * expected.probs, left)
        for own in (self._mailbox, self._profiles.get(profile)):
            if own is not None:
                found = own.expect(history[self._length - own.order + 1 :]).over(found)
        return found


def _read(tail: NDArray[np.generic]) -> tuple[int, tuple[int, ...]]:
    """The number of the profile and the last tokens, from what follows the recurrent state."""
    high, low, *digits = tail.astype(np.int64).tolist()
    pairs = zip(digits[::2], digits[1::2], strict=True)
    tokens = tuple((above - 1) * _BASE + below - 1 if above else _NOTHING for above, below in pairs)
    return high * _BASE + low, tokens
