"""Means over seeds, with their spread."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inkling.models.study.charts.chart import Point, Series
from inkling.models.study.experiment import FAILURE, Row, Value

_FAR = 10.0


@dataclass(frozen=True, slots=True)
class Summary:
    """The mean of `count` values, their standard deviation, 0 for a single one, the least and the largest."""

    mean: float
    deviation: float
    count: int
    least: float
    largest: float

    @property
    def ends(self) -> tuple[float, float] | None:
        """The least and the largest, where they lie so far apart that a mean tells of one alone."""
        return (self.least, self.largest) if self.largest > _FAR * self.least > 0 else None


def summaries(rows: Sequence[Row], keys: Sequence[str], measure: str) -> dict[tuple[Value, ...], Summary]:
    """The mean of a measure in each group of rows with equal keys, in the order of the first rows.

    Rows that hold no number there do not count. A group without any is left out.
    """
    found: dict[tuple[Value, ...], list[float]] = {}
    for row in rows:
        value = row[measure]
        if isinstance(value, int | float):
            found.setdefault(tuple(row[key] for key in keys), []).append(float(value))
    return {
        group: Summary(
            float(np.mean(values)),
            float(np.std(values, ddof=1)) if len(values) > 1 else 0.0,
            len(values),
            min(values),
            max(values),
        )
        for group, values in found.items()
    }


def lines(rows: Sequence[Row], along: str, measure: str, name: str = "kind") -> list[Series]:
    """A series for each value of the column `name`: a measure along a column of numbers, with error bars.

    One that failed everywhere has no points. It keeps its place, so that the others keep their colours.
    """
    series: dict[str, list[Point]] = {label: [] for label in _told(rows, measure, name)}
    for (label, place), found in summaries(rows, [name, along], measure).items():
        if isinstance(place, int | float):
            series[str(label)].append(Point(float(place), found.mean, found.deviation, found.ends))
    return [Series(label, sorted(points, key=lambda point: point.x)) for label, points in series.items()]


def bars(rows: Sequence[Row], measure: str, name: str = "kind") -> list[Series]:
    """A bar for each value of the column `name`. One that failed everywhere has no point."""
    found = summaries(rows, [name], measure)
    shown = []
    for label in _told(rows, measure, name):
        one = found.get((label,))
        shown.append(Series(label, [] if one is None else [Point(0.0, one.mean, one.deviation, one.ends)]))
    return shown


def _told(rows: Sequence[Row], measure: str, name: str) -> list[str]:
    """The values of the column `name` that have a number somewhere, or failed; in the order of the rows."""
    return list(dict.fromkeys(str(row[name]) for row in rows if row[measure] is not None or row[FAILURE]))
