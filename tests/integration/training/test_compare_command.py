"""`inkling compare --quick`, the whole command: every experiment on invented mail, stopped and resumed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from inkling.models.study.experiment import FAILURE
from inkling.models.study.experiments.catalogue import EXPERIMENTS
from inkling.models.study.plan import QUICK
from inkling.models.study.unit_results import UNIT_COLUMNS, read_table

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
ENDS_WITHIN = 3000
"""Seconds against a hang; on two free cores it takes a twentieth of them."""


def start(folder: Path, out: str, *options: str) -> "subprocess.Popen[str]":
    # A job in the background of a shell ignores the signal, and so would its children.
    heeds = "import signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
    program = heeds + "from inkling.service.cli import main; main()"
    command = [sys.executable, "-c", program, "compare", "--quick", "--out", out, *options]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    return subprocess.Popen(
        command, cwd=folder, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


@pytest.mark.timeout(ENDS_WITHIN)
def test_the_quick_study_measures_everything_and_is_resumed_where_it_was_stopped(tmp_path: Path) -> None:
    units = tmp_path / "out" / "units"
    stopped = start(tmp_path, "out")
    while stopped.poll() is None and (not units.is_dir() or len(list(units.glob("*.json"))) < 2):
        time.sleep(0.1)
    stopped.send_signal(signal.SIGINT)
    _, errors = stopped.communicate(timeout=ENDS_WITHIN)
    assert stopped.returncode == 130, errors
    done = {path: path.stat().st_mtime_ns for path in units.glob("*.json")}
    assert done
    assert (tmp_path / "out" / "index.html").is_file()

    resumed = start(tmp_path, "out")
    output, errors = resumed.communicate(timeout=ENDS_WITHIN)
    assert resumed.returncode == 0, errors
    assert f"{len(done)} of them done before" in errors
    assert {path: path.stat().st_mtime_ns for path in done} == done
    last = json.loads(output.splitlines()[-1])
    assert last["failed"] == 0
    rows = read_table(tmp_path / "out" / "units.csv", UNIT_COLUMNS)
    assert len(rows) == last["units"] == len(list(units.glob("*.json")))
    for name, experiment in EXPERIMENTS.items():
        found = read_table(tmp_path / "out" / f"{name}.csv", experiment.columns)
        assert {row["seed"] for row in found} == set(QUICK.seeds), name
        # Gradients that explode may leave the numbers that a computer has.
        allowed = {None, "not finite: norm"} if name == "gradients" else {None}
        assert {row[FAILURE] for row in found} <= allowed, name
        for measure in experiment.measures:
            assert any(row[measure.name] is not None for row in found), (name, measure.name)
    assert "Not measured yet" not in (tmp_path / "out" / "index.html").read_text("utf-8")
