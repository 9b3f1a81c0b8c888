"""`inkling explain`: the terminal, JSON and a picture."""

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree

import pytest

from inkling.models.networks.config import CellKind
from inkling.service.cli import main
from tests.materials.bundles import make_bundle


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
