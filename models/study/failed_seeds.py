"""Which kinds failed, and in how many of their seeds: figures show only what was measured."""

from collections.abc import Sequence
from typing import Any

from inkling.models.study.experiment import FAILURE, Experiment, Row


def failed_seeds(experiment: Experiment[Any], rows: Sequence[Row]) -> list[str]:
    """A part of a sentence for each kind that failed, such as "gru, trained: 1 of 3 failed".

    A kind is told by its name and the keys that are text. One without any number failed whole.
    """
    names = ["kind", *(key.name for key in experiment.keys if key.kind == "text")]
    groups: dict[tuple[str, ...], list[Row]] = {}
    for row in rows:
        group = tuple(str(row[name]) for name in names if row[name] is not None)
        groups.setdefault(group, []).append(row)
    return [
        f"{', '.join(group)}: {told}"
        for group, mine in groups.items()
        if (told := _told(experiment, mine)) is not None
    ]


def failure_note(experiment: Experiment[Any], rows: Sequence[Row]) -> str:
    """The sentence that stands with the figures of an experiment; empty where nothing failed."""
    found = failed_seeds(experiment, rows)
    return f"Not in the figures, or only in part: {'; '.join(found)}." if found else ""


def _told(experiment: Experiment[Any], rows: Sequence[Row]) -> str | None:
    failed = {row["seed"] for row in rows if row[FAILURE]}
    if not failed:
        return None
    seeds = {row["seed"] for row in rows}
    known = {row["seed"] for row in rows if any(row[one.name] is not None for one in experiment.measures)}
    count = f"{len(failed)} of {len(seeds)}"
    if not known:
        return f"failed, {count}"
    return f"{count} failed{' in part' if failed <= known else ''}"
