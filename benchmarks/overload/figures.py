"""The figures of a run above the capacity, and what they must be."""

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import numpy as np

from benchmarks.people.traffic import Outcome
from benchmarks.reporting.bounds import Bound

ANSWERED, SUPERSEDED, REFUSED = 200, 409, 429


@dataclass(frozen=True, slots=True)
class Figures:
    """Of all requests. What did not occur is NaN.

    `accepted_p99_ms` counts from the key press. `refused_p99_ms` counts from the moment when the request was
    sent: a request that waits for its connection has not asked yet. The times of the edge are those that the
    service measures. They do not hold what passes in a generator that wants the cores too.
    """

    asked: int
    answered: int
    superseded: int
    refused: int
    failed: int
    accepted_p50_ms: float
    accepted_p99_ms: float
    refused_p99_ms: float
    accepted_edge_p99_ms: float
    refused_edge_p99_ms: float
    memory_before_mib: float
    memory_after_mib: float

    @property
    def memory_growth_mib(self) -> float:
        """How much larger the service is at the end."""
        return self.memory_after_mib - self.memory_before_mib

    def row(self) -> dict[str, float]:
        """All of them, by name."""
        return {**asdict(self), "memory_growth_mib": self.memory_growth_mib}


def figures_of(
    asked: int,
    outcomes: Sequence[Outcome],
    warm_up: float,
    edge: tuple[float, float],
    memory: tuple[float, float],
) -> Figures:
    """The figures of `asked` requests. `memory` is in MiB. Times are those after the warm-up, in seconds.

    `edge` has the p99 of accepted requests and of refused ones as the service measured them, in milliseconds.
    """
    ended = Counter(one.status for one in outcomes)
    counted = [one for one in outcomes if one.pressed >= warm_up]
    accepted = [one.seconds * 1000 for one in counted if one.status == ANSWERED]
    refused = [one.answering * 1000 for one in counted if one.status == REFUSED]
    return Figures(
        asked,
        ended[ANSWERED],
        ended[SUPERSEDED],
        ended[REFUSED],
        asked - ended[ANSWERED] - ended[SUPERSEDED] - ended[REFUSED],
        _percentile(accepted, 50),
        _percentile(accepted, 99),
        _percentile(refused, 99),
        *edge,
        *memory,
    )


def bounds_of(figures: Figures, accepted: float, refused: float, growth: float) -> list[Bound]:
    """What must hold. A run in which nothing was refused was no overload, and fails."""
    return [
        Bound("p99 of accepted answers, ms", figures.accepted_p99_ms, accepted),
        Bound("p99 of refusals at the edge, ms", figures.refused_edge_p99_ms, refused),
        Bound("growth of memory, MiB", figures.memory_growth_mib, growth),
        Bound("failures", figures.failed, 0),
    ]


def _percentile(values: Sequence[float], share: float) -> float:
    return float(np.percentile(values, share)) if values else math.nan
