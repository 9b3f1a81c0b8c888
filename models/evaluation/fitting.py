"""Fits a bundle's calibration and threshold on held-out mail."""

import numpy as np
from numpy.typing import NDArray

from models.confidence import LENGTHS, Calibration, CalibrationKind, Curve
from models.evaluation.measure import Measurement

LEAST_SUGGESTIONS = 200
"""A curve of its own needs so many suggestions; with fewer a length has that of one word less."""
_RIDGE = 1.0
"""What keeps a curve of few suggestions near the identity: the weight of a squared distance from it."""
_ROUNDS = 50
_CLIP = 1e-6


def fit_calibration(alone: Measurement, with_profile: Measurement | None) -> Calibration:
    """Curves by number of words, from suggestions measured under the identity.

    `with_profile` is of drafts whose writer has a profile. Without it, or with too few suggestions in it,
    they have the curves of the others. Raises ValueError where those are too few.
    """
    count = counts(alone)[0]
    if count < LEAST_SUGGESTIONS:
        raise ValueError(
            f"only {count} suggestions of one word came up, and a curve needs {LEAST_SUGGESTIONS}: "
            "give more mail or more --messages; nothing was changed"
        )
    curves = _curves(alone)
    if with_profile is None or counts(with_profile)[0] < LEAST_SUGGESTIONS:
        return Calibration(kind=CalibrationKind.LOGISTIC, alone=curves, with_profile=curves)
    return Calibration(kind=CalibrationKind.LOGISTIC, alone=curves, with_profile=_curves(with_profile))


def counts(measured: Measurement) -> list[int]:
    """Suggestions of each length that has a curve."""
    words = np.minimum(np.array(measured.lengths, np.int64), LENGTHS)
    return [int((words == length).sum()) for length in range(1, LENGTHS + 1)]


def too_few(alone: Measurement, with_profile: Measurement | None) -> list[str]:
    """What had too few suggestions for a curve of its own, a line each."""
    lines = []
    for what, measured in (("without profile", alone), ("with profile", with_profile)):
        if measured is None:
            lines.append(f"{what}: nobody wrote enough mail with dates; the curves are those without profile")
            continue
        for length, count in enumerate(counts(measured), 1):
            if count < LEAST_SUGGESTIONS:
                other = "those without profile" if length == 1 else f"that of {length - 1}"
                words = "1 word" if length == 1 else f"{length} words"
                lines.append(f"{what}, {words}: {count} suggestions are too few; the curve is {other}")
                if length == 1:
                    break
    return lines


def _curves(measured: Measurement) -> tuple[Curve, ...]:
    probability = np.array(measured.confidence, np.float64)
    right = np.array(measured.right, np.float64)
    words = np.minimum(np.array(measured.lengths, np.int64), LENGTHS)
    curves: list[Curve] = []
    for length in range(1, LENGTHS + 1):
        chosen = words == length
        if chosen.sum() >= LEAST_SUGGESTIONS:
            curves.append(fit_curve(probability[chosen], right[chosen]))
        else:
            curves.append(curves[-1])
    return tuple(curves)


def fit_curve(probability: NDArray[np.float64], right: NDArray[np.float64]) -> Curve:
    """The curve of most likelihood, with a little weight on the identity (Newton's method).

    `probability` is in [0, 1], `right` 0 or 1; both have one entry a suggestion.
    """
    clipped = np.clip(probability, _CLIP, 1 - _CLIP)
    odds = np.log(clipped / (1 - clipped))
    inputs = np.stack([odds, np.ones_like(odds)], axis=1)
    prior = np.array([1.0, 0.0])
    fitted = prior.copy()
    for _ in range(_ROUNDS):
        predicted = 1 / (1 + np.exp(-np.clip(inputs @ fitted, -30, 30)))
        gradient = inputs.T @ (predicted - right) + _RIDGE * (fitted - prior)
        weight = predicted * (1 - predicted)
        curvature = (inputs * weight[:, None]).T @ inputs + _RIDGE * np.eye(2)
        change = np.linalg.solve(curvature, gradient)
        fitted -= change
        if np.abs(change).max() < 1e-9:
            break
    slope, intercept = np.clip(fitted, (0.05, -10.0), (10.0, 10.0)).round(4).tolist()
    return Curve(slope=slope, intercept=intercept)


def choose_threshold(measured: Measurement, precision: float) -> float | None:
    """The threshold that saves most among those with at least this precision; None where there is none."""
    totals = [(value, measured.total(value)) for value in sorted(measured.counts)]
    precise = [(total.saved, value) for value, total in totals if (total.precision or 0.0) >= precision]
    return max(precise)[1] if precise else None
