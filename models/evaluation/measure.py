"""All measures of several models over the same messages, in one pass that may be interrupted."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from inkling.models.evaluation.exact_match import LENGTHS, Guess, guesses, word_starts
from inkling.models.evaluation.messages import HeldOutMessage
from inkling.models.evaluation.perplexity import Likelihood, ScoredText, likelihood
from inkling.models.evaluation.replay import (
    ReplayCounts,
    Rule,
    Showing,
    count_showings,
    is_right,
    replay,
    showings,
)
from inkling.models.evaluation.typed_message import Suggester, TypedMessage
from inkling.models.evaluation.typing_cost import TypingCost
from inkling.models.runtime.batch import StepRequest, StepResult, finish_all
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions, Suggestion
from inkling.models.step import StepModel
from inkling.models.text.chunks import continues_word, count_words

GRID = tuple(round(0.01 * step, 2) for step in range(10, 96))
"""Thresholds of the curve of precision against characters saved."""

FLOORS = (0.2, 0.25, 0.3, 0.35, 0.4, 0.45, 0.5)
"""Confidences that are tried as the least one to show, at the served cost of an interruption."""

INTERRUPTIONS = (0.0, 50.0, 100.0, 150.0, 200.0, 300.0, 400.0, 500.0, 700.0, 1000.0)
"""Milliseconds that are tried as the cost of an interruption, at the served least confidence."""


_BLOCK = 128

_BATCH_SIZE = 8
"""Messages whose searches share model steps."""


class EndsText(Protocol):
    """The part of a tokenizer that is needed to score a text."""

    @property
    def end_id(self) -> int:
        """The token that ends a message."""


class Measurable(Suggester, Protocol):
    """A suggester whose step model can be scored."""

    @property
    def name(self) -> str:
        """Its name in tables."""

    @property
    def model(self) -> StepModel:
        """The step model below the search."""

    def encode_text(self, draft: Draft) -> list[int]:
        """Tokens of a draft's whole text, as they are committed."""

    def run(self, requests: Sequence[StepRequest]) -> list[StepResult]:
        """Answer several requests in one model step."""

    @property
    def tokenizer(self) -> EndsText:
        """The tokenizer of its tokens."""


@dataclass(slots=True)
class Measurement:
    """The measurements of one model. Every list has one entry for each finished message.

    `rule` is the rule that is served. `served` has its replays under `cost`, and `showings` what they showed.
    `by_rule` has the replays of other rules. `counts` maps a threshold to the replay by characters at it.
    `columns` has one entry for each of `LENGTHS`, each with one guess a word start. The next lists describe
    the best suggestion of at least the lowest threshold, shown or not, at every position that the served
    replay asked: its `confidence`, whether it was `right`, its words (`lengths`), its `characters`, whether
    its first word was `begun`, and the milliseconds that showing it is expected to save (`worth`). `searches`
    and `seconds` are the cost of the measurement. `people` wrote the messages.
    """

    name: str
    rule: Rule
    cost: TypingCost = field(default_factory=TypingCost)
    served: list[ReplayCounts] = field(default_factory=list)
    by_rule: dict[Rule, list[ReplayCounts]] = field(default_factory=dict)
    counts: dict[float, list[ReplayCounts]] = field(default_factory=dict)
    columns: list[list[Guess | None]] = field(default_factory=lambda: [[] for _ in LENGTHS])
    confidence: list[float] = field(default_factory=list)
    right: list[bool] = field(default_factory=list)
    lengths: list[int] = field(default_factory=list)
    characters: list[int] = field(default_factory=list)
    worth: list[float] = field(default_factory=list)
    begun: list[bool] = field(default_factory=list)
    likelihood: Likelihood = field(default_factory=Likelihood)
    searches: int = 0
    seconds: float = 0.0
    people: list[str] = field(default_factory=list)
    showings: list[list[Showing]] = field(default_factory=list)

    @property
    def messages(self) -> int:
        """Messages typed."""
        return len(self.served)

    @property
    def threshold(self) -> float:
        """The least confidence of what is served, in [0, 1]."""
        return self.rule.min_confidence

    def total(self, threshold: float | None = None) -> ReplayCounts:
        """Return the sum over messages: of the served replays, or of the replays by characters at a
        threshold.
        """
        return sum(self.served if threshold is None else self.counts[threshold], ReplayCounts())

    def total_by(self, rule: Rule) -> ReplayCounts:
        """Return the sum over messages under one of the rules tried."""
        return sum(self.by_rule[rule], ReplayCounts())

    def net_time(self, reading: float | None = None) -> float:
        """Net time saved by the served rule, in percent; `reading` in seconds is another cost of reading."""
        cost = self.cost if reading is None else replace(self.cost, reading=reading)
        return self.total().net_time(cost)

    def saved_at_precision(self, precision: float) -> float | None:
        """Return the most characters saved, in percent, at any threshold of this precision; None if there is
        none.
        """
        totals = [total for total in map(self.total, self.counts) if (total.precision or 0.0) >= precision]
        return max((total.saved for total in totals), default=None)


def measure(
    suggesters: Sequence[tuple[Measurable, Rule]],
    messages: Sequence[HeldOutMessage],
    options: SearchOptions,
    *,
    progress: Callable[[int], None],
    cost: TypingCost | None = None,
) -> tuple[list[Measurement], bool]:
    """Replay and guess with every (suggester, served rule) on every message; return the measurements.

    The flag is true when an interrupt (KeyboardInterrupt) ended it early; the measurements then hold
    the messages that all suggesters have finished. `progress` gets the number of characters newly searched.
    In the end these are all characters, once for each suggester.
    """
    cost = TypingCost() if cost is None else cost
    results = [
        Measurement(
            suggester.name,
            rule,
            cost,
            by_rule={one: [] for one in rules_near(rule)},
            counts={value: [] for value in GRID},
        )
        for suggester, rule in suggesters
    ]
    try:
        for first in range(0, len(messages), _BATCH_SIZE):
            group = messages[first : first + _BATCH_SIZE]
            begun: list[tuple[list[_Part], int, float]] = []
            for suggester, rule in suggesters:
                start = time.perf_counter()
                least = min(rule.min_confidence, GRID[0])
                retyped = [TypedMessage(suggester, one, options, least) for one in group]
                finish_all(suggester.run, [typed.search(progress) for typed in retyped])
                seconds = time.perf_counter() - start
                parts = [_one_message(typed, rule, cost) for typed in retyped]
                begun.append((parts, sum(typed.searches for typed in retyped), seconds))
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

    served: ReplayCounts
    by_rule: dict[Rule, ReplayCounts]
    counts: dict[float, ReplayCounts]
    guesses: list[list[Guess | None]]
    answers: list[tuple[Suggestion, bool, bool]]
    showings: list[Showing]


def rules_near(rule: Rule) -> list[Rule]:
    """The rules that differ from the served one in one number, itself among them."""
    floors = (replace(rule, min_confidence=floor) for floor in FLOORS)
    costs = (replace(rule, worth=replace(rule.worth, interruption=cost)) for cost in INTERRUPTIONS)
    return list(dict.fromkeys([rule, *floors, *costs]))


def _one_message(typed: TypedMessage, rule: Rule, cost: TypingCost) -> _Part:
    text = typed.message.text
    shown = showings(text, typed.ask, rule, cost)
    answers = []
    # An interruption costs the same for every text, so the best text is the best at any cost.
    anything = Rule(min(rule.min_confidence, GRID[0]), replace(rule.worth, interruption=0.0))
    for position in typed.positions:
        suggestion = anything.best(typed.ask(position))
        if suggestion is not None:
            right = is_right(text, position, suggestion.text)
            begun = continues_word(suggestion.text[0]) and position > 0 and not text[position - 1].isspace()
            answers.append((suggestion, right, begun))
    served = count_showings(text, shown)
    by_rule = {one: served if one == rule else replay(text, typed.ask, one, cost) for one in rules_near(rule)}
    counts = {value: replay(text, typed.ask, Rule(value)) for value in GRID}
    columns = [guesses(text, position, typed.ask(position)) for position in word_starts(text)]
    return _Part(served, by_rule, counts, columns, answers, shown)


def _add(result: Measurement, message: HeldOutMessage, part: _Part) -> None:
    result.people.append(message.person)
    result.showings.append(part.showings)
    result.served.append(part.served)
    for rule, count in part.by_rule.items():
        result.by_rule[rule].append(count)
    for value, count in part.counts.items():
        result.counts[value].append(count)
    for row in part.guesses:
        for column, guess in zip(result.columns, row, strict=True):
            column.append(guess)
    for suggestion, right, begun in part.answers:
        result.confidence.append(suggestion.confidence)
        result.right.append(right)
        result.lengths.append(count_words(suggestion.text))
        result.characters.append(len(suggestion.text))
        result.begun.append(begun)
        result.worth.append(result.rule.worth.of(suggestion.confidence, suggestion.text))


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
    trees = finish_all(suggester.run, [suggester.read(message.draft(0)) for message in messages])
    texts = []
    for message, tree in zip(messages, trees, strict=True):
        tokens = [*suggester.encode_text(message.draft()), suggester.tokenizer.end_id]
        texts.append(ScoredText(tree.root, tokens, message.words, tree.memory))
    return texts
