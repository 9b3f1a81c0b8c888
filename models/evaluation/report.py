"""An evaluation as plain numbers for a JSON line."""

from collections.abc import Callable, Sequence

from models.evaluation.calibration import equal_mass_bins, expected_calibration_error
from models.evaluation.exact_match import COVERAGES, LENGTHS, greatest_coverage, match_at_coverage
from models.evaluation.measure import Measurement
from models.evaluation.replay import ReplayCounts, interval

PRECISIONS = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Precisions at which models with differently scaled confidence are compared."""

LEAST_IN_BIN = 200
CALIBRATED_LENGTHS = (1, 2, 3)
_MOST_BINS = 15

Json = dict[str, object]


def as_json(result: Measurement) -> Json:
    """Return everything measured of one model; shares in [0, 1], `saved` in percent, None where undefined."""
    total = result.total()
    counts = result.counts[result.threshold]
    error = expected_calibration_error(equal_mass_bins(result.confidence, result.right))
    return {
        "model": result.name,
        "threshold": result.threshold,
        "perplexity_per_word": _rounded(result.likelihood.per_word, 3),
        "scored_words": result.likelihood.words,
        "scored_pieces": result.likelihood.pieces,
        "replay": {
            **_replay(total),
            "messages": result.messages,
            "characters": total.characters,
            "words": total.words,
            "shown": total.shown,
            "right": total.right,
            "saved_interval": _interval(counts, lambda one: one.saved),
            "precision_interval": _interval(counts, lambda one: one.precision),
        },
        "curve": [{"threshold": value, **_replay(result.total(value))} for value in sorted(result.counts)],
        "saved_at_precision": {
            f"{level:.2f}": _rounded(result.saved_at_precision(level), 3) for level in PRECISIONS
        },
        "exact_match": {
            "word_starts": len(result.columns[0]),
            "coverage": list(COVERAGES),
            "greatest_coverage": {
                str(length): round(greatest_coverage(column), 4)
                for length, column in zip(LENGTHS, result.columns, strict=True)
            },
            "match": {
                str(length): [_rounded(value, 4) for value in match_at_coverage(column)]
                for length, column in zip(LENGTHS, result.columns, strict=True)
            },
        },
        "calibration_error": _rounded(error, 4),
        "calibration_errors": {
            name: _rounded(value, 4) for name, value in calibration_errors(result).items()
        },
        "calibration_suggestions": len(result.confidence),
        "searches": result.searches,
        "milliseconds_per_search": _rounded(1e3 * result.seconds / result.searches, 2)
        if result.searches
        else None,
    }


def calibration_errors(result: Measurement) -> dict[str, float | None]:
    """Expected calibration errors over bins of at least `LEAST_IN_BIN` suggestions, pooled and by words.

    None where there are too few suggestions for one bin.
    """
    longest = max(CALIBRATED_LENGTHS)
    groups = {"pooled": list(range(len(result.right)))} | {
        f"{length} words" if length > 1 else "1 word": [
            index for index, words in enumerate(result.lengths) if min(words, longest) == length
        ]
        for length in CALIBRATED_LENGTHS
    }
    groups[f"{longest} words and more"] = groups.pop(f"{longest} words")
    errors: dict[str, float | None] = {}
    for name, chosen in groups.items():
        count = min(len(chosen) // LEAST_IN_BIN, _MOST_BINS)
        bins = (
            equal_mass_bins([result.confidence[i] for i in chosen], [result.right[i] for i in chosen], count)
            if count
            else []
        )
        errors[name] = expected_calibration_error(bins)
    return errors


def _replay(counts: ReplayCounts) -> Json:
    return {
        "saved": round(counts.saved, 3),
        "precision": _rounded(counts.precision, 4),
        "showings_per_word": round(counts.showings_per_word, 4),
    }


def _interval(
    counts: Sequence[ReplayCounts], measure: Callable[[ReplayCounts], float | None]
) -> list[float] | None:
    found = interval(counts, measure)
    return None if found is None else [round(value, 4) for value in found]


def _rounded(value: float | None, digits: int) -> float | None:
    return None if value is None else round(value, digits)
