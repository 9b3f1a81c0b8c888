"""A whole study: each unit of each experiment once, in a fixed order, and what it came to."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from inkling.models.study.computer import Machine, described
from inkling.models.study.experiment import Case, DivergedError, Experiment, Row
from inkling.models.study.unit_results import ResultsFolder, UnitResult
from inkling.models.study.workshop import Workshop

TellUnit = Callable[[int, int, str], None]
"""Called with the units done, their total, and the name of the one that comes next."""


@dataclass(frozen=True, slots=True)
class PlannedUnit:
    """One unit of work with its hash."""

    experiment: Experiment[Any]
    case: Case
    identity: str


@dataclass(frozen=True, slots=True)
class StudyResults:
    """The rows of each experiment, as far as the study has come, and for each unit a row and its machine.

    A unit's machine is None where its file does not tell it.
    """

    rows: dict[str, list[Row]]
    units: list[Row]
    machines: list[Machine | None]


def planned(experiments: Sequence[Experiment[Any]], workshop: Workshop) -> list[PlannedUnit]:
    """The units of the experiments under the workshop's plan, in the order in which they are done."""
    material = workshop.material
    return [
        PlannedUnit(experiment, case, experiment.identity(case, material.identity, workshop.setting))
        for experiment in experiments
        for case in experiment.cases(workshop.plan, material.tokenizer.vocabulary_size)
    ]


def remaining(units: Sequence[PlannedUnit], results: ResultsFolder) -> list[PlannedUnit]:
    """The units that have no result yet."""
    return [unit for unit in units if results.read(unit.experiment.name, unit.identity) is None]


def estimate(units: Sequence[PlannedUnit]) -> float:
    """About how many seconds units take on one core of an ordinary machine."""
    return sum(unit.experiment.seconds(unit.case) for unit in units)


def run_study(
    units: Sequence[PlannedUnit],
    workshop: Workshop,
    results: ResultsFolder,
    tell: TellUnit = lambda _done, _total, _name: None,
) -> None:
    """Measure the units that have no result yet, and keep each as soon as it is done.

    A unit that diverges, or for which a GPU has too little memory, is kept as failed. Any other error is one
    of the code, and ends the study. Raises OSError where results cannot be written.
    """
    for number, unit in enumerate(units):
        experiment, case = unit.experiment, unit.case
        tell(number, len(units), f"{experiment.name}: {case.label}")
        if results.read(experiment.name, unit.identity) is None:
            result = measured(experiment, case, workshop)
            results.write(experiment.name, unit.identity, case.as_json(), result)
    tell(len(units), len(units), "")


def measured(experiment: Experiment[Any], case: Case, workshop: Workshop) -> UnitResult:
    """The result of one unit."""
    began = time.perf_counter()
    try:
        rows = [experiment.checked(case, row) for row in experiment.measure(workshop, case)]
        failure = None
    except DivergedError as error:
        failure = " ".join(str(error).split()) or type(error).__name__
        rows = [experiment.failed(case, failure)]
    except torch.OutOfMemoryError:
        failure = "the GPU has too little memory"
        rows = [experiment.failed(case, failure)]
    return UnitResult(rows, time.perf_counter() - began, failure, described(workshop.device))


def collected(units: Sequence[PlannedUnit], results: ResultsFolder) -> StudyResults:
    """The results of the units that are done."""
    rows: dict[str, list[Row]] = {}
    table: list[Row] = []
    machines: list[Machine | None] = []
    for unit in units:
        name = unit.experiment.name
        found = results.read(name, unit.identity)
        if found is not None:
            rows.setdefault(name, []).extend(found.rows)
            machines.append(found.machine)
            table.append(
                {
                    "experiment": name,
                    "kind": unit.case.kind,
                    "seed": unit.case.seed,
                    "seconds": found.seconds,
                    "failure": found.failure,
                }
            )
    return StudyResults(rows, table, machines)
