"""How well confidence holds in each group of suggestions, and near the display rule's decision.

The groups overlap. Two of them follow the rule: the suggestions that it would show, and those near its
decision, whose expected net time is at most half an interruption from zero.
"""

from collections.abc import Mapping, Sequence

from inkling.models.evaluation.calibration.calibration_error import (
    Bin,
    equal_mass_bins,
    expected_calibration_error,
)
from inkling.models.evaluation.measure import Measurement

LEAST_IN_BIN = 200
MOST_BINS = 15

BY_WORDS = ("1 word", "2 words", "3 words and more")
BY_BEGUN = ("a word is begun", "no word is begun")
SHOWN, NEAR = "shown", "near the decision"
SHOWN_BY_WORDS = tuple(f"{SHOWN}, {words}" for words in BY_WORDS)


def groups(result: Measurement) -> dict[str, list[int]]:
    """Indices of the suggestions of each group, all of them as "pooled" first."""
    everything = range(len(result.right))
    found: dict[str, list[int]] = {"pooled": list(everything)}
    for length, name in enumerate(BY_WORDS, 1):
        found[name] = [index for index in everything if min(result.lengths[index], len(BY_WORDS)) == length]
    for name, begun in zip(BY_BEGUN, (True, False), strict=True):
        found[name] = [index for index in everything if result.begun[index] is begun]
    near = result.rule.worth.interruption / 2
    found[NEAR] = [index for index in everything if abs(result.worth[index]) <= near]
    found[SHOWN] = [
        index
        for index in everything
        if result.worth[index] > 0.0 and result.confidence[index] >= result.threshold
    ]
    shown = set(found[SHOWN])
    for name, words in zip(SHOWN_BY_WORDS, BY_WORDS, strict=True):
        found[name] = [index for index in found[words] if index in shown]
    return found


def reliability(result: Measurement) -> dict[str, list[Bin]]:
    """Bins of equal mass of every group, each of at least `LEAST_IN_BIN` suggestions. A group with fewer has
    none.
    """
    return {name: _bins(result, chosen) for name, chosen in groups(result).items()}


def calibration_errors(result: Measurement) -> Mapping[str, float | None]:
    """Expected calibration error of every group, in [0, 1]; None where there are too few for one bin."""
    return {name: expected_calibration_error(bins) for name, bins in reliability(result).items()}


def _bins(result: Measurement, chosen: Sequence[int]) -> list[Bin]:
    count = min(len(chosen) // LEAST_IN_BIN, MOST_BINS)
    if not count:
        return []
    return equal_mass_bins([result.confidence[i] for i in chosen], [result.right[i] for i in chosen], count)
