"""The tables of an experiment as they are shown: means over seeds with their spread."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from inkling.models.study.experiment import FAILURE, Column, Experiment, Row, Value
from inkling.models.study.spread import Summary, summaries

_WIDE = 10
"""Values of a number key that fit beside each other."""

_LARGE = 1e9
"""Numbers from here on are written with an exponent."""

_MEASURES = 3
"""With more measures than these, one table of all is easier to read than one a measure."""


@dataclass(frozen=True, slots=True)
class ShownTable:
    """A table as text: its caption, its headings, whether each column is of text, and its cells by row."""

    caption: str
    heads: list[str]
    textual: list[bool]
    body: list[list[str]]


def shown_tables(experiment: Experiment[Any], rows: Sequence[Row]) -> list[ShownTable]:
    """One table with a row for each kind and key.

    Where the last key is a number, such as a distance, and measures are few: one table a measure, with a
    column for each value of that key.
    """
    *firsts, last = [Column("kind", "kind", "text"), *experiment.keys]
    places = _places(rows, last.name)
    few = len(experiment.measures) <= _MEASURES
    if last.kind == "text" or not few or not 1 < len(places) <= _WIDE:
        return [_long(experiment, rows)]
    tables = [_across(firsts, last, places, measure, rows) for measure in experiment.measures]
    return [table for table in tables if table is not None] or [_long(experiment, rows)]


def _places(rows: Sequence[Row], name: str) -> list[float]:
    """The numbers in a column, in order."""
    values = (row[name] for row in rows)
    return sorted({float(value) for value in values if isinstance(value, int | float)})


def _long(experiment: Experiment[Any], rows: Sequence[Row]) -> ShownTable:
    keys = [Column("kind", "kind", "text"), *experiment.keys]
    names = [key.name for key in keys]
    measured = {one.name: summaries(rows, names, one.name) for one in experiment.measures}
    body = []
    for group in _groups(rows, names):
        cells = [measure_text(measured[one.name].get(group), one) for one in experiment.measures]
        body.append([*map(_plain, group), *cells, _seeds(rows, names, group)])
    return ShownTable(
        f"Means over seeds{_ranges(measured.values())}",
        [*(key.title for key in keys), *(one.title for one in experiment.measures), "seeds"],
        [*(key.kind == "text" for key in keys), *(False for _ in experiment.measures), False],
        body,
    )


def _across(
    keys: Sequence[Column], last: Column, places: Sequence[float], measure: Column, rows: Sequence[Row]
) -> ShownTable | None:
    """The table of one measure; None where nothing was measured."""
    names = [key.name for key in keys]
    found = summaries(rows, [*names, last.name], measure.name)
    if not found:
        return None
    body = []
    for group in _groups(rows, names):
        cells = [measure_text(found.get((*group, place)), measure) for place in places]
        body.append([*map(_plain, group), *cells, _seeds(rows, names, group)])
    return ShownTable(
        f"{measure.title[:1].upper()}{measure.title[1:]} by {last.title}, means over seeds{_ranges([found])}",
        [*(key.title for key in keys), *(f"{place:,g}" for place in places), "seeds"],
        [*(key.kind == "text" for key in keys), *(False for _ in places), False],
        body,
    )


def _groups(rows: Sequence[Row], names: Sequence[str]) -> list[tuple[Value, ...]]:
    return list(dict.fromkeys(tuple(row[name] for name in names) for row in rows))


def _seeds(rows: Sequence[Row], names: Sequence[str], group: tuple[Value, ...]) -> str:
    """How many seeds a row is of, and which of them failed, and why."""
    mine = [row for row in rows if tuple(row[name] for name in names) == group]
    failures = {row["seed"]: str(row[FAILURE]) for row in mine if row[FAILURE]}
    count = str(len({row["seed"] for row in mine}))
    if not failures:
        return count
    return f"{count}, of which {len(failures)} failed ({'; '.join(sorted(set(failures.values())))})"


def _ranges(found: Iterable[Mapping[tuple[Value, ...], Summary]]) -> str:
    """What a caption adds where some cells hold the least and the largest value."""
    some = any(one.ends is not None for groups in found for one in groups.values())
    return "; where the largest is more than ten times the least, both" if some else ""


def _plain(value: Value) -> str:
    if value is None:
        return "–"
    return f"{value:g}" if isinstance(value, float) else str(value)


def measure_text(found: Summary | None, column: Column) -> str:
    """A mean, with its spread where there are several seeds; a dash where nothing was measured.

    Where the largest value is more than ten times the least: both, in place of the mean.
    """
    if found is None:
        return "–"
    digits = 0 if column.kind == "integer" else column.digits

    def written(value: float) -> str:
        small = digits > 2 and 0 < abs(value) < 10**-2
        return f"{value:.1e}" if small or abs(value) >= _LARGE else f"{value:,.{min(digits, 3)}f}"

    if found.ends is not None:
        return " to ".join(map(written, found.ends))
    return written(found.mean) + (f" ± {written(found.deviation)}" if found.deviation else "")
