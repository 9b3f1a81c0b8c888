"""The folder of a study's results: a file for each finished unit, and the tables made of them."""

import csv
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inkling.models.files.whole_files import whole_file
from inkling.models.study.computer import Machine
from inkling.models.study.experiment import Column, Experiment, Row, Value

MACHINE = "machine"
UNITS = "units"
UNIT_COLUMNS = (
    Column("experiment", "experiment", "text"),
    Column("kind", "kind", "text"),
    Column("seed", "seed", "integer"),
    Column("seconds", "seconds", "number", 1),
    Column("failure", "failure", "text"),
)
"""The columns of the table of units: what was measured, and how long that took."""


@dataclass(frozen=True, slots=True)
class UnitResult:
    """The rows of one unit, the seconds that it took, why it failed, if it did, and on which machine.

    `machine` is None where the unit's file does not tell it.
    """

    rows: list[Row]
    seconds: float
    failure: str | None = None
    machine: Machine | None = None


class ResultsFolder:
    """Results by their hashes: a unit whose settings change has another hash, and is measured anew."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def _path(self, experiment: str, identity: str) -> Path:
        return self.folder / "units" / f"{experiment}-{identity}.json"

    def read(self, experiment: str, identity: str) -> UnitResult | None:
        """A finished unit; None where there is none that can be read."""
        try:
            found = json.loads(self._path(experiment, identity).read_text("utf-8"))
            return UnitResult(
                found["rows"], found["seconds"], found["failure"], _machine(found.get("machine"))
            )
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def write(self, experiment: str, identity: str, settings: Mapping[str, Any], result: UnitResult) -> None:
        """Keep a finished unit. Raises OSError."""
        path = self._path(experiment, identity)
        path.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "experiment": experiment,
            "settings": settings,
            "seconds": result.seconds,
            "failure": result.failure,
            "machine": result.machine,
            "rows": result.rows,
        }
        with whole_file(path) as partial:
            partial.write_text(json.dumps(content, indent=1, allow_nan=False), encoding="utf-8")


def _machine(found: Any) -> Machine | None:
    """The machine in a unit's file; None in one that does not tell it."""
    return {str(name): str(value) for name, value in found.items()} if isinstance(found, dict) else None


def write_table(path: Path, columns: Sequence[Column], rows: Sequence[Row]) -> None:
    """Write rows as CSV, numbers in full; an empty cell where nothing was measured. Raises OSError."""
    with whole_file(path) as partial, partial.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([column.name for column in columns])
        for row in rows:
            writer.writerow([_cell(row[column.name]) for column in columns])


def _cell(value: Value) -> str:
    if value is None:
        return ""
    return f"{value:.6g}" if isinstance(value, float) else str(value)


def read_table(path: Path, columns: Sequence[Column]) -> list[Row]:
    """Read what `write_table` wrote. Raises OSError, and ValueError for other columns or wrong types."""
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.reader(file)
        head = next(reader, [])
        wanted = [column.name for column in columns]
        if head != wanted:
            raise ValueError(f"{path.name}: has the columns {', '.join(head)}, not {', '.join(wanted)}")
        return [
            {column.name: _value(text, column) for column, text in zip(columns, cells, strict=True)}
            for cells in reader
        ]


def _value(text: str, column: Column) -> Value:
    if not text:
        return None
    if column.kind == "text":
        return text
    return int(text) if column.kind == "integer" else float(text)


def write_tables(
    folder: Path,
    tables: Sequence[tuple[Experiment[Any], Sequence[Row]]],
    units: Sequence[Row],
    machine: Machine,
) -> None:
    """Write one CSV for each experiment, one of the units and one of the machine. Raises OSError."""
    for experiment, rows in tables:
        write_table(folder / f"{experiment.name}.csv", experiment.columns, rows)
    write_table(folder / f"{UNITS}.csv", UNIT_COLUMNS, units)
    columns = (Column("name", "name", "text"), Column("value", "value", "text"))
    write_table(folder / f"{MACHINE}.csv", columns, [{"name": k, "value": v} for k, v in machine.items()])
