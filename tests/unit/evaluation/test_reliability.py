"""Groups of suggestions, and whether confidence holds in each."""

import numpy as np
import pytest

from inkling.models.evaluation.calibration.reliability import (
    BY_BEGUN,
    BY_WORDS,
    NEAR,
    SHOWN,
    SHOWN_BY_WORDS,
    calibration_errors,
    groups,
    reliability,
)
from inkling.models.evaluation.measure import Measurement
from inkling.models.evaluation.replay import Rule
from inkling.models.search.choice import NetTime

WORTH = NetTime(interruption=300.0)


def measured(rows: list[tuple[float, int, int, bool, bool]]) -> Measurement:
    """Of (confidence, words, characters, begun, right)."""
    made = Measurement("invented", Rule(0.3, WORTH))
    for confidence, words, characters, begun, right in rows:
        made.confidence.append(confidence)
        made.lengths.append(words)
        made.characters.append(characters)
        made.begun.append(begun)
        made.right.append(right)
        made.worth.append(WORTH.of(confidence, "w" * characters))
    return made


def test_each_suggestion_is_in_the_groups_that_it_belongs_to() -> None:
    found = groups(
        measured(
            [
                (0.9, 1, 4, True, True),  # worth 240 ms: shown
                (0.4, 2, 10, False, False),  # 420 ms: shown
                (0.2, 5, 30, False, False),  # 860 ms, but below the least confidence
                (0.5, 3, 3, True, False),  # -100 ms: nearly worth it
            ]
        )
    )
    assert found["pooled"] == [0, 1, 2, 3]
    assert [found[name] for name in BY_WORDS] == [[0], [1], [2, 3]]
    assert [found[name] for name in BY_BEGUN] == [[0, 3], [1, 2]]
    assert found[SHOWN] == [0, 1]
    assert [found[name] for name in SHOWN_BY_WORDS] == [[0], [1], []]
    assert found[NEAR] == [3]


def test_a_group_that_promises_too_much_is_told_though_all_together_are_right() -> None:
    """One word comes true more often than it says, two words less often by as much."""
    random = np.random.default_rng(5)
    rows = []
    for words, truth in ((1, 0.6), (2, 0.4)):
        rows += [(0.5, words, 6, False, bool(random.random() < truth)) for _ in range(3000)]
    random.shuffle(rows)
    errors = calibration_errors(measured(rows))
    assert errors["pooled"] == pytest.approx(0.0, abs=0.03)
    assert errors["1 word"] == pytest.approx(0.1, abs=0.03)
    assert errors["shown, 2 words"] == pytest.approx(0.1, abs=0.03)


def test_too_few_suggestions_have_no_bin_and_no_error() -> None:
    few = measured([(0.5, 1, 6, False, True)] * 199)
    assert reliability(few)["pooled"] == []
    assert set(calibration_errors(few).values()) == {None}
    assert len(reliability(measured([(0.5, 1, 6, False, True)] * 401))["pooled"]) == 2
