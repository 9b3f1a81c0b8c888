"""Confidence from probability: the curves, their inverse, and how they are fitted."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from inkling.models.evaluation.calibration.calibration_error import (
    equal_mass_bins,
    expected_calibration_error,
)
from inkling.models.evaluation.calibration.fitting import choose_threshold, fit_calibration, fit_curve
from inkling.models.evaluation.measure import Measurement
from inkling.models.evaluation.replay import ReplayCounts, Rule
from inkling.models.search.confidence import IDENTITY, Calibration, CalibrationKind, Confidence, Curve

CURVES = st.builds(
    Curve, slope=st.floats(0.1, 5.0), intercept=st.floats(-3.0, 3.0), per_character=st.floats(0.0, 0.2)
)
SHARES = st.floats(0.001, 0.999)
TEXTS = st.sampled_from(["s", " a", "ing", "ing for", " a b", "a b c", " with all of it", "."])


@given(curve=CURVES, low=SHARES, high=SHARES, characters=st.integers(0, 60))
def test_a_curve_rises_falls_with_length_and_has_an_inverse(
    curve: Curve, low: float, high: float, characters: int
) -> None:
    low, high = sorted((low, high))
    confidence = curve.at(low, characters)
    assert 0.0 <= curve.at(low, characters + 1) <= confidence <= curve.at(high, characters) <= 1.0
    if 1e-6 < confidence < 1 - 1e-6:
        assert curve.inverse(confidence, characters) == pytest.approx(low, rel=1e-4)


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


def test_the_end_of_a_word_has_a_curve_of_its_own_where_one_is_begun() -> None:
    curves = (Curve(), Curve(intercept=-1.0, per_character=0.1))
    calibration = Calibration(kind=CalibrationKind.BY_LENGTH, alone=curves, with_profile=curves)
    inside = calibration.confidence(has_profile=False, inside_word=True)
    outside = calibration.confidence(has_profile=False, inside_word=False)
    half = math.log(0.5)
    assert inside.of(half, " for") == outside.of(half, "for") == pytest.approx(0.5)
    assert inside.of(half, ".") == pytest.approx(0.5)
    assert inside.of(half, "ing") == pytest.approx(1 / (1 + math.exp(1.3)))
    assert inside.of(half, "ing to me") == pytest.approx(1 / (1 + math.exp(1.9)))


@given(
    whole=st.lists(CURVES, min_size=1, max_size=3),
    begun=st.one_of(st.none(), st.lists(CURVES, min_size=1, max_size=3)),
    wanted=SHARES,
    probability=SHARES,
    text=TEXTS,
)
def test_below_the_least_probability_no_text_is_that_confident(
    whole: list[Curve], begun: list[Curve] | None, wanted: float, probability: float, text: str
) -> None:
    confidence = Confidence(whole, begun)
    if probability < confidence.least_probability(wanted) - 1e-9:
        assert confidence.of(math.log(probability), text) <= wanted + 1e-9


def test_a_probability_of_nothing_or_all_stays_within_bounds() -> None:
    curve = Curve(slope=10.0, intercept=10.0)
    assert all(0.0 <= curve.at(value) <= 1.0 for value in (0.0, 1e-300, 1.0))
    assert Confidence([curve] * 3).least_probability(0.0) == 0.0


def test_a_calibration_has_the_curves_of_its_kind_or_is_the_identity() -> None:
    three = (Curve(), Curve(), Curve(intercept=-1.0))
    with pytest.raises(ValidationError):
        Calibration(kind=CalibrationKind.BY_WORDS, alone=three)
    with pytest.raises(ValidationError):
        Calibration(kind=CalibrationKind.BY_LENGTH, alone=three, with_profile=three)
    with pytest.raises(ValidationError):
        Calibration(alone=three, with_profile=three)
    assert IDENTITY.confidence(has_profile=True, inside_word=True).of(math.log(0.3), "ing") == pytest.approx(
        0.3
    )


def test_a_calibration_by_words_of_an_older_bundle_holds_whether_a_word_is_begun_or_not() -> None:
    curves = [{"slope": 1.0, "intercept": -float(words)} for words in range(3)]
    stored = {"kind": "logistic", "alone": curves, "with_profile": curves}
    calibration = Calibration.model_validate(stored)
    for inside in (False, True):
        confidence = calibration.confidence(has_profile=False, inside_word=inside)
        found = [
            confidence.of(math.log(0.5), text) for text in ("ing", "ing of", "ing of the", " of the two")
        ]
        assert found == pytest.approx([1 / (1 + math.exp(words)) for words in (0, 1, 2, 2)])


def boastful(count: int, seed: int) -> Measurement:
    """A model whose log-odds are twice what they should be, more so for long texts and whole words."""
    random = np.random.default_rng(seed)
    characters = random.integers(2, 30, count)
    begun = random.random(count) < 0.5
    odds = random.normal(0.0, 1.5, count)
    truth = 1 / (1 + np.exp(-(odds / 2 - 0.05 * characters - 0.5 * ~begun)))
    measured = Measurement("boastful", Rule(0.5))
    measured.confidence = (1 / (1 + np.exp(-odds))).tolist()
    measured.right = (random.random(count) < truth).tolist()
    measured.characters = characters.tolist()
    measured.lengths = (1 + characters // 6).tolist()
    measured.begun = begun.tolist()
    return measured


def test_a_boastful_model_is_brought_down_in_every_group() -> None:
    """By number of words and whether one is begun, on suggestions that were not used to fit."""
    calibration = fit_calibration(boastful(40_000, 1), None)
    inside = calibration.confidence(has_profile=False, inside_word=True)
    fresh = boastful(40_000, 2)
    for words in (1, 2, 3):
        for begun in (False, True):
            chosen = [
                i
                for i in range(len(fresh.right))
                if min(fresh.lengths[i], 3) == words and fresh.begun[i] == begun
            ]
            right = [fresh.right[i] for i in chosen]
            before = [fresh.confidence[i] for i in chosen]
            after = [
                inside.of(
                    math.log(fresh.confidence[i]), ("" if begun else " ").ljust(fresh.characters[i], "w")
                )
                for i in chosen
            ]
            first, second = (
                expected_calibration_error(equal_mass_bins(values, right, 4)) for values in (before, after)
            )
            assert first is not None
            assert second is not None
            assert second < 0.05 < first


def test_of_equally_probable_suggestions_a_long_one_is_never_the_more_confident() -> None:
    """Even where it came true more often: the search ends early by the shortest."""
    random = np.random.default_rng(3)
    characters = random.integers(2, 30, 4000)
    right = random.random(4000) < 0.2 + characters / 60
    curve = fit_curve(np.full(4000, 0.5), characters.astype(np.float64), right.astype(np.float64))
    assert curve.per_character == 0.0
    assert curve.at(0.5) == pytest.approx(right.mean(), abs=0.02)


def test_few_suggestions_have_no_curve_of_their_own() -> None:
    found = fit_curve(np.array([0.9, 0.8]), np.array([4.0, 5.0]), np.array([0.0, 0.0]))
    assert found.at(0.9, 4) < 0.9
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
