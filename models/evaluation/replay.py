"""The typing replay: a message is typed again, and what suggestions would have saved is counted.

The writer types a known text character by character. The service is asked before the first key,
after every key and after every accept, the last included. Its best suggestion is shown when it
passes the threshold and has at least two characters (`models.choice`). It is right when its whole text
equals the characters that come next and the character after them does not continue its last word
(`is_right`). A right one is accepted at once with one keystroke; a wrong one never is.

A wrong one stays on screen as long as what is typed agrees with it, as it does in a widget: it is
one showing from the key after which it appears until a key contradicts it or it has been typed to
its end, and what the service would say meanwhile is not shown. Only then is the next answer shown.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.choice import choose
from models.suggestion import Candidate, Suggestion
from models.text import continues_word, count_words

Ask = Callable[[int], Sequence[Candidate]]
"""Candidates after the first n characters of the text, whatever their probability."""


@dataclass(frozen=True, slots=True)
class ReplayCounts:
    """What was counted while typing; counts of several texts add up."""

    characters: int = 0
    words: int = 0
    keystrokes: int = 0
    shown: int = 0
    right: int = 0

    def __add__(self, other: "ReplayCounts") -> "ReplayCounts":
        return ReplayCounts(
            self.characters + other.characters,
            self.words + other.words,
            self.keystrokes + other.keystrokes,
            self.shown + other.shown,
            self.right + other.right,
        )

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


def best(candidates: Sequence[Candidate], threshold: float) -> Suggestion | None:
    """Return what the service would show first at a threshold, or None."""
    return next(iter(choose(candidates, min_confidence=threshold, max_suggestions=1)), None)


def is_right(text: str, position: int, suggestion: str) -> bool:
    """Whether a suggestion after the first `position` characters of `text` is what comes next."""
    end = position + len(suggestion)
    if not text.startswith(suggestion, position):
        return False
    return end == len(text) or not continues_word(text[end])


@dataclass(frozen=True, slots=True)
class Showing:
    """A suggestion that was shown after the first `position` characters, and whether it was right."""

    position: int
    text: str
    right: bool


def showings(text: str, ask: Ask, threshold: float) -> Iterator[Showing]:
    """What is shown while `text` is typed; `ask` is called once a position at most."""
    position, ghost = 0, ""
    while True:
        if not ghost:
            suggestion = best(ask(position), threshold)
            if suggestion is not None:
                ghost = suggestion.text
                right = is_right(text, position, ghost)
                yield Showing(position, ghost, right)
                if right:
                    position += len(ghost)
                    ghost = ""
                    continue
        if position == len(text):
            return
        ghost = ghost[1:] if ghost.startswith(text[position]) else ""
        position += 1


def replay(text: str, ask: Ask, threshold: float) -> ReplayCounts:
    """Type `text` with the suggestions that pass `threshold`; see `showings`."""
    return count_showings(text, list(showings(text, ask, threshold)))


def count_showings(text: str, shown: Sequence[Showing]) -> ReplayCounts:
    """The counts of one replay."""
    accepted = [len(one.text) for one in shown if one.right]
    keystrokes = len(text) - sum(accepted) + len(accepted)
    return ReplayCounts(len(text), count_words(text), keystrokes, len(shown), len(accepted))


def interval(
    counts: Sequence[ReplayCounts], measure: Callable[[ReplayCounts], float | None], *, seed: int = 0
) -> tuple[float, float] | None:
    """Return the 95% bootstrap interval of a measure over messages; None when it is undefined.

    Messages are drawn with replacement 500 times (Efron, "Bootstrap methods", 1979).
    """
    if not counts:
        return None
    table = np.array(
        [(one.characters, one.words, one.keystrokes, one.shown, one.right) for one in counts], np.int64
    )
    count = len(counts)
    draws = np.random.default_rng(seed).multinomial(count, np.full(count, 1 / count), size=500)
    values = [measure(ReplayCounts(*total)) for total in (draws @ table).tolist()]
    defined = [value for value in values if value is not None]
    if len(defined) < len(values):
        return None
    low, high = np.quantile(defined, (0.025, 0.975))
    return float(low), float(high)
