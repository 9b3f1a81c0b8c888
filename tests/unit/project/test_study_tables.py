"""The tables in docs/study are those of a whole full study: nothing that failed or is missing is hidden."""

import re
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from docs_build.study import TEMPLATE
from inkling.models.study.experiment import Case, Experiment, Row
from inkling.models.study.experiments.catalogue import EXPERIMENTS
from inkling.models.study.plan import FULL
from inkling.models.study.unit_results import write_tables
from tests.rigs.study_gaps import study_gaps

TABLES = Path(__file__).parents[3] / "docs" / "study"
VOCABULARY = FULL.vocabulary_size


@pytest.mark.skipif(not TABLES.is_dir(), reason="no full study was kept in docs/study yet")
def test_the_tables_are_those_of_a_whole_full_study() -> None:
    assert study_gaps(TABLES, FULL, VOCABULARY) == []


def invented_rows(experiment: Experiment[Any], case: Case) -> list[Row]:
    """Rows of a case, two for each key that it does not settle."""
    keys = [
        (getattr(case, key.name),) if hasattr(case, key.name) else ("some",) if key.kind == "text" else (1, 2)
        for key in experiment.keys
    ]
    measures = {one.name: 1 for one in experiment.measures}
    names = [key.name for key in experiment.keys]
    return [
        experiment.checked(case, dict(zip(names, some, strict=True)) | measures) for some in product(*keys)
    ]


Change = Callable[[dict[str, list[Row]], list[Row], dict[str, str]], object]


def write_study(folder: Path, change: Change = lambda *_: None) -> Path:
    """The tables of a whole invented full study, after a change of its rows, its units or its machine."""
    rows: dict[str, list[Row]] = {}
    units: list[Row] = []
    for name, experiment in EXPERIMENTS.items():
        cases = experiment.cases(FULL, VOCABULARY)
        rows[name] = [row for case in cases for row in invented_rows(experiment, case)]
        for case in cases:
            known = {"kind": case.kind, "seed": case.seed}
            units.append({"experiment": name, **known, "seconds": 1.0, "failure": None})
    machine = {"plan": FULL.name}
    change(rows, units, machine)
    folder.mkdir()
    write_tables(folder, [(one, rows[name]) for name, one in EXPERIMENTS.items()], units, machine)
    return folder


def diverge(rows: dict[str, list[Row]], units: list[Row], machine: dict[str, str]) -> None:
    """The first unit of the recall task fails, and says so."""
    del machine
    case = EXPERIMENTS["recall"].cases(FULL, VOCABULARY)[0]
    rows["recall"] = [EXPERIMENTS["recall"].failed(case, "diverged"), *rows["recall"][2:]]
    place = next(number for number, unit in enumerate(units) if unit["experiment"] == "recall")
    units[place] = {**units[place], "failure": "diverged"}


@pytest.mark.parametrize("change", [lambda *_: None, diverge])
def test_a_whole_study_has_no_gaps(tmp_path: Path, change: Change) -> None:
    assert study_gaps(write_study(tmp_path / "study", change), FULL, VOCABULARY) == []


def forget_failure(rows: dict[str, list[Row]], units: list[Row], machine: dict[str, str]) -> None:
    """The first unit fails, and its row tells of nothing."""
    diverge(rows, units, machine)
    rows["recall"][0] = {**rows["recall"][0], "failure": None}


def keep_one_kind(rows: dict[str, list[Row]], _units: list[Row], _machine: dict[str, str]) -> None:
    """The rows of one kind are missing."""
    rows["quality"] = [row for row in rows["quality"] if row["kind"] != "lstm"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda _rows, _units, machine: machine.update(plan="quick"), "machine.csv: the plan is quick"),
        (lambda rows, *_: rows["depth"].pop(), r"depth: \('gru', 2, 6\): has no row"),
        (lambda rows, *_: rows["blanks"].append(rows["blanks"][0]), "blanks: .*: has a row twice"),
        (lambda rows, *_: rows["recall"].pop(), "recall: .*: has no row for"),
        (lambda _rows, units, _: units.pop(), "temperature: .* is 1 units, and 0 are there|is 1 units"),
        (lambda _rows, units, _: units.append(units[0]), "quality: .* is 2 units, and 3 are there"),
        (
            lambda rows, *_: rows["context"].append({**rows["context"][0], "seed": 9}),
            "context: .* is no case",
        ),
        (keep_one_kind, "quality: .*'lstm'.*: has no row"),
        (forget_failure, "recall: .*: has neither a number nor a failure"),
        (forget_failure, "recall: .*: no row tells the failure of its unit"),
    ],
)
def test_what_is_missing_is_told(tmp_path: Path, change: Change, told: str) -> None:
    found = study_gaps(write_study(tmp_path / "study", change), FULL, VOCABULARY)
    assert any(re.search(told, gap) for gap in found), found


def test_a_missing_table_is_told(tmp_path: Path) -> None:
    folder = write_study(tmp_path / "study")
    (folder / "recall.csv").unlink()
    assert study_gaps(folder, FULL, VOCABULARY) == ["recall.csv is missing"]


def test_shares_and_decimal_numbers_of_results_are_written_by_nobody() -> None:
    """From the results to its end, the template has such numbers for settings and for guessing alone."""
    text = TEMPLATE.read_text("utf-8")
    results = re.sub(r"\{\{.*?\}\}", "", text[text.index("## What is commonly said") :])
    assert set(re.findall(r"\d+(?:\.\d+)?%|\d+\.\d+", results)) <= {"2%", "6%", "0.001", "0.05", "1.5"}
