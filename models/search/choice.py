"""Chooses what to suggest: the candidates that are expected to save the writer most time.

A right suggestion saves keys. Every suggestion costs the time to read it, and reading costs more than most
ends of words save: Quinn and Zhai, "A Cost-Benefit Study of
Text Entry Suggestion Interaction" (CHI 2016); Roy and others, "Typing Efficiency and Suggestion Accuracy
Influence the Benefits and Adoption of Word Suggestions" (CHI 2021).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from inkling.models.search.suggestion import EmptyReason, Suggestion

MIN_CHARACTERS = 2  # one character saves nothing
_DECIMALS = 4


@dataclass(frozen=True, slots=True)
class NetTime:
    """What suggestions cost and save a writer, in milliseconds, each at least 0.

    `key` is typing one character, `accept` taking a suggestion, `interruption` reading a new one. The mean
    interval between the keys of 168,000 people was about 240 ms (Dhakal and others, CHI 2018); office
    workers are faster.
    """

    key: float = 200.0
    accept: float = 200.0
    interruption: float = 300.0

    def of(self, confidence: float, text: str, replaced: int = 0) -> float:
        """The milliseconds that showing `text` is expected to save; negative where it costs more.

        `replaced` characters go. A writer would delete them by a key each.
        """
        return confidence * (self.key * (len(text) + replaced) - self.accept) - self.interruption


def preference(confidence: float, text: str, worth: NetTime, replaced: int = 0) -> tuple[float, int, str]:
    """The sort key of suggestions: the time that one is expected to save, most first, then the text."""
    return -round(worth.of(confidence, text, replaced), _DECIMALS), replaced, text


def choose(
    candidates: Iterable[Suggestion],
    *,
    min_confidence: float,
    max_suggestions: int,
    worth: NetTime,
) -> list[Suggestion]:
    """The suggestions to show, best first; empty when no candidate is worth an interruption.

    The first is the candidate with the greatest expected net time among those of at least
    `min_confidence`. It is shown only if that time is positive. The alternatives follow by net time, even
    below zero, and with any confidence. One that only shortens or lengthens a better one is left out.
    """
    long = [one for one in candidates if is_long(one)]

    def order(one: Suggestion) -> tuple[float, int, str]:
        return preference(one.confidence, one.text, worth, one.replace)

    best = min((one for one in long if one.confidence >= min_confidence), key=order, default=None)
    if best is None or worth.of(best.confidence, best.text, best.replace) <= 0.0:
        return []
    chosen = [best]
    for one in sorted(long, key=order) if max_suggestions > 1 else ():
        if len(chosen) >= max_suggestions:
            break
        if not any(_extends(one, kept) or _extends(kept, one) for kept in chosen):
            chosen.append(one)
    return chosen


def is_long(one: Suggestion) -> bool:
    """Whether a suggestion is long enough to save anything."""
    return len(one.text) + one.replace >= MIN_CHARACTERS


def _extends(one: Suggestion, other: Suggestion) -> bool:
    return one.replace == other.replace and one.text.startswith(other.text)


def why_none(
    candidates: Sequence[Suggestion], refused: Sequence[Suggestion], *, min_confidence: float, worth: NetTime
) -> EmptyReason:
    """The reason why `choose` takes none of these candidates. `refused` are the ones that may not be
    suggested.
    """
    if choose(refused, min_confidence=min_confidence, max_suggestions=1, worth=worth):
        return EmptyReason.FILTERED
    likely = (one for one in (*candidates, *refused) if is_long(one))
    if any(one.confidence >= min_confidence for one in likely):
        return EmptyReason.NOT_WORTH_INTERRUPTION
    return EmptyReason.NOTHING_LIKELY
