"""Every benchmark runs, prints its table and ends in one JSON line. The runs are too small to measure
anything.
"""

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch

from benchmarks.people.typists import keystrokes, load_texts
from inkling.models.bundle.bundle import load_bundle
from inkling.models.evaluation.transformer_file import load_transformer
from tests.materials.bundles import make_bundle
from tests.materials.letters import write_mail
from tests.missing import missing

pytestmark = pytest.mark.slow

_ROOT = Path(__file__).parents[3]
_HANG = 300
"""Seconds; only a hang takes longer, on the slowest machine."""


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundles") / "tiny")


def run(name: str, bundle: Path, *options: str) -> dict[str, Any]:
    command: Sequence[str] = (sys.executable, "-m", f"benchmarks.{name}", "--bundle", str(bundle), *options)
    environment = {key: value for key, value in os.environ.items() if not key.startswith("INKLING_")}
    result = subprocess.run(
        command, cwd=_ROOT, env=environment, capture_output=True, text=True, timeout=_HANG, check=False
    )
    assert result.returncode == 0, result.stderr
    assert name in result.stderr
    (line,) = result.stdout.splitlines()
    report: dict[str, Any] = json.loads(line)
    assert report["benchmark"] == name
    assert report["rows"]
    return report


def test_step(bundle: Path) -> None:
    report = run("step", bundle, "--rounds", "1", "--calls", "1", "--torch")
    assert {row["runtime"] for row in report["rows"]} == {"int8", "torch fp32"}
    assert all(row["microseconds"] > 0 for row in report["rows"])


def test_keystroke(bundle: Path) -> None:
    report = run("keystroke", bundle, "--rounds", "1", "--keys", "3")
    assert [row["way"] for row in report["rows"]] == [
        "with session",
        "session, context, profile",
        "without session",
        "torch fp32, prefix recomputed",
    ]


def test_http_keystroke(bundle: Path) -> None:
    report = run("typing.http_keystroke", bundle, "--rounds", "1", "--keys", "2")
    assert [row["way"] for row in report["rows"]] == ["as served", "whole"]
    assert all(row["times"] > 0 for row in report["rows"])


def test_load(bundle: Path) -> None:
    report = run(
        "load", bundle, "--typists", "2,3", "--seconds", "2", "--warm-up", "0.5", "--replicas", "1,2"
    )
    rows = [(row["typists"], row["replicas"]) for row in report["rows"]]
    assert rows == [(2, 1), (2, 2), (3, 1), (3, 2)]
    assert all(row["failed"] == 0 for row in report["rows"])


def test_overload(bundle: Path) -> None:
    """The exit code is that of the verdict, whatever two people are to this machine."""
    command = (sys.executable, "-m", "benchmarks.overload", "--bundle", str(bundle), "--minutes", "0.03")
    result = subprocess.run(
        [*command, "--capacity", "10", "--times", "1"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=_HANG,
        check=False,
    )
    (row,) = json.loads(result.stdout)["rows"]
    assert row["typists"] == 2
    assert row["asked"] == row["answered"] + row["superseded"] + row["refused"] + row["failed"]
    assert row["memory_before_mib"] > 1
    verdicts = [line for line in result.stderr.splitlines() if line.startswith(("passed:", "FAILED:"))]
    assert len(verdicts) == 4
    assert result.returncode == int(any(line.startswith("FAILED") for line in verdicts)), result.stderr


@pytest.mark.parametrize(("replay", "key"), [("growing", "place"), ("eagerness", "writer")])
def test_replays(bundle: Path, tmp_path: Path, replay: str, key: str) -> None:
    write_mail(tmp_path / "mail.jsonl", 12)
    command = (sys.executable, "-m", "benchmarks.replays", replay, "--bundle", str(bundle), "--messages", "3")
    result = subprocess.run(
        [*command, "--data", str(tmp_path / "mail.jsonl")],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    report: dict[str, Any] = json.loads(result.stdout)
    assert report["benchmark"] == replay
    assert len({row[key] for row in report["rows"]}) >= 4


def test_footprint(bundle: Path) -> None:
    report = run("footprint", bundle, "--drafts", "10")
    assert report["rows"][-1]["kept"] == 10
    assert report["first_suggestion_seconds"] > report["ready_seconds"] > 0


def test_endurance(bundle: Path) -> None:
    options = ("--typists", "2", "--minutes", "0.04", "--points", "4")
    report = run("endurance", bundle, *options, "--growth-mib", "10000")
    assert [row["minute"] for row in report["rows"]] == [0.01, 0.02, 0.03, 0.04]
    assert all(row["resident_bytes"] > 2**20 for row in report["rows"])
    assert report["failed"] == 0


def test_endurance_fails_where_memory_grows(bundle: Path) -> None:
    command = (sys.executable, "-m", "benchmarks.endurance", "--bundle", str(bundle), "--typists", "4")
    result = subprocess.run(
        [*command, "--minutes", "0.1", "--points", "4", "--warm-up", "0", "--growth-mib", "0.001"],
        cwd=_ROOT,
        capture_output=True,
        text=True,
        timeout=_HANG,
        check=False,
    )
    assert result.returncode == 1, result.stderr
    assert "FAILED: growth of memory" in result.stderr


def test_peers_run_or_say_what_is_missing(bundle: Path) -> None:
    missing = [
        name for name in ("ctranslate2", "gguf", "llama_cpp") if importlib.util.find_spec(name) is None
    ]
    if not missing:
        report = run("peers", bundle, "--rounds", "1", "--keys", "1", "--words", "5", "--tokens", "2")
        assert len(report["rows"]) == 5
        return
    command = [sys.executable, "-m", "benchmarks.peers", "--bundle", str(bundle)]
    result = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 2
    assert "inkling[peers]" in result.stderr


@pytest.mark.parametrize(
    ("name", "package", "extra"),
    [
        ("load", "psutil", "benchmarks"),
        ("footprint", "psutil", "benchmarks"),
        ("widget", "playwright", "benchmarks"),
        ("transformer", "torch", "train"),
        ("peers", "ctranslate2", "peers"),
    ],
)
def test_what_is_missing_is_one_line_that_names_the_extra(
    bundle: Path, name: str, package: str, extra: str
) -> None:
    program = (
        f"import runpy, sys; sys.modules[{package!r}] = None; sys.argv[0] = {name!r}; "
        f"runpy.run_module('benchmarks.{name}', run_name='__main__')"
    )
    command = [sys.executable, "-c", program, *(["--bundle", str(bundle)] if name == "peers" else [])]
    result = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 2, result.stderr
    (line,) = result.stderr.splitlines()
    assert package in line
    assert f"inkling[{extra}]" in line


def test_typists_press_five_keys_a_second_and_type_whole_messages() -> None:
    keys = keystrokes(load_texts(None), typists=20, seconds=60, seed=1)
    assert len(keys) / (20 * 60) == pytest.approx(5, rel=0.15)
    assert [key.at for key in keys] == sorted(key.at for key in keys)
    drafts: dict[str, str] = {}
    for key in keys:
        before = drafts.get(key.session)
        assert before is None or key.prefix[:-1] == before
        drafts[key.session] = key.prefix


def test_transformer(tmp_path: Path) -> None:
    write_mail(tmp_path / "mail.jsonl", 120)
    how = (
        "--from-scratch",
        "--hidden-size",
        "16",
        "--embedding-size",
        "16",
        "--vocabulary-size",
        "400",
        "--epochs",
        "0.01",
    )
    command = [sys.executable, "-c", "from inkling.service.cli import main; main()", "train", *how]
    given = ("--data", str(tmp_path / "mail.jsonl"), "--out", str(tmp_path / "tiny"), "--batch-size", "2")
    subprocess.run([*command, *given], cwd=_ROOT, check=True, capture_output=True, timeout=120)
    made = tmp_path / "transformer.safetensors"
    command = [sys.executable, "-m", "benchmarks.transformer", "--run", str(tmp_path / "tiny.run")]
    options = ("--out", str(made), "--steps", "2", "--precision", "float32")
    result = subprocess.run(
        [*command, *options], cwd=_ROOT, check=True, capture_output=True, text=True, timeout=120
    )
    assert json.loads(result.stdout)["steps"] == 2
    load_transformer(made, load_bundle(tmp_path / "tiny").tokenizer, torch.device("cpu"))


def test_outages(bundle: Path) -> None:
    for program in ("haproxy", "redis-server"):
        if shutil.which(program) is None and shutil.which(program, path="/usr/sbin") is None:
            missing(f"{program} is not installed")
    harms = ["nothing", "Redis of drafts full"]
    options = [word for harm in harms for word in ("--case", harm)]
    report = run("outages", bundle, "--typists", "2", "--senders", "1", "--seconds", "0.5", *options)
    assert [row["harm"] for row in report["rows"]] == harms
    for row in report["rows"]:
        assert row["keys"] > 0
        assert row["learned"] > 0
        assert (row["wrong"], row["never"], row["lost"]) == (0, 0, 0)
