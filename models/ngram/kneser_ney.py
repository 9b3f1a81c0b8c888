"""A smoothed n-gram model as a step model: its state is the last few token ids."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from inkling.models.step import Distribution, Groups, Predictor, State, Tokens, log_probs_of_groups

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

# Stands in a state for a token that is not there: the history starts after it.
_NOTHING = -1
_CACHED_ROWS = 1024


@dataclass(frozen=True, slots=True)
class NgramLevel:
    """The grams of one order of at least 2.

    `keys`, shape (grams,), sorted: rank of the context * vocabulary_size + last token, a context's
    rank being its place among the keys one order below (its token id for a context of one token).
    `shares`, shape (grams,): the gram's discounted probability given its context. `backoff`, shape
    (contexts,): the mass that each context leaves to the order below, in (0, 1].
    """

    keys: Ints
    shares: NDArray[np.float32]
    backoff: NDArray[np.float32]


class NgramModel:
    """Interpolated n-gram model behind the step contract of the recurrent models.

    A state is an int64 array of shape (rows, order - 1): the last token ids, -1 where there are none.
    After a token of `resets` the history is that token alone.
    """

    def __init__(
        self,
        unigram: Floats,
        levels: Sequence[NgramLevel],
        *,
        resets: Sequence[int] = (),
        tokenizer_digest: str = "",
    ) -> None:
        self.vocabulary_size = int(unigram.size)
        self.order = len(levels) + 1
        self.state_size = len(levels)
        self.unigram = unigram
        self.levels = tuple(levels)
        self.resets = tuple(int(token) for token in resets)
        self.tokenizer_digest = tokenizer_digest
        # While a word is typed, the same few histories are asked again at every key.
        self._log_row = lru_cache(_CACHED_ROWS)(self._log_distribution)
        self._is_reset = np.zeros(self.vocabulary_size, np.bool_)
        self._is_reset[list(self.resets)] = True

    def initial_state(self, profile: int = 0) -> State:  # noqa: ARG002
        """A state without a history, shape (1, order - 1)."""
        return np.full((1, self.state_size), _NOTHING, np.int64)

    def begin(self, context: Sequence[int], profile: int = 0) -> tuple[State, Sequence[int]]:
        """See `StepModel.begin`."""
        return self.initial_state(profile), context

    def advance(self, tokens: Tokens, state: State) -> State:
        """Feed one token a row, shape (rows,), and return the state after it."""
        history = np.where(self._is_reset[tokens][:, None], _NOTHING, state[:, 1:])
        return np.concatenate((history, tokens[:, None]), 1)

    def log_probs(self, state: State) -> NDArray[np.float32]:
        """Return the natural log-probabilities of the next token, shape (rows, vocabulary)."""
        rows = [self._log_row(tuple(history)) for history in state.tolist()]
        return np.stack(rows) if rows else np.zeros((0, self.vocabulary_size), np.float32)

    def predictor(self, groups: Groups) -> Predictor:
        """See `StepModel.predictor`."""

        def predict(state: State) -> Distribution:
            logits, total = self.log_probs(state), np.zeros(len(state), np.float32)
            return Distribution(logits, total, log_probs_of_groups(logits, total, groups))

        return predict

    def _log_distribution(self, history: tuple[int, ...]) -> NDArray[np.float32]:
        row = self.distribution(np.array([history], np.int64))[0]
        log_probs: NDArray[np.float32] = row.astype(np.float32)
        np.log(log_probs, out=log_probs)
        return log_probs

    def distribution(self, history: Ints) -> Floats:
        """Return P(next token | history) for each row of a state, shape (rows, vocabulary)."""
        result = np.zeros((len(history), self.vocabulary_size))
        left = np.ones(len(history))
        for length in range(min(self.state_size, history.shape[1]), 0, -1):
            level = self.levels[length - 1]
            context = self._context_ranks(history[:, history.shape[1] - length :])
            begins = np.searchsorted(level.keys, context * self.vocabulary_size)
            ends = np.searchsorted(level.keys, (context + 1) * self.vocabulary_size)
            for row in np.flatnonzero(context >= 0):
                begin, end = begins[row], ends[row]
                following = level.keys[begin:end] - context[row] * self.vocabulary_size
                result[row, following] += left[row] * level.shares[begin:end]
                left[row] *= level.backoff[context[row]]
        result += left[:, None] * self.unigram
        # The shares are stored in single precision; this removes what that rounding left over.
        result /= result.sum(axis=1, keepdims=True)
        return result

    def _context_ranks(self, grams: Ints) -> Ints:
        """Return the rank of each row, shape (rows, length), among the grams of its length, or -1."""
        ranks = grams[:, 0].copy()
        for level, tokens in zip(self.levels, grams.T[1:], strict=False):
            wanted = ranks * self.vocabulary_size + tokens
            place = np.minimum(np.searchsorted(level.keys, wanted), level.keys.size - 1)
            found = (ranks >= 0) & (tokens >= 0)
            if level.keys.size:
                found &= level.keys[place] == wanted
            else:
                found[:] = False
            ranks = np.where(found, place, _NOTHING)
        return ranks
