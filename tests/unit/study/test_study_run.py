"""A study: each unit once, resumed after any of them, measured anew where a setting changes."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest
import torch

from inkling.models.study.computer import all_described, described
from inkling.models.study.experiment import Case, Column, DivergedError, Experiment, Row
from inkling.models.study.plan import QUICK, Plan
from inkling.models.study.study_run import collected, estimate, planned, remaining, run_study
from inkling.models.study.unit_results import ResultsFolder
from inkling.models.study.workshop import Workshop


@dataclass(frozen=True)
class CountCase(Case):
    steps: int


def workshop(identity: str = "mail", plan: Plan = QUICK, setting: str = "cpu") -> Workshop:
    tokenizer = SimpleNamespace(vocabulary_size=300)
    return cast(
        Workshop,
        SimpleNamespace(
            plan=plan,
            material=SimpleNamespace(identity=identity, tokenizer=tokenizer),
            setting=setting,
            device=torch.device("cpu"),
        ),
    )


class Counting:
    """An experiment of two kinds and two seeds that counts how often each is measured."""

    def __init__(
        self, measure: Callable[[CountCase], list[Row]] = lambda case: [{"value": case.steps * 1.0}]
    ):
        self.measured: list[str] = []
        self._measure = measure
        self.experiment = Experiment(
            name="counting",
            title="Counting",
            claim="",
            question="",
            keys=(Column("part", "part", "text"),),
            measures=(Column("value", "value"),),
            cases=self._cases,
            measure=self._measured,
            figures=lambda _: [],
            seconds=lambda case: float(case.steps),
        )

    def _cases(self, plan: Plan, vocabulary: int) -> Sequence[CountCase]:
        assert vocabulary == 300
        return [CountCase(kind, seed, plan.steps) for kind in ("gru", "lstm") for seed in (0, 1)]

    def _measured(self, _workshop: Workshop, case: CountCase) -> list[Row]:
        self.measured.append(case.label)
        return self._measure(case)

    def run(self, folder: Path, bench: Workshop | None = None) -> list[Row]:
        bench = workshop() if bench is None else bench
        results = ResultsFolder(folder)
        units = planned([self.experiment], bench)
        run_study(units, bench, results)
        return collected(units, results).rows["counting"]


def test_each_unit_is_measured_once_and_kept(tmp_path: Path) -> None:
    counting = Counting()
    first = counting.run(tmp_path)
    assert [(row["kind"], row["seed"], row["value"]) for row in first] == [
        (kind, seed, float(QUICK.steps)) for kind in ("gru", "lstm") for seed in (0, 1)
    ]
    assert counting.run(tmp_path) == first
    assert counting.measured == ["gru, seed 0", "gru, seed 1", "lstm, seed 0", "lstm, seed 1"]


def test_an_interrupted_study_goes_on_after_its_last_unit(tmp_path: Path) -> None:
    def interrupted(case: CountCase) -> list[Row]:
        if (case.kind, case.seed) == ("lstm", 0):
            raise KeyboardInterrupt
        return [{"value": 1.0}]

    with pytest.raises(KeyboardInterrupt):
        Counting(interrupted).run(tmp_path)
    later = Counting()
    later.run(tmp_path)
    assert later.measured == ["lstm, seed 0", "lstm, seed 1"]


@pytest.mark.parametrize(
    "changed",
    [
        workshop("other mail"),
        workshop(plan=replace(QUICK, steps=QUICK.steps + 1)),
        workshop(setting="cpu, 2 threads"),
    ],
)
def test_another_setting_or_other_mail_is_measured_anew(tmp_path: Path, changed: Workshop) -> None:
    counting = Counting()
    counting.run(tmp_path)
    counting.run(tmp_path, changed)
    assert len(counting.measured) == 8


def test_a_unit_whose_file_is_damaged_is_measured_anew(tmp_path: Path) -> None:
    counting = Counting()
    counting.run(tmp_path)
    for path in sorted((tmp_path / "units").iterdir())[:2]:
        path.write_text("{", encoding="utf-8")
    counting.run(tmp_path)
    assert len(counting.measured) == 6


def test_a_unit_that_diverges_is_a_row_that_says_so(tmp_path: Path) -> None:
    def diverging(case: CountCase) -> list[Row]:
        if case.kind == "gru":
            raise DivergedError("diverged at step 3 of 9")
        return [{"value": 2.0}]

    counting = Counting(diverging)
    rows = counting.run(tmp_path)
    assert [row["failure"] for row in rows] == ["diverged at step 3 of 9"] * 2 + [None] * 2
    assert [row["value"] for row in rows] == [None, None, 2.0, 2.0]
    counting.run(tmp_path)
    assert len(counting.measured) == 4  # a failure is a result


@pytest.mark.parametrize("value", [math.nan, math.inf])
def test_a_number_that_is_not_finite_is_never_told(tmp_path: Path, value: float) -> None:
    rows = Counting(lambda _: [{"value": value}]).run(tmp_path)
    assert {row["value"] for row in rows} == {None}
    assert {row["failure"] for row in rows} == {"not finite: value"}


def test_a_fault_of_the_code_is_not_taken_for_a_result(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no column wrong"):
        Counting(lambda _: [{"wrong": 1.0}]).run(tmp_path)
    assert not (tmp_path / "units").exists()


@pytest.mark.parametrize("error", [ZeroDivisionError, OverflowError, FloatingPointError])
def test_an_arithmetic_fault_of_the_code_ends_the_study(tmp_path: Path, error: type[Exception]) -> None:
    def faulty(_: CountCase) -> list[Row]:
        raise error("of ours")

    with pytest.raises(error):
        Counting(faulty).run(tmp_path)
    assert not (tmp_path / "units").exists()


def unit_files(folder: Path) -> list[Path]:
    return sorted((folder / "units").iterdir())


def test_a_unit_tells_on_which_machine_it_was_measured(tmp_path: Path) -> None:
    Counting().run(tmp_path)
    here = described(torch.device("cpu"))
    assert [json.loads(path.read_text("utf-8"))["machine"] for path in unit_files(tmp_path)] == [here] * 4


def test_units_of_an_earlier_version_count_though_they_do_not_tell_their_machine(tmp_path: Path) -> None:
    counting, results = Counting(), ResultsFolder(tmp_path)
    counting.run(tmp_path)
    for path in unit_files(tmp_path)[:3]:
        content = json.loads(path.read_text("utf-8"))
        del content["machine"]
        failed = {"failure": "math range error"} if path == unit_files(tmp_path)[0] else {}
        path.write_text(json.dumps(content | failed), encoding="utf-8")
    counting.run(tmp_path)
    assert len(counting.measured) == 4
    found = collected(planned([counting.experiment], workshop()), results)
    assert found.machines.count(None) == 3
    assert [unit["failure"] for unit in found.units].count("math range error") == 1


def test_all_machines_are_told_where_they_differ() -> None:
    here, there = {"processor": "one", "torch": "2"}, {"processor": "another", "torch": "2"}
    assert all_described([], here) == here
    assert all_described([there, there], here) == there
    assert all_described([None, there], here) == {**there, "units that do not tell their machine": "1"}
    assert all_described([None], here) == {**here, "units that do not tell their machine": "1"}
    assert all_described([here, there, here], there) == {
        "machine 1: processor": "one",
        "machine 1: torch": "2",
        "machine 1: units": "2",
        "machine 2: processor": "another",
        "machine 2: torch": "2",
        "machine 2: units": "1",
    }


def test_the_estimate_counts_what_is_left(tmp_path: Path) -> None:
    counting, bench = Counting(), workshop()
    units, results = planned([counting.experiment], bench), ResultsFolder(tmp_path)
    assert estimate(remaining(units, results)) == 4 * QUICK.steps
    run_study(units[:1], bench, results)
    assert estimate(remaining(units, results)) == 3 * QUICK.steps
