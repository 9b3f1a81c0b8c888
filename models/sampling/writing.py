"""What is asked of a sampler of texts and what it answers, without HTTP and tensors."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from inkling.models.search.suggestion import Sampling


class WritingEnd(StrEnum):
    """Why a text ends where it does.

    `stop`: the model ended it, or one of the stop strings came. `length`: it has its most tokens.
    `content_filter`: every word that was drawn next was one that may not be suggested.
    """

    STOP = "stop"
    LENGTH = "length"
    CONTENT_FILTER = "content_filter"


@dataclass(frozen=True, slots=True)
class WritingOptions:
    """How to write: `texts` texts of at most `max_tokens` tokens, both at least 1.

    A text ends before the first of the `stop` strings, which are not empty. `logprobs` is how many of the
    most probable tokens are told beside each drawn one; None tells nothing of tokens.
    """

    sampling: Sampling
    max_tokens: int = 16
    texts: int = 1
    stop: Sequence[str] = field(default=(), repr=False)
    logprobs: int | None = None


@dataclass(frozen=True, slots=True)
class DrawnToken:
    """A token of a text: what it adds, and ln P(it) among the tokens that could be drawn.

    `log_prob` is the model's, whatever the temperature. `likely` are the most probable tokens there.
    """

    text: str = field(repr=False)
    log_prob: float
    likely: Sequence[tuple[str, float]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class WrittenPart:
    """More of text `number`. `end` is None while the text goes on."""

    number: int
    text: str = field(repr=False)
    tokens: Sequence[DrawnToken] = field(default=(), repr=False)
    end: WritingEnd | None = None


@dataclass(frozen=True, slots=True)
class Written:
    """The whole texts in order of their numbers, the tokens drawn for them, and the model steps taken."""

    texts: Sequence[WrittenPart]
    drawn_tokens: int
    decode_steps: int
