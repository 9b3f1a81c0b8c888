"""Perplexity per word: how surprised a model is by held-out text, teacher-forced."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from models.runtime.step import StepModel


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Natural log-likelihood of texts, in nats, with their words and pieces; likelihoods add up."""

    log_prob: float = 0.0
    words: int = 0
    pieces: int = 0

    def __add__(self, other: "Likelihood") -> "Likelihood":
        return Likelihood(
            self.log_prob + other.log_prob, self.words + other.words, self.pieces + other.pieces
        )

    @property
    def per_word(self) -> float | None:
        """Perplexity per word: all pieces count, line breaks and the end included; None for no words."""
        return math.exp(-self.log_prob / self.words) if self.words else None


@dataclass(frozen=True, slots=True)
class ScoredText:
    """A text to score: the state before it, shape (1, state_size), its pieces with the end, its words."""

    state: Tensor
    pieces: Sequence[int]
    words: int


@torch.inference_mode()
def likelihood(
    model: StepModel, texts: Sequence[ScoredText], *, rows: int = 32, progress: Callable[[int], None]
) -> Likelihood:
    """Score texts with the step kernel, up to `rows` at once.

    `progress` is called with the number of texts newly done; it may raise to stop.
    """
    total = Likelihood()
    by_length = sorted(texts, key=lambda text: -len(text.pieces))
    for start in range(0, len(by_length), rows):
        batch = by_length[start : start + rows]
        total += _batch_likelihood(model, batch)
        progress(len(batch))
    return total


def _batch_likelihood(model: StepModel, batch: Sequence[ScoredText]) -> Likelihood:
    """Score texts that are sorted by falling length: those still running are the first rows."""
    state = torch.cat([text.state for text in batch])
    log_prob = 0.0
    running = len(batch)
    for step in range(len(batch[0].pieces)):
        while running and len(batch[running - 1].pieces) <= step:
            running -= 1
        state = state[:running]
        tokens = torch.tensor([text.pieces[step] for text in batch[:running]], device=state.device)
        scores = model.log_probs(state).gather(1, tokens.unsqueeze(1))
        log_prob += float(scores.double().sum())
        state = model.advance(tokens, state)
    return Likelihood(log_prob, sum(text.words for text in batch), sum(len(text.pieces) for text in batch))
