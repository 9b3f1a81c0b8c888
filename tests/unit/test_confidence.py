"""Confidence from probability: the curves, their inverse, and how they are fitted."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from models.confidence import Calibration, CalibrationKind, Confidence, Curve
from models.evaluation.calibration import equal_mass_bins, expected_calibration_error
from models.evaluation.fitting import choose_threshold, fit_calibration, fit_curve
from models.evaluation.measure import Measurement
from models.evaluation.replay import ReplayCounts, Rule

CURVES = st.builds(Curve, slope=st.floats(0.1, 5.0), intercept=st.floats(-3.0, 3.0))
SHARES = st.floats(0.001, 0.999)


@given(curve=CURVES, low=SHARES, high=SHARES)
def test_a_curve_rises_and_has_an_inverse(curve: Curve, low: float, high: float) -> None:
    low, high = sorted((low, high))
    assert 0.0 <= curve.at(low) <= curve.at(high) <= 1.0
    if 1e-6 < curve.at(low) < 1 - 1e-6:
        assert curve.inverse(curve.at(low)) == pytest.approx(low, rel=1e-4)


def test_without_curves_confidence_is_the_probability() -> None:
    assert Confidence().of(math.log(0.3), " any text") == pytest.approx(0.3)
    assert Confidence().least_probability(0.3) == 0.3
    assert Curve().at(0.3) == pytest.approx(0.3)


def test_each_number_of_words_has_its_curve_and_long_texts_the_last() -> None:
    confidence = Confidence([Curve(intercept=shift) for shift in (0.0, -1.0, -2.0)])
    found = [confidence.of(math.log(0.5), text) for text in ("", " a", " a b", " a b c", " a b c d")]
    assert found[0] == found[1] == pytest.approx(0.5)
    assert found[2] == pytest.approx(1 / (1 + math.e))
    assert found[3] == found[4] == pytest.approx(1 / (1 + math.e**2))


@given(curves=st.tuples(CURVES, CURVES, CURVES), wanted=SHARES, probability=SHARES)
def test_below_the_least_probability_no_length_is_that_confident(
    curves: tuple[Curve, ...], wanted: float, probability: float
) -> None:
    confidence = Confidence(curves)
    if probability < confidence.least_probability(wanted) - 1e-9:
        assert all(confidence.of(math.log(probability), "a " * words) <= wanted + 1e-9 for words in (1, 2, 3))


def test_a_probability_of_nothing_or_all_stays_within_bounds() -> None:
    curve = Curve(slope=10.0, intercept=10.0)
    assert all(0.0 <= curve.at(value) <= 1.0 for value in (0.0, 1e-300, 1.0))
    assert Confidence([curve] * 3).least_probability(0.0) == 0.0


def test_a_calibration_has_a_curve_for_each_length_or_is_the_identity() -> None:
    three = (Curve(), Curve(), Curve())
    with pytest.raises(ValidationError):
        Calibration(kind=CalibrationKind.LOGISTIC, alone=three)
    with pytest.raises(ValidationError):
        Calibration(alone=three, with_profile=three)
    assert Calibration(kind=CalibrationKind.LOGISTIC, alone=three, with_profile=three).curves(True) == three


def boastful(count: int, seed: int) -> Measurement:
    """A model whose log-odds are twice what they should be, more so for several words."""
    random = np.random.default_rng(seed)
    words = random.integers(1, 6, count)
    odds = random.normal(0.0, 1.5, count)
    truth = 1 / (1 + np.exp(-(odds / 2 - 0.3 * np.minimum(words, 3))))
    measured = Measurement("boastful", Rule(0.5))
    measured.confidence = (1 / (1 + np.exp(-odds))).tolist()
    measured.right = (random.random(count) < truth).tolist()
    measured.lengths = words.tolist()
    return measured


def test_a_boastful_model_is_brought_down_at_every_length() -> None:
    calibration = fit_calibration(boastful(6000, 1), None)
    confidence = Confidence(calibration.curves(False))
    fresh = boastful(6000, 2)
    for length in (1, 2, 3):
        chosen = [i for i, words in enumerate(fresh.lengths) if min(words, 3) == length]
        right = [fresh.right[i] for i in chosen]
        before = [fresh.confidence[i] for i in chosen]
        after = [confidence.of(math.log(value), "w " * length) for value in before]
        errors = [expected_calibration_error(equal_mass_bins(values, right, 5)) for values in (before, after)]
        assert errors[0] is not None
        assert errors[1] is not None
        assert errors[1] < 0.03 < errors[0]


def test_few_suggestions_have_no_curve_of_their_own() -> None:
    assert fit_curve(np.array([0.9, 0.8]), np.array([0.0, 0.0])).at(0.9) < 0.9
    with pytest.raises(ValueError, match="a curve needs 200"):
        fit_calibration(boastful(50, 1), None)


def test_the_threshold_saves_most_among_the_precise() -> None:
    measured = Measurement("model", Rule(0.5))
    # characters, words, keystrokes, shown, right
    measured.counts = {
        0.3: [ReplayCounts(100, 20, 60, 20, 9)],
        0.4: [ReplayCounts(100, 20, 70, 15, 9)],
        0.5: [ReplayCounts(100, 20, 80, 10, 9)],
    }
    assert choose_threshold(measured, 0.6) == 0.4
    assert choose_threshold(measured, 0.4) == 0.3
    assert choose_threshold(measured, 0.95) is None
