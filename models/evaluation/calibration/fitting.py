"""Fits a bundle's calibration and threshold on held-out mail."""

import numpy as np
from numpy.typing import NDArray

from inkling.models.evaluation.measure import Measurement
from inkling.models.search.confidence import Calibration, CalibrationKind, Curve

LEAST_SUGGESTIONS = 200
"""A curve of its own needs so many suggestions."""
_RIDGE = 1.0
"""Keeps a curve that was fitted on few suggestions near the identity: the weight of the squared distance."""
_ROUNDS = 50
_CLIP = 1e-6
_UNIT = 10.0
"""Characters counted as one while fitting, so that no input is much larger than another."""


def fit_calibration(alone: Measurement, with_profile: Measurement | None) -> Calibration:
    """Fit curves for texts that begin with a word and for endings of words, from uncalibrated suggestions.

    `with_profile` measures drafts whose writer has a profile. Without it, or with too few suggestions in it,
    such drafts share the curves of the others. Raises ValueError if the others have too few suggestions.
    """
    count = len(alone.right)
    if count < LEAST_SUGGESTIONS:
        raise ValueError(
            f"only {count} suggestions came up, and a curve needs {LEAST_SUGGESTIONS}: "
            "give more mail or more --messages; nothing was changed"
        )
    curves = _curves(alone)
    personal = curves
    if with_profile is not None and len(with_profile.right) >= LEAST_SUGGESTIONS:
        personal = _curves(with_profile)
    return Calibration(kind=CalibrationKind.BY_LENGTH, alone=curves, with_profile=personal)


def too_few(alone: Measurement, with_profile: Measurement | None) -> list[str]:
    """The groups with too few suggestions for a curve of their own, a line each."""
    lines = []
    for what, measured in (("without profile", alone), ("with profile", with_profile)):
        if measured is None:
            lines.append(f"{what}: nobody wrote enough mail with dates; the curves are those without profile")
        elif len(measured.right) < LEAST_SUGGESTIONS:
            lines.append(
                f"{what}: {len(measured.right)} suggestions are too few; the curves are those without profile"
            )
        elif (fewest := min(_counts(measured))) < LEAST_SUGGESTIONS:
            begun = "a word is begun" if _counts(measured)[1] == fewest else "no word is begun"
            lines.append(f"{what}, {begun}: {fewest} suggestions are too few; one curve is for both")
    return lines


def _counts(measured: Measurement) -> tuple[int, int]:
    """The number of suggestions that begin with a word, and of those that end one."""
    return len(measured.begun) - sum(measured.begun), sum(measured.begun)


def _curves(measured: Measurement) -> tuple[Curve, Curve]:
    begun = np.array(measured.begun, np.bool_)
    enough = min(_counts(measured)) >= LEAST_SUGGESTIONS
    whole, ending = (
        fit_curve(
            np.array(measured.confidence, np.float64)[chosen],
            np.array(measured.characters, np.float64)[chosen],
            np.array(measured.right, np.float64)[chosen],
        )
        for chosen in ((~begun, begun) if enough else 2 * [np.ones_like(begun)])
    )
    return whole, ending


def fit_curve(
    probability: NDArray[np.float64], characters: NDArray[np.float64], right: NDArray[np.float64]
) -> Curve:
    """The most likely curve that never rises with length, with a little weight on the identity.

    `probability` is in [0, 1], `right` 0 or 1; all have one entry a suggestion.
    """
    clipped = np.clip(probability, _CLIP, 1 - _CLIP)
    odds = np.log(clipped / (1 - clipped))
    inputs = np.stack([odds, np.ones_like(odds), -characters / _UNIT], axis=1)
    fitted = _fit(inputs, right)
    if fitted[2] < 0.0:
        fitted = np.append(_fit(inputs[:, :2], right), 0.0)
    lowest, highest = (0.05, -10.0, 0.0), (10.0, 10.0, _UNIT)
    slope, intercept, per_unit = np.clip(fitted, lowest, highest).tolist()
    return Curve(
        slope=round(slope, 4), intercept=round(intercept, 4), per_character=round(per_unit / _UNIT, 5)
    )


def _fit(inputs: NDArray[np.float64], right: NDArray[np.float64]) -> NDArray[np.float64]:
    """The weights (I,) of inputs (N, I), the first of them the model's log-odds (Newton's method)."""
    size = inputs.shape[1]
    prior = np.eye(size)[0]
    fitted: NDArray[np.float64] = prior.copy()
    for _ in range(_ROUNDS):
        predicted = 1 / (1 + np.exp(-np.clip(inputs @ fitted, -30, 30)))
        gradient = inputs.T @ (predicted - right) + _RIDGE * (fitted - prior)
        weight = predicted * (1 - predicted)
        curvature = (inputs * weight[:, None]).T @ inputs + _RIDGE * np.eye(size)
        change = np.linalg.solve(curvature, gradient)
        fitted -= change
        if np.abs(change).max() < 1e-9:
            break
    return fitted


def choose_threshold(measured: Measurement, precision: float) -> float | None:
    """The threshold of at least this precision that saves most characters; None if there is none."""
    totals = [(value, measured.total(value)) for value in sorted(measured.counts)]
    precise = [(total.saved, value) for value, total in totals if (total.precision or 0.0) >= precision]
    return max(precise)[1] if precise else None
