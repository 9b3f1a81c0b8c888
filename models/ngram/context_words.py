"""Makes words of the subject and the previous message more likely in the draft.

As in fast marginal adaptation (Kneser, Peters and Klakow, "Language Model Adaptation Using Dynamic
Marginals", Eurospeech 1997), the model's probability of a word is multiplied by how much more frequent the
word is in the context than in general:

    P'(v | history) ~ P(v | history) * min((1 + SHARE * P(v | context) / P(v)) ** POWER, MOST)

A rare word of the context gains much if the model gives it some probability. "the" gains nothing.
P(v) is the probability of a token in the tokenizer's unigram model. A word of several tokens is weighed by
its first token. After that token, its next tokens gain a factor of `GOING_ON`.
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkling.models.step import Distribution, Groups
from inkling.models.text.chunks import chunks
from inkling.models.text.context import Context
from inkling.models.text.masking import KnownNames, Masker
from inkling.models.text.tokenizer import Tokenizer

SHARE = 0.05
POWER = 0.6
MOST = 16.0
GOING_ON = 4.0
"""Chosen by the likelihood of held-out mail with a context, and by openings (docs/experiments.md)."""

_FEW = 8  # a shorter text counts as one of this many words
_MOST_WORDS = 256
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_HISTORY = 4
_LOG_GOING_ON = math.log(GOING_ON)

Tokens = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Boosts:
    """The tokens `ids` (N,) and the natural log of each token's factor (N,)."""

    ids: NDArray[np.int64]
    logs: NDArray[np.float32]


class ContextWords:
    """The words that a context makes more likely. Immutable."""

    __slots__ = ("_first", "_next")

    def __init__(self, first: Boosts, following: Mapping[Tokens, Sequence[int]]) -> None:
        """`first` are of tokens that begin a word. `following` are the tokens after a word's first ones."""
        self._first, self._next = first, following

    def __len__(self) -> int:
        return len(self._first.ids) + len(self._next)

    def weigh(self, distribution: Distribution, histories: Sequence[Tokens], groups: Groups) -> None:
        """Change the distribution after each of the histories, whose last four tokens are given."""
        for row, history in enumerate(histories):
            _multiply(distribution, row, self._boosts(history), groups)

    def _boosts(self, history: Tokens) -> Boosts:
        if self._next:
            for length in range(min(len(history), _HISTORY), 0, -1):
                found = self._next.get(history[-length:])
                if found is not None:
                    return Boosts(np.array(found, np.int64), np.full(len(found), _LOG_GOING_ON, np.float32))
        return self._first


def context_words(
    tokenizer: Tokenizer, masker: Masker, context: Context, names: KnownNames
) -> ContextWords | None:
    """The words of a context, in plain typography; None where there are none.

    A word with a capital letter counts in lower case too: a subject begins with one.
    """
    factors: dict[int, float] = {}
    following: dict[Tokens, set[int]] = {}
    for text in (context.subject, context.previous_message):
        words = _words(text or "")
        for word in words:
            for form in {word, word.lower()}:
                tokens = tuple(
                    tokenizer.encode_chunk(f" {form}", line_start=False, masker=masker, names=names)
                )
                if tokens[0] == tokenizer.space_id or not tokenizer.piece_bytes[tokens[0]].startswith(b" "):
                    continue  # it is masked, or no token begins it
                factors[tokens[0]] = factors.get(tokens[0], 0.0) + 1.0 / max(len(words), _FEW)
                for end in range(max(1, len(tokens) - _HISTORY), len(tokens)):
                    following.setdefault(tokens[:end][-_HISTORY:], set()).add(tokens[end])
    if not factors:
        return None
    ids = np.array(sorted(factors), np.int64)
    share = np.array([factors[token] for token in ids.tolist()])
    general = np.exp([tokenizer.log_prob(token) for token in ids.tolist()])
    logs = np.minimum(POWER * np.log1p(SHARE * share / general), math.log(MOST)).astype(np.float32)
    return ContextWords(Boosts(ids, logs), {begun: sorted(after) for begun, after in following.items()})


def _words(text: str) -> list[str]:
    """The last words of a text, without the punctuation around them."""
    bare = (_EDGES.sub("", chunk) for chunk in list(chunks(text))[-_MOST_WORDS:])
    return [word for word in bare if word]


def _multiply(distribution: Distribution, row: int, boosts: Boosts, groups: Groups) -> None:
    """Multiply the probabilities of some tokens, then normalise."""
    logits, group_log_probs = distribution.logits[row], distribution.group_log_probs[row]
    before = np.exp(logits[boosts.ids] - distribution.log_normaliser[row], dtype=np.float64)
    more = before * np.expm1(boosts.logs, dtype=np.float64)
    log_sum = math.log1p(float(more.sum()))
    logits[boosts.ids] += boosts.logs
    distribution.log_normaliser[row] += log_sum
    with np.errstate(divide="ignore"):  # a group may be empty
        group_log_probs[:] = (
            np.log(np.exp(group_log_probs, dtype=np.float64) + more @ groups[boosts.ids]) - log_sum
        )
