"""A tiny language model with a written-out vocabulary, small enough to search exhaustively."""

from collections.abc import Sequence

import torch
from torch import Tensor


class TinyPieces:
    """An inventory of pieces given by their bytes; the first three are end, line break and space."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.piece_bytes: Sequence[bytes] = [b"", b"\n", b" ", *pieces]
        self.vocabulary_size = len(self.piece_bytes)
        self.end_id, self.newline_id, self.space_id = 0, 1, 2

    def is_byte(self, piece: int) -> bool:
        """No piece is a raw byte."""
        return piece < 0


class TableModel:
    """A trigram table of random log-probabilities; the state is the last two pieces."""

    def __init__(self, size: int, seed: int, sharpness: float = 2.0) -> None:
        generator = torch.Generator().manual_seed(seed)
        logits = torch.randn(size, size, size, generator=generator) * sharpness
        self.table = torch.log_softmax(logits, -1)
        self.vocabulary_size = size
        self.calls = 0

    def initial_state(self, rows: int) -> Tensor:
        """See `StepModel`."""
        return torch.zeros(rows, 2)

    def advance(self, tokens: Tensor, state: Tensor) -> Tensor:
        """See `StepModel`."""
        self.calls += 1
        return torch.stack((state[:, 1], tokens.float()), 1)

    def log_probs(self, state: Tensor) -> Tensor:
        """See `StepModel`."""
        return self.table[state[:, 0].long(), state[:, 1].long()]

    def step(self, tokens: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """See `StepModel`."""
        state = self.advance(tokens, state)
        return self.log_probs(state), state
