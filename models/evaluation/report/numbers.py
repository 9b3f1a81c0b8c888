"""An evaluation as plain numbers for a JSON line."""

from collections.abc import Callable, Sequence
from dataclasses import asdict

from inkling.models.evaluation.calibration.reliability import calibration_errors, reliability
from inkling.models.evaluation.exact_match import COVERAGES, LENGTHS, greatest_coverage, match_at_coverage
from inkling.models.evaluation.measure import Measurement
from inkling.models.evaluation.replay import ReplayCounts, interval
from inkling.models.evaluation.typing_cost import READING_COSTS, TYPISTS

PRECISIONS = (0.5, 0.6, 0.7, 0.8, 0.9)
"""Precisions at which models with differently scaled confidence are compared."""

Json = dict[str, object]


def as_json(result: Measurement) -> Json:
    """Return everything measured of one model; shares in [0, 1], `saved` in percent, None where undefined."""
    total = result.total()
    counts = result.served
    errors = calibration_errors(result)
    return {
        "model": result.name,
        "threshold": result.threshold,
        "interruption_ms": result.rule.worth.interruption,
        "cost": asdict(result.cost),
        "net_time": _net_times(result),
        "perplexity_per_word": _rounded(result.likelihood.per_word, 3),
        "scored_words": result.likelihood.words,
        "scored_pieces": result.likelihood.tokens,
        "replay": {
            **_replay(total),
            "messages": result.messages,
            "characters": total.characters,
            "words": total.words,
            "shown": total.shown,
            "right": total.right,
            "saved_interval": _interval(counts, lambda one: one.saved),
            "precision_interval": _interval(counts, lambda one: one.precision),
            "net_time_interval": _interval(counts, lambda one: one.net_time(result.cost)),
            "partial": total.partial,
            "mean_accepted": _rounded(total.mean_accepted, 3),
            "long_per_100_words": round(100 * total.long_per_word, 3),
            "showings_per_100_words": round(100 * total.showings_per_word, 3),
        },
        "rules": [
            {
                "min_confidence": rule.min_confidence,
                "interruption_ms": rule.worth.interruption,
                "net_time": round(result.total_by(rule).net_time(result.cost), 3),
                **_replay(result.total_by(rule)),
            }
            for rule in result.by_rule
        ],
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
        "calibration_error": _rounded(errors["pooled"], 4),
        "calibration_errors": {name: _rounded(value, 4) for name, value in errors.items()},
        "reliability": {
            name: [
                {"count": one.count, "confidence": round(one.confidence, 4), "right": round(one.accuracy, 4)}
                for one in bins
            ]
            for name, bins in reliability(result).items()
        },
        "calibration_suggestions": len(result.confidence),
        "searches": result.searches,
        "milliseconds_per_search": _rounded(1e3 * result.seconds / result.searches, 2)
        if result.searches
        else None,
    }


def _net_times(result: Measurement) -> Json:
    """Net time saved, in percent: at each cost of reading, by typist, and by person."""
    total = result.total()
    by_person: dict[str, ReplayCounts] = {}
    for person, counts in zip(result.people, result.served, strict=True):
        by_person[person] = by_person.get(person, ReplayCounts()) + counts
    return {
        "by_reading": {f"{one:g}": round(result.net_time(one), 3) for one in READING_COSTS},
        "by_typist": {name: round(total.net_time(cost), 3) for name, cost in TYPISTS.items()},
        # People are numbered: the measure needs no names.
        "by_person": [round(by_person[one].net_time(result.cost), 3) for one in sorted(by_person)],
    }


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
