"""Fits a bundle's calibration and threshold on held-out mail."""

import numpy as np
from numpy.typing import NDArray

from models.confidence import LENGTHS, Calibration, CalibrationKind, Curve
from models.evaluation.measure import Measurement

_LEAST_SUGGESTIONS = 200
"""A curve of its own needs so many suggestions; with fewer a length has that of one word less."""
_RIDGE = 1.0
"""What keeps a curve of few suggestions near the identity: the weight of a squared distance from it."""
_ROUNDS = 50
_CLIP = 1e-6


def fit_calibration(alone: Measurement, with_profile: Measurement | None) -> Calibration:
    """Curves by number of words, from suggestions measured under the identity.

    `with_profile` is of drafts whose writer has a profile; without it they have the curves of the others.
    """
    curves = _curves(alone)
    return Calibration(
        kind=CalibrationKind.LOGISTIC,
        alone=curves,
        with_profile=curves if with_profile is None else _curves(with_profile),
    )


def _curves(measured: Measurement) -> tuple[Curve, ...]:
    probability = np.array(measured.confidence, np.float64)
    right = np.array(measured.right, np.float64)
    words = np.minimum(np.array(measured.lengths, np.int64), LENGTHS)
    curves: list[Curve] = []
    for length in range(1, LENGTHS + 1):
        chosen = words == length
        if chosen.sum() >= _LEAST_SUGGESTIONS:
            curves.append(fit_curve(probability[chosen], right[chosen]))
        else:
            curves.append(curves[-1] if curves else Curve())
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
