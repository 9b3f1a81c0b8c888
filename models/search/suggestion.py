"""The options and results of a search, without HTTP and tensors."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class FinishReason(StrEnum):
    """Why a suggestion ends where it does."""

    SENTENCE_END = "sentence_end"
    LINE_END = "line_end"
    MAX_WORDS = "max_words"
    BEST_LENGTH = "best_length"


class EmptyReason(StrEnum):
    """Why nothing is suggested.

    `nothing_likely`: no text reached the least confidence.
    `filtered`: the text that would be shown may not be suggested, or the word at the caret is private.
    `tail_too_long`: the unfinished word is too long to be a word.
    `not_worth_interruption`: no text saves more time than reading it takes.
    `other_language`: the sentence at the caret is in a language that the bundle has not read.
    """

    NOTHING_LIKELY = "nothing_likely"
    FILTERED = "filtered"
    TAIL_TOO_LONG = "tail_too_long"
    NOT_WORTH_INTERRUPTION = "not_worth_interruption"
    OTHER_LANGUAGE = "other_language"


@dataclass(frozen=True, slots=True)
class Sampling:
    """How to draw tokens: from softmax(logits / temperature).

    `temperature` is at least 0; 0 takes the most probable token. Only the most probable tokens that make up
    the share `top_p`, in (0, 1], are drawn. Equal seeds, at least 0, give equal draws.
    """

    temperature: float = 1.0
    top_p: float = 1.0
    seed: int = 0


@dataclass(frozen=True, slots=True)
class SearchOptions:
    """How to search, and what to show; counts are at least 1.

    `min_confidence` is in [0, 1]. `interruption_ms` is the cost of reading a suggestion. None means the
    bundle's value. With `sampling`, `beam_width` texts are drawn in place of the beam. With `edits`, a
    misspelled word at the caret may be mended.
    """

    max_suggestions: int = 3
    max_words: int = 8
    beam_width: int = 4
    min_confidence: float | None = None
    interruption_ms: float | None = None
    sampling: Sampling | None = None
    edits: bool = False


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Text to append to the prefix exactly as it stands, less its last `replace` characters.

    These are of the unfinished word, which is then mended; 0 leaves it as it is.

    `log_prob` is the natural log of P(text, and its last word ends there, given context and
    prefix), summed over the spellings of the tail; `confidence` is the calibrated probability
    of the same event, in [0, 1].
    """

    text: str
    confidence: float
    log_prob: float
    finish_reason: FinishReason
    replace: int = 0


@dataclass(frozen=True, slots=True)
class SearchResult:
    """Suggestions, best first, and the number of batched model steps the search took.

    `reason` says why there are none; None if there are some.
    """

    suggestions: Sequence[Suggestion]
    decode_steps: int
    reason: EmptyReason | None = None
