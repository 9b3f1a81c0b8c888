"""Compares two bundles on the same held-out mail: which one saves its writers more time."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from inkling.models.completer.completer import Completer
from inkling.models.evaluation.measure import Measurement, measure_likelihood
from inkling.models.evaluation.messages import HeldOutMessage, sample
from inkling.models.evaluation.replay import ReplayCounts, Rule, replay
from inkling.models.evaluation.typed_message import TypedMessage
from inkling.models.evaluation.typing_cost import TypingCost
from inkling.models.evaluation.variants import Served
from inkling.models.runtime.batch import finish_all
from inkling.models.search.choice import NetTime
from inkling.models.search.suggestion import SearchOptions

_MOST_TYPED = 15_000
"""Characters that are typed again: about a minute for a pair of bundles on one core."""

_MOST_READ = 60_000
"""Characters whose perplexity is taken."""

_BATCH_SIZE = 8
_DRAWS = 500

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Figure:
    """One measure of two bundles, and the 95% interval of its change over messages drawn again."""

    before: float
    after: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Comparison:
    """The results of two bundles on held-out messages.

    `net_time` and `saved` are in percent. `typed` counts the messages typed again, `words` their
    words. `perplexity` is per word, and `read` counts its messages. All are masked with the names of the
    second bundle.
    """

    typed: int
    words: int
    read: int
    net_time: Figure
    saved: Figure
    perplexity: Figure

    @property
    def worse(self) -> list[str]:
        """The measures in which the second bundle is worse: net time, perplexity, both or neither."""
        found = []
        if self.net_time.after < self.net_time.before:
            found.append(f"{self.net_time.after:.2f}% of time saved instead of {self.net_time.before:.2f}%")
        if self.perplexity.after > self.perplexity.before:
            found.append(
                f"a perplexity of {self.perplexity.after:,.1f} instead of {self.perplexity.before:,.1f}"
            )
        return found


def compare(
    before: Completer,
    after: Completer,
    messages: Sequence[HeldOutMessage],
    tell: Tell = lambda _phase, _done, _total: None,
) -> Comparison:
    """Type messages again with two bundles, each under its own rule, and take their perplexity.

    From many messages a part is drawn, so the comparison takes a few minutes. Raises ValueError for no
    messages.
    """
    if not messages:
        raise ValueError("there are no held-out messages to compare on")
    drawn = sample(messages, None)
    typed, read = _up_to(drawn, _MOST_TYPED), _up_to(drawn, _MOST_READ)
    counts = _typed((before, after), typed, tell)
    likelihoods = _read((_with_names_of(before, after), after), read, tell)
    cost = TypingCost()
    words = np.array([one.words for one in read], np.float64)
    return Comparison(
        typed=len(typed),
        words=sum(one.words for one in typed),
        read=len(read),
        net_time=_figure(counts, lambda total: total.net_time(cost)),
        saved=_figure(counts, lambda total: total.saved),
        perplexity=_perplexity(likelihoods, words),
    )


def _up_to(messages: Sequence[HeldOutMessage], characters: int) -> list[HeldOutMessage]:
    """The first messages, at least one, that have this many characters in total."""
    ends = np.cumsum([len(one.text) for one in messages])
    return list(messages[: max(int(np.searchsorted(ends, characters, side="right")), 1)])


def _with_names_of(before: Completer, after: Completer) -> Completer:
    """The first model with the names of the second: perplexities are comparable only over the same tokens."""
    bundle = replace(before.bundle, masker=after.bundle.masker, lexicon=after.bundle.lexicon)
    return Completer(bundle, before.model, runtime=before.runtime)


def _typed(
    completers: Sequence[Completer], messages: Sequence[HeldOutMessage], tell: Tell
) -> list[list[ReplayCounts]]:
    """The replays of the messages with each completer."""
    total, done = len(completers) * sum(len(one.text) for one in messages), 0

    def advance(characters: int) -> None:
        nonlocal done
        done += characters
        tell("type held-out mail again", done, total)

    cost, found = TypingCost(), []
    for completer in completers:
        rule = Rule(completer.threshold, NetTime(interruption=completer.interruption_ms))
        served, counts = Served(completer), list[ReplayCounts]()
        for first in range(0, len(messages), _BATCH_SIZE):
            group = messages[first : first + _BATCH_SIZE]
            retyped = [TypedMessage(served, one, SearchOptions(), completer.threshold) for one in group]
            finish_all(completer.run, [typed.search(advance) for typed in retyped])
            counts += [
                replay(one.text, typed.ask, rule, cost) for one, typed in zip(group, retyped, strict=True)
            ]
        found.append(counts)
    return found


def _read(
    completers: Sequence[Completer], messages: Sequence[HeldOutMessage], tell: Tell
) -> NDArray[np.float64]:
    """ln P of each message with each completer, (completers, messages)."""
    found = np.zeros((len(completers), len(messages)))
    for number, message in enumerate(messages):
        results = [Measurement(one.name, Rule(one.threshold)) for one in completers]
        measure_likelihood(completers, [message], results, progress=lambda _: None)
        found[:, number] = [result.likelihood.log_prob for result in results]
        tell("perplexity", number + 1, len(messages))
    return found


def _figure(counts: Sequence[Sequence[ReplayCounts]], measure: Callable[[ReplayCounts], float]) -> Figure:
    before, after = (measure(sum(some, ReplayCounts())) for some in counts)
    changes = []
    for times in _draws(len(counts[0])):
        first, second = (_times(some, times) for some in counts)
        changes.append(measure(second) - measure(first))
    low, high = np.quantile(changes, (0.025, 0.975)).tolist()
    return Figure(before, after, low, high)


def _times(counts: Sequence[ReplayCounts], times: NDArray[np.int64]) -> ReplayCounts:
    """The sum of counts, each multiplied by its number of draws."""
    table = np.array([[getattr(one, name) for name in ReplayCounts.__slots__] for one in counts], np.int64)
    return ReplayCounts(*(times @ table).tolist())


def _perplexity(log_probs: NDArray[np.float64], words: NDArray[np.float64]) -> Figure:
    draws = _draws(len(words))
    drawn = np.exp(-(draws @ log_probs.T) / (draws @ words)[:, None])
    before, after = np.exp(-log_probs.sum(axis=1) / words.sum()).tolist()
    low, high = np.quantile(drawn[:, 1] - drawn[:, 0], (0.025, 0.975)).tolist()
    return Figure(before, after, low, high)


def _draws(count: int) -> NDArray[np.int64]:
    """How often each of `count` messages is drawn, with replacement (Efron, "Bootstrap methods", 1979)."""
    return np.random.default_rng(0).multinomial(count, np.full(count, 1 / count), size=_DRAWS)
