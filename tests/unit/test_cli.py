"""The `inkling` group: its commands, and one clear line for bad input."""

import sys
from pathlib import Path

import click
import pytest

from models.bundle import load_bundle
from service.cli import COMMANDS, LazyGroup, inkling, main
from tests.bundles import make_bundle


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
    monkeypatch.delitem(sys.modules, "service.cli.train", raising=False)
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
