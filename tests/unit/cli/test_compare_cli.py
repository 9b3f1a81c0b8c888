"""`inkling compare` on tiny models: the report and its tables, resumed, interrupted, and bad input."""

import csv
import html
import json
import re
import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from inkling.models.networks.config import CellKind
from inkling.models.study.experiments.catalogue import EXPERIMENTS
from inkling.models.study.unit_results import UNIT_COLUMNS, read_table
from inkling.models.study.workshop import Trained, Workshop
from inkling.models.training.lock import lock_folder
from inkling.service.cli import compare_command
from inkling.service.cli.compare_command import command
from tests.materials.letters import write_mail
from tests.materials.workshops import TINY

pytestmark = pytest.mark.lengthy


EXPERIMENT = "temperature"


@pytest.fixture(autouse=True)
def tiny(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compare_command, "QUICK", TINY)


def compare(*arguments: str) -> Result:
    return CliRunner().invoke(command, arguments)


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a study of two experiments."""
    out = tmp_path_factory.mktemp("compare") / "out"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compare_command, "QUICK", TINY)
        result = compare("--out", str(out), "--only", EXPERIMENT, "--only", "keystroke-cost")
    assert result.exit_code == 0, result.output
    last = json.loads(result.stdout.splitlines()[-1])
    kinds = len(CellKind) + 1
    assert last == {"report": str(out / "index.html"), "units": kinds + 1, "failed": 0}
    return out


@pytest.fixture
def out(finished: Path, tmp_path: Path) -> Path:
    """A copy of that folder."""
    return shutil.copytree(finished, tmp_path / "out")


def units_of(folder: Path) -> list[tuple[object, object, object]]:
    rows = read_table(folder / "units.csv", UNIT_COLUMNS)
    return [(row["experiment"], row["kind"], row["seed"]) for row in rows]


def test_it_writes_a_report_and_a_table_of_each_experiment(finished: Path) -> None:
    report = (finished / "index.html").read_text("utf-8")
    for name in (EXPERIMENT, "keystroke-cost"):
        rows = read_table(finished / f"{name}.csv", EXPERIMENTS[name].columns)
        assert rows
        assert f'href="{name}.csv"' in report
    assert report.count("Not measured yet") == len(EXPERIMENTS) - 2
    machine = dict(csv.reader((finished / "machine.csv").read_text("utf-8").splitlines()))
    assert {"plan", "processor", "torch", "device"} <= set(machine)
    assert all(html.escape(value) in report for value in machine.values() if value != "value")


def test_the_report_loads_nothing(finished: Path) -> None:
    report = (finished / "index.html").read_text("utf-8")
    assert "<script" not in report
    assert not re.search(r"<(?:link|img|iframe|object)\b", report)
    assert set(re.findall(r"https?://[^\"'\s<]+", report)) <= {"http://www.w3.org/2000/svg"}


def test_the_same_command_measures_only_what_is_left(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    before = {path.name: path.read_bytes() for path in out.glob("*.csv")}

    def no_more(*_: object) -> None:
        raise AssertionError("a finished unit was measured again")

    monkeypatch.setattr(Workshop, "trained", no_more)
    again = compare("--out", str(out), "--only", EXPERIMENT)
    assert again.exit_code == 0, again.output
    assert "1 units, 1 of them done before" in again.stderr
    assert {path.name: path.read_bytes() for path in out.glob("*.csv")} == before


def test_an_interrupted_study_has_a_report_of_what_is_done(
    out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compare_command, "QUICK", replace(TINY, seeds=(0, 1), temperatures=(0.5,)))
    train, trained = Workshop.trained, list[int]()

    def interrupted(self: Workshop, *given: Any) -> Trained:
        if trained:
            raise KeyboardInterrupt
        trained.append(1)
        return train(self, *given)

    with monkeypatch.context() as patched:
        patched.setattr(Workshop, "trained", interrupted)
        stopped = compare("--out", str(out), "--only", EXPERIMENT)
    assert stopped.exit_code != 0
    assert "the same command goes on" in stopped.stderr
    assert [unit for unit in units_of(out) if unit[0] == EXPERIMENT] == [(EXPERIMENT, "gru", 0)]
    assert compare("--out", str(out), "--only", EXPERIMENT).exit_code == 0
    assert [unit[2] for unit in units_of(out) if unit[0] == EXPERIMENT] == [0, 1]


def test_mail_of_ones_own_is_cleaned_held_out_and_measured_anew(out: Path, tmp_path: Path) -> None:
    mail = write_mail(tmp_path / "mail.jsonl", 200, people=40)
    result = compare("--out", str(out), "--data", str(mail), "--only", EXPERIMENT)
    assert result.exit_code == 0, result.output
    assert "1 units, 0 of them done before" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--dev", "held.jsonl"], "--dev: held-out mail needs --data to train on"),
        (["--data", "nothing.jsonl"], "nothing.jsonl: does not exist"),
        (["--only", "nothing"], "'nothing' is not one of"),
        (["--device", "tpu"], "must be auto, cpu or cuda"),
        (["--threads", "0"], "0 is not in the range"),
    ],
)
def test_bad_input_is_one_clear_line(tmp_path: Path, arguments: list[str], message: str) -> None:
    result = compare("--out", str(tmp_path / "out"), *arguments)
    assert result.exit_code != 0
    assert message in result.output
    assert not (tmp_path / "out" / "index.html").exists()


def test_two_studies_do_not_share_a_folder(tmp_path: Path) -> None:
    lock = lock_folder(tmp_path)
    try:
        result = compare("--out", str(tmp_path), "--only", "temperature")
    finally:
        lock.release()
    assert result.exit_code != 0
    assert "is at work there" in result.output
