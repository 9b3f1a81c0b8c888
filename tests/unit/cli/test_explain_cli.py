"""`inkling explain`: the terminal, JSON and a picture."""

import io
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from inkling.models.explanation.explanation import Gate, TokenPart, TokenRead
from inkling.models.networks.config import CellKind
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions
from inkling.service.cli import main
from inkling.service.cli.consoles.explanation_console import show_explanation
from tests.materials.bundles import make_bundle
from tests.rigs.fake_explanation import fake_explanation


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_bundle(tmp_path_factory.mktemp("bundles") / "tiny")


def run(bundle: Path, *arguments: str) -> None:
    main(["explain", "--bundle", str(bundle), "--runtime", "onnx", *arguments])


def test_the_terminal_tells_all_parts(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(bundle, "Can we schedule a ", "--interruption-ms", "0", "--min-confidence", "0")
    output = capsys.readouterr()
    for part in ("Tokens read", "1 reset", "2 update", "·we", "step by step", "The beam", "shown: saves"):
        assert part in output.out
    assert output.err == ""


def test_json_is_one_line(bundle: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(bundle, "Can we ", "--json")
    (line,) = capsys.readouterr().out.splitlines()
    told = json.loads(line)
    assert told["model"] == "tiny"
    assert [gate["name"] for gate in told["explanation"]["gates"]] == ["reset", "update"] * 2
    assert told["explanation"]["beam"][0]["parent"] is None


def test_a_picture_is_written(bundle: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(bundle, "Can <we> ", "--svg", str(tmp_path / "why.svg"))
    assert "The beam" in capsys.readouterr().out
    ElementTree.fromstring((tmp_path / "why.svg").read_text("utf-8"))


@pytest.mark.parametrize(
    "arguments",
    [
        ["Hi", "--svg", "no/why.svg"],
        ["Hi", "--beam", "17"],
        ["Hi", "--interruption-ms", "nan"],
        ["Hi", "--interruption-ms", "inf", "--json"],
        ["Hi", "--interruption-ms", "-1"],
        ["Hi", "--bundle", "/nowhere"],
        ["\ud800"],
    ],
)
def test_bad_input_is_one_line(
    bundle: Path, capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as ending:
        run(bundle, *arguments)
    assert ending.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    (line,) = output.err.splitlines()
    assert line.startswith("inkling: ")


def gates_told(told: str, layers: int, names: Sequence[str]) -> None:
    """All gates of all layers have a heading, and nothing is cut off or wrapped."""
    for layer in range(1, layers + 1):
        for name in names:
            assert f" {layer} {name} " in told
    read = told.partition("Not read")[0].partition("What might come next")[0]
    assert "…" not in read
    bars = [line for line in read.splitlines() if line.startswith("│") and "·" in line]
    assert bars
    for line in bars:
        assert len(line) <= 80
        assert all(re.match(r" \d\.\d\d [█ ]{8} $", cell) for cell in line.strip("│").split("│")[2:])


@pytest.mark.parametrize(
    ("cell", "layers"), [(CellKind.GRU, 2), (CellKind.GRU, 6), (CellKind.LSTM, 6), (CellKind.RNN_TANH, 6)]
)
def test_deep_models_fit_a_terminal_of_80_columns(cell: CellKind, layers: int) -> None:
    names = ["forget", "enter", "leave"] if cell is CellKind.LSTM else ["reset", "update"]
    if cell is CellKind.RNN_TANH:
        names = ["flat"]
    gates = [Gate(layer, name, "") for layer in range(1, layers + 1) for name in names]
    plain = fake_explanation(Draft("Can we meet "), SearchOptions())
    read = [
        TokenRead(
            " interdepartmental", TokenPart.CONTEXT, [index / len(gates) for index in range(len(gates))]
        )
    ]
    console = Console(width=80, file=io.StringIO(), highlight=False)
    show_explanation(console, replace(plain, gates=gates, read=[*read, *read]))
    assert isinstance(console.file, io.StringIO)
    gates_told(console.file.getvalue(), layers, names)


@pytest.mark.lengthy
def test_the_program_needs_no_torch(bundle: Path) -> None:
    program = "import sys; sys.modules['torch'] = None; from inkling.service.cli import main; main()"
    result = subprocess.run(
        [sys.executable, "-c", program, "explain", "Can we ", "--bundle", str(bundle), "--json"],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["explanation"]["cell"] == "gru"


def test_a_vanilla_cell_tells_its_units(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(make_bundle(tmp_path / "relu", cell=CellKind.RNN_RELU), "Can we ")
    assert "1 dead" in capsys.readouterr().out
