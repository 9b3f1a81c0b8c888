"""Perplexity per word of held-out text, teacher-forced."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inkling.models.ngram.draft_memory import DraftMemory
from inkling.models.step import Predictor, State, StepModel


@dataclass(frozen=True, slots=True)
class Likelihood:
    """Natural log-likelihood of texts, in nats, with their words and tokens; likelihoods add up."""

    log_prob: float = 0.0
    words: int = 0
    tokens: int = 0

    def __add__(self, other: "Likelihood") -> "Likelihood":
        return Likelihood(
            self.log_prob + other.log_prob, self.words + other.words, self.tokens + other.tokens
        )

    @property
    def per_word(self) -> float | None:
        """Perplexity per word: all tokens count, line breaks and the end included; None for no words."""
        return math.exp(-self.log_prob / self.words) if self.words else None


@dataclass(frozen=True, slots=True)
class ScoredText:
    """A text to score: the state before it, shape (1, state_size), its tokens with the end, its words.

    `memory` is the memory of the draft before it, or None where the model uses none.
    """

    state: State
    tokens: Sequence[int]
    words: int
    memory: DraftMemory | None = None


def likelihood(
    model: StepModel, texts: Sequence[ScoredText], *, rows: int = 32, progress: Callable[[int], None]
) -> Likelihood:
    """Score texts with the step kernel, up to `rows` at once.

    `progress` is called with the number of texts newly done; it may raise to stop.
    """
    total = Likelihood()
    predict = model.predictor(np.zeros((model.vocabulary_size, 0), np.bool_))
    by_length = sorted(texts, key=lambda text: -len(text.tokens))
    for start in range(0, len(by_length), rows):
        batch = by_length[start : start + rows]
        total += _batch_likelihood(model, predict, batch)
        progress(len(batch))
    return total


def _batch_likelihood(model: StepModel, predict: Predictor, batch: Sequence[ScoredText]) -> Likelihood:
    """Score texts sorted by decreasing length, so the texts that still run are the first rows."""
    state = np.concatenate([text.state for text in batch])
    log_prob = 0.0
    running = len(batch)
    memories = [text.memory for text in batch]
    no_groups = np.zeros((model.vocabulary_size, 0), np.bool_)
    for step in range(len(batch[0].tokens)):
        while running and len(batch[running - 1].tokens) <= step:
            running -= 1
        state = state[:running]
        tokens = np.array([text.tokens[step] for text in batch[:running]], np.int64)
        distribution = predict(state)
        for row, memory in enumerate(memories[:running]):
            if memory is not None:
                memory.mix(distribution.rows(slice(row, row + 1)), [()], no_groups)
                memories[row] = memory.extended([int(tokens[row])])
        found = distribution.logits[np.arange(running), tokens] - distribution.log_normaliser
        log_prob += float(found.sum(dtype=np.float64))
        state = model.advance(tokens, state)
    return Likelihood(log_prob, sum(text.words for text in batch), sum(len(text.tokens) for text in batch))
