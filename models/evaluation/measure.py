"""All measures of several models over the same messages, in one pass that may be interrupted."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from models.evaluation.draft import Draft, Suggester
from models.evaluation.exact_match import LENGTHS, Guess, guesses, word_starts
from models.evaluation.messages import HeldOutMessage
from models.evaluation.perplexity import Likelihood, ScoredText, likelihood
from models.evaluation.replay import ReplayCounts, Showing, best, count_showings, is_right, replay, showings
from models.runtime.batch import Done, Work, finish_all
from models.runtime.step import StepModel
from models.suggestion import SearchOptions
from models.text import chunks, count_words

GRID = tuple(round(0.01 * step, 2) for step in range(10, 96))
"""Thresholds of the curve of precision against characters saved."""

_BLOCK = 128

_TOGETHER = 8
"""Messages whose searches share model steps."""


class Pieces(Protocol):
    """What scoring a text needs of a tokenizer."""

    @property
    def end_id(self) -> int:
        """The piece that ends a message."""


class Measurable(Suggester, Protocol):
    """A suggester whose step model can be scored."""

    @property
    def name(self) -> str:
        """What to call it in tables."""

    @property
    def model(self) -> StepModel:
        """The step model below the search."""

    def run(self, works: Sequence[Work]) -> list[Done]:
        """Do several works as one model step."""

    @property
    def tokenizer(self) -> Pieces:
        """The tokenizer of its pieces."""


@dataclass(slots=True)
class Measurement:
    """What was measured of one model; every list has one entry a finished message.

    `counts` maps a threshold to the replay at it; `threshold` is the one it is served with.
    `columns` has one entry a length of `LENGTHS`, each with one guess a word start. `confidence`
    and `right` describe the best suggestion of at least the lowest threshold, shown or not, at every
    position that the replay at `threshold` asked, and `lengths` its words. `searches` and `seconds` are
    the cost of it all. `people` wrote the messages; `showings` are those at `threshold`.
    """

    name: str
    threshold: float
    counts: dict[float, list[ReplayCounts]]
    columns: list[list[Guess | None]] = field(default_factory=lambda: [[] for _ in LENGTHS])
    confidence: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    likelihood: Likelihood = field(default_factory=Likelihood)
    searches: int = 0
    seconds: float = 0.0
    people: list[str] = field(default_factory=list)
    showings: list[list[Showing]] = field(default_factory=list)

    @property
    def messages(self) -> int:
        """Messages typed."""
        return len(self.counts[self.threshold])

    def total(self, threshold: float | None = None) -> ReplayCounts:
        """Return the sum over messages at a threshold, by default the served one."""
        return sum(self.counts[self.threshold if threshold is None else threshold], ReplayCounts())

    def saved_at_precision(self, precision: float) -> float | None:
        """Return the most characters saved, in percent, at any threshold that precise; None for none."""
        totals = [total for total in map(self.total, self.counts) if (total.precision or 0.0) >= precision]
        return max((total.saved for total in totals), default=None)


def measure(
    suggesters: Sequence[tuple[Measurable, float]],
    messages: Sequence[HeldOutMessage],
    options: SearchOptions,
    *,
    progress: Callable[[int], None],
) -> tuple[list[Measurement], bool]:
    """Replay and guess with every (suggester, threshold) on every message; return what came of it.

    The flag is true when an interrupt (KeyboardInterrupt) ended it early; the measurements then hold
    the messages that all suggesters have finished. `progress` gets the characters newly searched, all
    of the messages' for each suggester in the end.
    """
    results = [
        Measurement(suggester.name, threshold, {value: [] for value in sorted({*GRID, threshold})})
        for suggester, threshold in suggesters
    ]
    try:
        for first in range(0, len(messages), _TOGETHER):
            group = messages[first : first + _TOGETHER]
            begun: list[tuple[list[_Part], int, float]] = []
            for suggester, threshold in suggesters:
                start = time.perf_counter()
                drafts = [Draft(suggester, one, options, min(threshold, GRID[0])) for one in group]
                finish_all(suggester.run, [draft.search(progress) for draft in drafts])
                seconds = time.perf_counter() - start
                parts = [_one_message(draft, threshold) for draft in drafts]
                begun.append((parts, sum(draft.searches for draft in drafts), seconds))
            for result, (_, searches, seconds) in zip(results, begun, strict=True):
                result.searches += searches
                result.seconds += seconds
            for number, message in enumerate(group):
                for result, (parts, _, _) in zip(results, begun, strict=True):
                    _add(result, message, parts[number])
    except KeyboardInterrupt:
        return results, True
    return results, False


@dataclass(slots=True)
class _Part:
    """What one message adds to a measurement."""

    counts: dict[float, ReplayCounts]
    guesses: list[list[Guess | None]]
    answers: list[tuple[float, bool, int]]
    showings: list[Showing]


def _one_message(draft: Draft, threshold: float) -> _Part:
    text = draft.message.text
    shown = list(showings(text, draft.ask, threshold))
    counts = {threshold: count_showings(text, shown)}
    answers = []
    least = min(threshold, GRID[0])
    for position in draft.positions:
        suggestion = best(draft.ask(position), least)
        if suggestion is not None:
            right = is_right(text, position, suggestion.text)
            answers.append((suggestion.confidence, right, count_words(suggestion.text)))
    for value in GRID:
        counts.setdefault(value, replay(text, draft.ask, value))
    columns = [guesses(text, position, draft.ask(position)) for position in word_starts(text)]
    return _Part(counts, columns, answers, shown)


def _add(result: Measurement, message: HeldOutMessage, part: _Part) -> None:
    result.people.append(message.person)
    result.showings.append(part.showings)
    for value, count in part.counts.items():
        result.counts[value].append(count)
    for row in part.guesses:
        for column, guess in zip(result.columns, row, strict=True):
            column.append(guess)
    for confidence, right, words in part.answers:
        result.confidence.append(confidence)
        result.right.append(right)
        result.lengths.append(words)


def measure_likelihood(
    suggesters: Sequence[Measurable],
    messages: Sequence[HeldOutMessage],
    results: Sequence[Measurement],
    *,
    progress: Callable[[int], None],
) -> bool:
    """Add the likelihood of messages to each suggester's measurement; return whether interrupted.

    After an interrupt (KeyboardInterrupt) all measurements cover the same messages. `progress` gets
    the messages newly done, a fraction of a suggester's share at a time.
    """
    try:
        for start in range(0, len(messages), _BLOCK):
            block = messages[start : start + _BLOCK]
            scores = [
                likelihood(suggester.model, _scored(suggester, block), progress=progress)
                for suggester in suggesters
            ]
            for result, score in zip(results, scores, strict=True):
                result.likelihood += score
    except KeyboardInterrupt:
        return True
    return False


def _scored(suggester: Measurable, messages: Sequence[HeldOutMessage]) -> list[ScoredText]:
    """Encode messages the way they are committed while typing, then their ends."""
    states = finish_all(
        suggester.run, [suggester.open(message.context, message.writer) for message in messages]
    )
    texts = []
    for message, state in zip(messages, states, strict=True):
        pieces: list[int] = []
        for number, chunk in enumerate(chunks(message.text)):
            pieces += suggester.encode(chunk, line_start=number == 0, names=message.names)
        memory = suggester.memory(message.context)
        texts.append(ScoredText(state, [*pieces, suggester.tokenizer.end_id], message.words, memory))
    return texts
