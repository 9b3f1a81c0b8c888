"""The step contract that beam, evaluation and service share."""

from typing import Protocol

from torch import Tensor


class StepModel(Protocol):
    """A language model read one piece at a time.

    A state is a tensor (B, state_size) whose rows can be gathered by index; no method changes its
    arguments. Log-probabilities are natural and finite or -inf.
    """

    @property
    def vocabulary_size(self) -> int:
        """Number of pieces, V."""

    def initial_state(self, rows: int) -> Tensor:
        """The state (rows, state_size) before anything is read."""

    def advance(self, tokens: Tensor, state: Tensor) -> Tensor:
        """Feed one piece to each row: tokens (B,) int64, state (B, S) -> state (B, S)."""

    def log_probs(self, state: Tensor) -> Tensor:
        """Log-probabilities (B, V) of the piece that comes next."""

    def step(self, tokens: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """`advance`, then `log_probs` of the new state: (log-probabilities (B, V), state (B, S))."""
