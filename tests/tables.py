"""A tiny language model with a written-out vocabulary, small enough to search exhaustively."""

from collections.abc import Sequence

import numpy as np

from models.step import Distribution, Groups, Pieces, Predictor, State, log_probs_of_groups


class TinyPieces:
    """An inventory of pieces given by their bytes; the first three are end, line break and space."""

    def __init__(self, pieces: Sequence[bytes]) -> None:
        self.piece_bytes: Sequence[bytes] = [b"", b"\n", b" ", *pieces]
        self.vocabulary_size = len(self.piece_bytes)
        self.end_id, self.newline_id, self.space_id = 0, 1, 2
        self.recipient_id: int | None = None

    def is_byte(self, piece: int) -> bool:
        """No piece is a raw byte."""
        return piece < 0


class TableModel:
    """A trigram table of random log-probabilities; the state is the last two pieces."""

    def __init__(self, size: int, seed: int, sharpness: float = 2.0) -> None:
        logits = np.random.default_rng(seed).standard_normal((size, size, size)) * sharpness
        self.table = (logits - np.log(np.exp(logits).sum(-1, keepdims=True))).astype(np.float32)
        self.vocabulary_size = size
        self.calls = 0

    def initial_state(self, profile: int = 0) -> State:  # noqa: ARG002
        """See `StepModel`."""
        return np.zeros((1, 2), np.int64)

    def advance(self, pieces: Pieces, state: State) -> State:
        """See `StepModel`."""
        return np.stack((state[:, 1], pieces), 1)

    def predictor(self, groups: Groups) -> Predictor:
        """See `StepModel`; `calls` counts the looks."""

        def predict(state: State) -> Distribution:
            self.calls += 1
            logits, total = self.table[state[:, 0], state[:, 1]], np.zeros(len(state), np.float32)
            with np.errstate(invalid="ignore"):
                return Distribution(logits, total, log_probs_of_groups(logits, total, groups))

        return predict
