"""What a folder with the tables of a study lacks."""

from collections import Counter
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from inkling.models.study.experiment import FAILURE, Case, Column, Experiment, Row
from inkling.models.study.experiments.catalogue import EXPERIMENTS
from inkling.models.study.plan import Plan
from inkling.models.study.unit_results import MACHINE, UNIT_COLUMNS, UNITS, read_table

Place = tuple[object, ...]
"""The kind, the seed, and the values of the keys that a case settles."""

_MACHINE_COLUMNS = (Column("name", "name", "text"), Column("value", "value", "text"))


def study_gaps(folder: Path, plan: Plan, vocabulary: int) -> list[str]:
    """A line for each fault of the tables as those of a finished run of `plan`; none where all is there.

    Every case has its rows exactly once. It may have failed, but then its row and the table of units say why.
    """
    wanted = [f"{name}.csv" for name in (MACHINE, UNITS, *EXPERIMENTS)]
    missing = [name for name in wanted if not (folder / name).is_file()]
    if missing:
        return [f"{name} is missing" for name in missing]
    machine = {row["name"]: row["value"] for row in read_table(folder / f"{MACHINE}.csv", _MACHINE_COLUMNS)}
    found = [] if machine.get("plan") == plan.name else [f"machine.csv: the plan is {machine.get('plan')}"]
    units = read_table(folder / f"{UNITS}.csv", UNIT_COLUMNS)
    for name, experiment in EXPERIMENTS.items():
        cases = experiment.cases(plan, vocabulary)
        rows = read_table(folder / f"{name}.csv", experiment.columns)
        mine = [unit for unit in units if unit["experiment"] == name]
        found += [f"{name}: {gap}" for gap in _gaps(experiment, cases, rows, mine)]
    strange = {str(unit["experiment"]) for unit in units} - set(EXPERIMENTS)
    return found + [f"units.csv: there is no experiment {name}" for name in sorted(strange)]


def _gaps(
    experiment: Experiment[Any], cases: Sequence[Case], rows: Sequence[Row], units: Sequence[Row]
) -> Iterator[str]:
    planned: Counter[Place] = Counter((case.kind, case.seed) for case in cases)
    done: Counter[Place] = Counter((unit["kind"], unit["seed"]) for unit in units)
    for one in sorted((planned - done) + (done - planned), key=str):
        yield f"{one} is {planned[one]} units, and {done[one]} are there"
    settled = [key.name for key in experiment.keys if hasattr(cases[0], key.name)]
    by_place: dict[Place, list[Row]] = {
        (case.kind, case.seed, *(getattr(case, name) for name in settled)): [] for case in cases
    }
    for row in rows:
        place: Place = (row["kind"], row["seed"], *(row[name] for name in settled))
        if place in by_place:
            by_place[place].append(row)
        else:
            yield f"{place} is no case"
    others = [key.name for key in experiment.keys if key.name not in settled]
    numbers = [key.name for key in experiment.keys if key.name in others and key.kind != "text"]
    along: set[Place] = {
        tuple(row[name] for name in numbers) for row in rows if not _failed_whole(experiment, row)
    }
    for settled_place, mine in by_place.items():
        yield from (
            f"{settled_place}: {gap}" for gap in _gaps_of_case(experiment, mine, others, numbers, along)
        )
    told = {(row["kind"], row["seed"], row[FAILURE]) for row in rows}
    for unit in units:
        if unit[FAILURE] and (unit["kind"], unit["seed"], unit[FAILURE]) not in told:
            yield f"{unit['kind']}, {unit['seed']}: no row tells the failure of its unit"


def _gaps_of_case(
    experiment: Experiment[Any],
    rows: Sequence[Row],
    others: Sequence[str],
    numbers: Sequence[str],
    along: set[Place],
) -> Iterator[str]:
    """`along` are the values of the number keys that the rows of every case should have."""
    if not rows:
        yield "has no row"
        return
    if len({tuple(row[name] for name in others) for row in rows}) < len(rows):
        yield "has a row twice"
    if any(_failed_whole(experiment, row) and not row[FAILURE] for row in rows):
        yield "has neither a number nor a failure"
    if len(rows) > 1 or not _failed_whole(experiment, rows[0]):
        lacking = along - {tuple(row[name] for name in numbers) for row in rows}
        if lacking:
            yield f"has no row for {sorted(map(str, lacking))}"


def _failed_whole(experiment: Experiment[Any], row: Row) -> bool:
    return all(row[one.name] is None for one in experiment.measures)
