"""The `inkling` group: its commands, and one clear line for bad input."""

import subprocess
import sys
from io import StringIO
from pathlib import Path

import click
import pytest
from rich.console import Console

from inkling import models
from inkling.models.bundle.bundle import load_bundle
from inkling.service.cli import COMMANDS, LazyGroup, inkling, main
from inkling.service.cli.consoles.progress import Phases
from inkling.service.cli.destinations import check_file, check_folder
from tests.materials.bundles import make_bundle


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_there(name: str) -> None:
    assert isinstance(inkling, LazyGroup)
    command = inkling.get_command(click.Context(inkling), name)
    assert command is not None
    assert command.params


def test_without_arguments_the_commands_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        main([])
    assert ending.value.code == 2
    output = capsys.readouterr()
    assert all(name in output.out + output.err for name in COMMANDS)


@pytest.mark.parametrize("arguments", [["no-such-command"], ["--no-such-option"]])
def test_an_unknown_word_is_one_line(capsys: pytest.CaptureFixture[str], arguments: list[str]) -> None:
    with pytest.raises(SystemExit) as ending:
        main(arguments)
    assert ending.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    (line,) = output.err.splitlines()
    assert line.startswith("inkling: ")


@pytest.mark.parametrize("error", [KeyboardInterrupt, click.Abort])
def test_an_interrupt_is_one_line_and_130(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, error: type[BaseException]
) -> None:
    def interrupted(*_arguments: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(inkling, "main", interrupted)
    with pytest.raises(SystemExit) as ending:
        main(["serve"])
    assert ending.value.code == 130
    assert capsys.readouterr().err == "inkling: interrupted\n"


def test_training_without_torch_says_what_to_do(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "inkling.service.cli.train_command", raising=False)
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(SystemExit) as ending:
        main(["train", "--data", "mail.mbox", "--out", "bundle"])
    assert ending.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert "make train-tools" in line


def test_the_default_threshold_of_a_bundle_can_be_changed(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    folder = make_bundle(tmp_path / "tiny")
    main(["bundle", str(folder), "--threshold", "0.55"])
    assert '"intact": true' in capsys.readouterr().out
    assert load_bundle(folder).manifest.threshold == 0.55


def test_an_interrupted_command_leaves_no_blank_line_off_a_terminal(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_arguments: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("inkling.models.bundle.bundle.read_manifest", interrupted)
    with pytest.raises(SystemExit) as ending:
        main(["bundle", "somewhere"])
    assert ending.value.code == 130
    assert capsys.readouterr().err == "inkling: interrupted\n"


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    main(["--version"])
    assert capsys.readouterr().out == f"inkling, version {models.__version__}\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ["complete", "Hello", "--min-confidence", "nan"],
        ["bundle", "--threshold", "nan"],
        ["bundle", ""],
        ["calibrate", "--precision", "nan"],
    ],
)
def test_what_is_no_number_or_no_path_is_refused(
    capsys: pytest.CaptureFixture[str], arguments: list[str]
) -> None:
    with pytest.raises(SystemExit) as ending:
        main(arguments)
    assert ending.value.code == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("inkling: Invalid value")


@pytest.mark.lengthy
@pytest.mark.parametrize("arguments", [["--help"], ["bundle", "--json", "BUNDLE"], ["bundle", "BUNDLE"]])
@pytest.mark.parametrize("full", ["stdout", "both"])
def test_output_that_cannot_be_written_is_one_line(tmp_path: Path, arguments: list[str], full: str) -> None:
    given = [str(make_bundle(tmp_path / "tiny")) if one == "BUNDLE" else one for one in arguments]
    with Path("/dev/full").open("w") as device:
        result = subprocess.run(
            [sys.executable, "-c", "from inkling.service.cli import main; main()", *given],
            stdout=device,
            stderr=device if full == "both" else subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert result.returncode == 2, result.stderr
    if full == "stdout":
        (line,) = result.stderr.splitlines()
        assert line.startswith("inkling: ")
        assert "No space left" in line


def test_phases_off_a_terminal_are_lines_without_blanks() -> None:
    written = StringIO()
    with Phases(Console(file=written, width=200)) as phases:
        phases.tell("read", 0, 3)
        for _ in range(3):
            phases.advance("read", 1, note="fine")
        phases.tell("read", 3, 3)
        phases.tell("read", 5, 5)
        phases.tell("count", 0, 0)
    assert written.getvalue() == "read: 3 of 3  fine\nread: 5 of 5\ncount: begun\n"


def test_folders_and_files_are_looked_at_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    check_folder(tmp_path / "a" / "b")
    check_file(tmp_path / "new")
    for check, path in (
        (check_folder, "file"),
        (check_folder, "file/a"),
        (check_file, "."),
        (check_file, "a/b"),
    ):
        with pytest.raises(OSError, match=r"file|folder"):
            check(tmp_path / path)
    assert [one.name for one in tmp_path.iterdir()] == ["file"]
