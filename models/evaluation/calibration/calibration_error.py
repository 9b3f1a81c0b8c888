"""How well confidence agrees with how often suggestions are right."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Bin:
    """Suggestions of like confidence: how many, their mean confidence and the share that is right."""

    count: int
    confidence: float
    accuracy: float


def equal_mass_bins(confidence: Sequence[float], right: Sequence[bool], bins: int = 15) -> list[Bin]:
    """Split suggestions, sorted by confidence, into `bins` groups of equal size but for rounding.

    With fewer suggestions than bins, each is a group. Without suggestions there are no groups.

    Raises:
        ValueError: the two sequences differ in length, or `bins` is below 1.
    """
    if len(confidence) != len(right):
        raise ValueError(f"{len(confidence)} confidences but {len(right)} outcomes")
    if bins < 1:
        raise ValueError(f"bins must be at least 1, not {bins}")
    values = np.asarray(confidence, np.float64)
    outcomes = np.asarray(right, np.float64)
    order = np.argsort(values, kind="stable")
    return [
        Bin(len(part), float(values[part].mean()), float(outcomes[part].mean()))
        for part in np.array_split(order, bins)
        if len(part)
    ]


def expected_calibration_error(bins: Sequence[Bin]) -> float | None:
    """Return the mean distance of confidence and accuracy over suggestions, in [0, 1]; None for none.

    Source: Naeini, Cooper and Hauskrecht, "Obtaining well calibrated probabilities using Bayesian
    binning", AAAI 2015, with bins of equal mass (Nguyen and O'Connor, EMNLP 2015).
    """
    total = sum(one.count for one in bins)
    if not total:
        return None
    return sum(one.count * abs(one.confidence - one.accuracy) for one in bins) / total
