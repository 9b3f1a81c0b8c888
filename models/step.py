"""The step contract that beam, evaluation and service share, whatever computes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

State = NDArray[Any]
"""Recurrent states, a row each: (B, state_size), of the type that the runtime keeps them in."""

Tokens = NDArray[np.int64]
Floats = NDArray[np.float32]
Groups = NDArray[np.bool_]
"""Which tokens belong to which group: (V, M)."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """The next-token distribution after each of B states, in natural logarithms.

    ln P(token v) in row b is `logits[b, v] - log_normaliser[b]`; `logits` (B, V), `log_normaliser` (B,).
    `group_log_probs` (B, M) is ln P(the token is of group m); -inf for a group without tokens.
    """

    logits: Floats
    log_normaliser: Floats
    group_log_probs: Floats

    def rows(self, part: slice) -> "Distribution":
        """Some of the rows, as views."""
        return Distribution(self.logits[part], self.log_normaliser[part], self.group_log_probs[part])


Predictor = Callable[[State], Distribution]
"""Gives the next-token distribution of states, which it leaves alone."""


class StepModel(Protocol):
    """A language model read one token at a time.

    States can be gathered, stacked and kept by row; a row's result depends on that row alone. No
    method changes its arguments.
    """

    @property
    def vocabulary_size(self) -> int:
        """Number of tokens, V."""

    def initial_state(self, profile: int = 0) -> State:
        """The state (1, state_size) before anything is read.

        `profile` is the number of the writer's profile in `models.ngram.profile_table.Profiles`, 0 for none.
        A model without profiles ignores it.
        """

    def begin(self, context: Sequence[int], profile: int = 0) -> tuple[State, Sequence[int]]:
        """A draft's state (1, state_size) before its own tokens, and the tokens that must be fed to it first.

        `context` are the tokens of its context. Unless a model has another way to read them, these are fed.
        For `profile` see `initial_state`.
        """
        return self.initial_state(profile), context

    def advance(self, tokens: Tokens, state: State) -> State:
        """Feed one token to each row: tokens (B,), state (B, S) -> state (B, S)."""

    def predictor(self, groups: Groups) -> Predictor:
        """A function from states to distributions, with the probabilities of `groups`."""


def log_probs_of_groups(logits: Floats, log_normaliser: Floats, groups: Groups) -> Floats:
    """ln P(group) for each row and group, (B, M); row by row, so that no row depends on another."""
    found = np.empty((len(logits), groups.shape[1]), np.float32)
    for row, (line, total) in enumerate(zip(logits, log_normaliser, strict=True)):
        probabilities = np.exp(line - total)
        for column, group in enumerate(groups.T):
            mass = probabilities[group].sum(dtype=np.float64)
            found[row, column] = np.log(mass) if mass > 0 else -np.inf
    return found
