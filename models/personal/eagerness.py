"""How eager to be with one writer, fitted to what became of the suggestions they were shown.

Two numbers are fitted, within bounds:

* `trust`: the log-odds that are added to confidence, so that it holds for this writer's text. It is the most
  probable one given how often suggestions of each confidence came true (Platt, 1999, with a slope of 1).
* `cost`: the factor of what an interruption costs. Acceptance alone would reward trifles, so what counts is
  time: what the writer's keys saved, compared with what the confidence promised, by length. The factor is the
  one under which the suggestions shown so far would have saved most time.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from inkling.models.personal.outcomes import CONFIDENCES, LENGTHS, Cell, Outcomes

KEY_MS, ACCEPT_MS, INTERRUPTION_MS = 200.0, 200.0, 300.0
"""What typing a character, taking a suggestion and reading one are taken to cost."""

COSTS = (1.0, 1.1, 1.25, 1.4, 1.6, 1.8, 2.0)
LEAST_COST = 0.5
MOST_TRUST = 0.6
"""The bounds: `cost` is between `LEAST_COST` and the last of `COSTS`, `trust` within `MOST_TRUST` of 0."""

LEAST_SHOWN = 60
"""Fewer outcomes say nothing."""

_OVERLOOKED = 0.1
"""Anybody overlooks about as much of what is right. That is no sign of being interrupted."""

_TRUST_LEEWAY = 0.25
"""Confidence of one writer's text is out by as much without any reason."""

_LEAST_GAIN_MS = 10.0
"""What a greater cost must save for each suggestion that was shown, or it stays as it is."""

_TRUST_STEPS = 12
_TRUST_SPREAD = 0.35
_PRIOR_SHOWN = 40.0
"""As many showings that keep their promise are added to those of each length."""

_MEAN_LENGTHS = (3.0, 5.5, 11.0, 22.0)
assert len(_MEAN_LENGTHS) == len(LENGTHS) + 1


@dataclass(frozen=True, slots=True)
class Eagerness:
    """The cost of an interruption, as a factor, and the log-odds that are added to confidence."""

    cost: float = 1.0
    trust: float = 0.0

    def confidence(self, confidence: float) -> float:
        """A confidence, in (0, 1), as it holds for this writer."""
        return _probability(_odds(confidence) + self.trust) if self.trust else confidence


USUAL = Eagerness()
"""With a writer of whom nothing is known."""


@dataclass(frozen=True, slots=True)
class _Class:
    """Suggestions of one confidence, in (0, 1), and one mean length, and what became of them."""

    confidence: float
    length: int
    cell: Cell

    @property
    def worth(self) -> float:
        """What a suggestion that is taken whole saves, in milliseconds."""
        return KEY_MS * _MEAN_LENGTHS[self.length] - ACCEPT_MS


def fit_eagerness(outcomes: Outcomes) -> Eagerness:
    """How eager to be with the writer of these outcomes."""
    if outcomes.shown < LEAST_SHOWN:
        return USUAL
    lengths = len(_MEAN_LENGTHS)
    classes = [
        _Class((place // lengths + 0.5) / CONFIDENCES, place % lengths, cell)
        for place, cell in enumerate(outcomes.cells)
        if cell.shown
    ]
    trust = _fit_trust(classes)
    return Eagerness(_fit_cost(classes, trust), trust)


def _fit_trust(classes: Sequence[_Class]) -> float:
    steps = range(-_TRUST_STEPS, _TRUST_STEPS + 1)
    tried = [round(MOST_TRUST * step / _TRUST_STEPS, 4) for step in steps]

    def likelihood(trust: float) -> float:
        total = -0.5 * (trust / _TRUST_SPREAD) ** 2
        for one in classes:
            right = min(one.cell.right, one.cell.shown)
            share = _probability(_odds(one.confidence) + trust)
            total += right * math.log(share) + (one.cell.shown - right) * math.log(1.0 - share)
        return total

    likely = max(tried, key=lambda trust: (likelihood(trust), -abs(trust)))
    beyond = max(abs(likely) - _TRUST_LEEWAY, 0.0)
    return round(math.copysign(beyond, likely), 4) if beyond else 0.0


def _fit_cost(classes: Sequence[_Class], trust: float) -> float:
    kept = _promises_kept(classes, trust)

    def saved(cost: float) -> float:
        """What the suggestions shown so far save, where those are left out that are not worth this cost."""
        total = 0.0
        for one in classes:
            promised = _probability(_odds(one.confidence) + trust) * one.worth
            if promised > cost * INTERRUPTION_MS or cost == COSTS[0]:
                total += one.cell.shown * (promised * kept[one.length] - INTERRUPTION_MS)
        return total

    best = max(COSTS, key=lambda cost: (saved(cost), -cost))
    shown = sum(one.cell.shown for one in classes)
    if saved(best) - saved(COSTS[0]) < _LEAST_GAIN_MS * shown:
        best = COSTS[0]
    overall = _promises_kept(classes, trust, by_length=False)[0]
    if best == COSTS[0] and overall > 1.0:
        return max(round(1.0 / overall, 2), LEAST_COST)
    return best


def _promises_kept(classes: Sequence[_Class], trust: float, *, by_length: bool = True) -> list[float]:
    """The time that keys saved, as a share of what confidence promised: of each length, or of all."""
    shares = []
    for length in range(len(_MEAN_LENGTHS)):
        those = [one for one in classes if one.length == length or not by_length]
        promised = sum(
            one.cell.shown * _probability(_odds(one.confidence) + trust) * one.worth for one in those
        )
        saved = sum(KEY_MS * one.cell.saved - ACCEPT_MS * one.cell.taken for one in those)
        prior = _PRIOR_SHOWN * promised / max(sum(one.cell.shown for one in those), 1)
        kept = saved / (1.0 - _OVERLOOKED)
        shares.append((kept + prior) / (promised + prior) if promised else 1.0)
    return shares


def _odds(probability: float) -> float:
    return math.log(probability / (1.0 - probability))


def _probability(odds: float) -> float:
    return 1.0 / (1.0 + math.exp(-odds))
