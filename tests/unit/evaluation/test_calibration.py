"""Equal-mass bins and the expected calibration error."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.evaluation.calibration.calibration_error import (
    equal_mass_bins,
    expected_calibration_error,
)

outcomes = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=80)


def test_bins_hold_suggestions_of_like_confidence() -> None:
    bins = equal_mass_bins([0.9, 0.1, 0.7, 0.3], [True, False, False, True], 2)
    assert [one.count for one in bins] == [2, 2]
    assert [one.confidence for one in bins] == pytest.approx([0.2, 0.8])
    assert [one.accuracy for one in bins] == [0.5, 0.5]
    assert expected_calibration_error(bins) == pytest.approx(0.3)


@given(outcomes, st.integers(1, 20))
def test_bins_are_equal_but_for_rounding_and_in_order(rows: list[tuple[float, bool]], count: int) -> None:
    bins = equal_mass_bins([value for value, _ in rows], [right for _, right in rows], count)
    sizes = [one.count for one in bins]
    assert sum(sizes) == len(rows)
    assert max(sizes) - min(sizes) <= 1
    assert len(bins) == min(count, len(rows))
    means = [one.confidence for one in bins]
    assert all(low <= high + 1e-12 for low, high in pairwise(means))


@given(outcomes)
def test_the_error_is_a_share(rows: list[tuple[float, bool]]) -> None:
    error = expected_calibration_error(
        equal_mass_bins([value for value, _ in rows], [one for _, one in rows])
    )
    assert error is not None
    assert 0.0 <= error <= 1.0


def test_outcomes_drawn_with_their_confidence_have_little_error() -> None:
    rng = np.random.default_rng(7)
    confidence = rng.random(20_000)
    right = rng.random(20_000) < confidence
    honest = expected_calibration_error(equal_mass_bins(list(confidence), list(right)))
    boastful = expected_calibration_error(equal_mass_bins(list(np.sqrt(confidence)), list(right)))
    assert honest is not None
    assert boastful is not None
    assert honest < 0.02 < 0.1 < boastful


def test_no_suggestions_have_no_error() -> None:
    assert equal_mass_bins([], []) == []
    assert expected_calibration_error([]) is None


@pytest.mark.parametrize(("confidence", "bins"), [([0.5], 3), ([0.5, 0.6], 0)])
def test_bad_input_is_refused(confidence: list[float], bins: int) -> None:
    with pytest.raises(ValueError, match=r"outcomes|bins"):
        equal_mass_bins(confidence, [True, False], bins)
