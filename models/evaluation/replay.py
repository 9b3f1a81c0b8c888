"""The typing replay: types a message again and counts what suggestions would have saved.

The writer types a known text character by character. The service is asked before the first key,
after every key and after every accept, the last included. Its best suggestion is shown when it has at
least two characters and the rule says so (`inkling.models.search.choice`). It is right when its whole text
equals the characters that come next and the character after them does not continue its last word
(`is_right`). A right one is accepted at once with one keystroke; a wrong one never is.

A wrong one stays on screen as long as what is typed agrees with it, as in the widget. It is one showing
from the key after which it appears until a key contradicts it, or until it is typed to its end. Other
answers are not shown meanwhile. Only then is the next answer shown.

A `TypingCost` adds two things. If only the first words of a suggestion are right, they are taken one by one
where that is faster than typing them. And a suggestion may grow at the end of a word, before the space, as
in the widget: an answer that begins with it and is longer takes its place, in the same showing. A
suggestion that ends a sentence or has eight words does not grow.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, fields

import numpy as np

from inkling.models.evaluation.typing_cost import TypingCost
from inkling.models.search.choice import NetTime, choose
from inkling.models.search.suggestion import Suggestion
from inkling.models.text.chunks import continues_word, count_words

Ask = Callable[[int], Sequence[Suggestion]]
"""Candidates after the first n characters of the text, whatever their probability."""

CHARACTERS = NetTime(key=1.0, accept=0.0, interruption=0.0)
"""The worth of a suggestion counted in characters: confidence times length, and reading is free."""

_WORD = re.compile(r"\s*\S+")
_SENTENCE_END = re.compile(r"""[.!?…。！？]["'’”»)\]]*\s*$""")
_MOST_WORDS = 8
"""Text of this many words is not asked to grow, as in the widget (`isWhole` of widget/src/engine/text.ts)."""


@dataclass(frozen=True, slots=True)
class Rule:
    """What is shown: the best candidate by `worth` of at least this confidence, in [0, 1]."""

    min_confidence: float
    worth: NetTime = CHARACTERS

    def best(self, candidates: Sequence[Suggestion]) -> Suggestion | None:
        """Return what the service would show first, or None."""
        chosen = choose(candidates, min_confidence=self.min_confidence, max_suggestions=1, worth=self.worth)
        return chosen[0] if chosen else None


@dataclass(frozen=True, slots=True)
class ReplayCounts:
    """What was counted while typing; counts of several texts add up.

    `keystrokes` are keys, accepts and word accepts together; `right` counts accepted suggestions, `long`
    those of two words and more, and `accepted` their characters. `partial` counts suggestions of which
    only words were taken, `word_accepts` those words.
    """

    characters: int = 0
    words: int = 0
    keystrokes: int = 0
    shown: int = 0
    right: int = 0
    accepted: int = 0
    long: int = 0
    partial: int = 0
    word_accepts: int = 0

    def __add__(self, other: "ReplayCounts") -> "ReplayCounts":
        return ReplayCounts(*(one + two for one, two in zip(astuple(self), astuple(other), strict=True)))

    @property
    def saved(self) -> float:
        """Keystrokes not made, in percent of the characters; 0 for no text."""
        return 100.0 * (self.characters - self.keystrokes) / self.characters if self.characters else 0.0

    @property
    def precision(self) -> float | None:
        """Right suggestions as a share of those shown, in [0, 1]; None when none was shown."""
        return self.right / self.shown if self.shown else None

    @property
    def showings_per_word(self) -> float:
        """Suggestions shown for every word of the text; 0 for no words."""
        return self.shown / self.words if self.words else 0.0

    @property
    def mean_accepted(self) -> float | None:
        """Mean length of an accepted suggestion, in characters; None when none was accepted."""
        return self.accepted / self.right if self.right else None

    @property
    def long_per_word(self) -> float:
        """Accepted suggestions of two words and more for every word of the text; 0 for no words."""
        return self.long / self.words if self.words else 0.0

    def net_time(self, cost: TypingCost) -> float:
        """Time saved, in percent of typing everything; negative where suggestions cost more."""
        if not self.characters:
            return 0.0
        typed = self.keystrokes - self.right - self.word_accepts
        spent = (
            cost.key * typed
            + cost.accept * self.right
            + cost.word_accept * self.word_accepts
            + cost.reading * self.shown
        )
        return 100.0 * (1.0 - spent / (cost.key * self.characters))


def is_right(text: str, position: int, suggestion: str) -> bool:
    """Whether a suggestion after the first `position` characters of `text` is what comes next."""
    end = position + len(suggestion)
    if not text.startswith(suggestion, position):
        return False
    return end == len(text) or not continues_word(text[end])


@dataclass(frozen=True, slots=True)
class Showing:
    """A suggestion that was shown after the first `position` characters, and whether it was right.

    `words` are the lengths of the words of a wrong one that were taken one by one.
    """

    position: int
    text: str
    right: bool
    words: tuple[int, ...] = ()


def showings(text: str, ask: Ask, rule: Rule, cost: TypingCost | None = None) -> list[Showing]:
    """What is shown while `text` is typed; `ask` is called once a position at most."""
    shown: list[Showing] = []
    position, ghost = 0, ""
    while True:
        if not ghost:
            suggestion = rule.best(ask(position))
            if suggestion is not None:
                ghost = suggestion.text
                shown.append(Showing(position, ghost, is_right(text, position, ghost)))
        elif cost is not None and _may_grow(text[:position], ghost):
            grown = rule.best(ask(position))
            if grown is not None and len(grown.text) > len(ghost) and grown.text.startswith(ghost):
                ghost = grown.text
                shown[-1] = Showing(position, ghost, is_right(text, position, ghost), shown[-1].words)
        if ghost and shown[-1].right:
            position += len(ghost)
            ghost = ""
            continue
        if ghost and cost is not None and (taken := _taken(text, position, ghost, cost)):
            shown[-1] = Showing(shown[-1].position, shown[-1].text, False, (*shown[-1].words, *taken))
            position, ghost = position + sum(taken), ghost[sum(taken) :]
            continue
        if position == len(text):
            return shown
        ghost = ghost[1:] if ghost.startswith(text[position]) else ""
        position += 1


def _may_grow(typed: str, ghost: str) -> bool:
    """Whether a word ends at the caret, and what is on screen behind it may have more words."""
    return (
        ghost[:1].isspace()
        and typed[-1:].strip() != ""
        and _SENTENCE_END.search(ghost) is None
        and len(ghost.split()) < _MOST_WORDS
    )


def _taken(text: str, position: int, ghost: str, cost: TypingCost) -> list[int]:
    """Lengths of the next words of a wrong suggestion that are right, as far as taking each pays."""
    taken: list[int] = []
    for match in _WORD.finditer(ghost):
        word = match.group()
        if not cost.pays_by_word(len(word)) or not is_right(text, position, word):
            break
        taken.append(len(word))
        position += len(word)
    return taken


def replay(text: str, ask: Ask, rule: Rule, cost: TypingCost | None = None) -> ReplayCounts:
    """Type `text` with the suggestions that a rule shows; see `showings`."""
    return count_showings(text, showings(text, ask, rule, cost))


def count_showings(text: str, shown: Sequence[Showing]) -> ReplayCounts:
    """The counts of one replay."""
    accepted = [one.text for one in shown if one.right]
    in_part = [one.words for one in shown if one.words]
    words = [length for lengths in in_part for length in lengths]
    inserted = sum(map(len, accepted)) + sum(words)
    return ReplayCounts(
        characters=len(text),
        words=count_words(text),
        keystrokes=len(text) - inserted + len(accepted) + len(words),
        shown=len(shown),
        right=len(accepted),
        accepted=sum(map(len, accepted)),
        long=sum(count_words(one) > 1 for one in accepted),
        partial=sum(1 for one in shown if one.words and not one.right),
        word_accepts=len(words),
    )


def interval(
    counts: Sequence[ReplayCounts], measure: Callable[[ReplayCounts], float | None], *, seed: int = 0
) -> tuple[float, float] | None:
    """Return the 95% bootstrap interval of a measure over messages; None when it is undefined.

    Messages are drawn with replacement 500 times (Efron, "Bootstrap methods", 1979).
    """
    if not counts:
        return None
    table = np.array([astuple(one) for one in counts], np.int64).reshape(-1, len(fields(ReplayCounts)))
    count = len(counts)
    draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=500)
    values = [measure(ReplayCounts(*total)) for total in (draws @ table).tolist()]
    defined = [value for value in values if value is not None]
    if len(defined) < len(values):
        return None
    low, high = np.quantile(defined, (0.025, 0.975))
    return float(low), float(high)
