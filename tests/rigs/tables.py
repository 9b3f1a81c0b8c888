"""A tiny language model with a written-out vocabulary, small enough to search exhaustively."""

from collections.abc import Sequence

import numpy as np

from inkling.models.step import Distribution, Groups, Predictor, State, Tokens, log_probs_of_groups


class TinyTokens:
    """An inventory of tokens given by their bytes; the first three are end, line break and space."""

    def __init__(self, tokens: Sequence[bytes]) -> None:
        self.piece_bytes: Sequence[bytes] = [b"", b"\n", b" ", *tokens]
        self.vocabulary_size = len(self.piece_bytes)
        self.end_id, self.newline_id, self.space_id = 0, 1, 2
        self.recipient_id: int | None = None

    def is_byte(self, token: int) -> bool:
        """No token is a raw byte."""
        return token < 0


class TableModel:
    """A trigram table of random log-probabilities; the state is the last two tokens."""

    def __init__(self, size: int, seed: int, sharpness: float = 2.0) -> None:
        logits = np.random.default_rng(seed).standard_normal((size, size, size)) * sharpness
        self.table = (logits - np.log(np.exp(logits).sum(-1, keepdims=True))).astype(np.float32)
        self.vocabulary_size = size
        self.calls = 0

    def initial_state(self, profile: int = 0) -> State:  # noqa: ARG002
        """See `StepModel`."""
        return np.zeros((1, 2), np.int64)

    def begin(self, context: Sequence[int], profile: int = 0) -> tuple[State, Sequence[int]]:
        """See `StepModel.begin`."""
        return self.initial_state(profile), context

    def advance(self, tokens: Tokens, state: State) -> State:
        """See `StepModel`."""
        return np.stack((state[:, 1], tokens), 1)

    def predictor(self, groups: Groups) -> Predictor:
        """See `StepModel`; `calls` counts the looks."""

        def predict(state: State) -> Distribution:
            self.calls += 1
            logits, total = self.table[state[:, 0], state[:, 1]], np.zeros(len(state), np.float32)
            with np.errstate(invalid="ignore"):
                return Distribution(logits, total, log_probs_of_groups(logits, total, groups))

        return predict
