"""`inkling calibrate` from end to end, on invented mail and a bundle with random weights."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from models.bundle import load_bundle
from models.confidence import CalibrationKind
from service.cli.calibrate import command
from tests.bundles import make_bundle
from tests.letters import letters


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with `bundle` and `held.jsonl`."""
    make_bundle(tmp_path / "bundle", phrases=True)
    rows = [
        {
            "id": str(number),
            "from": f"writer{number % 2}@example.com",
            "date": f"2026-01-{number + 1:02}T09:00:00+00:00",
            "subject": "Budget",
            "body": body,
        }
        for number, body in enumerate(letters(12))
    ]
    (tmp_path / "held.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    odd = {"id": "odd", "from": "someone@example.com", "body": "Ωmega ζeta."}
    (tmp_path / "odd.jsonl").write_text(json.dumps(odd) + "\n")
    return tmp_path


def run(folder: Path, *options: str) -> Result:
    arguments = ["--bundle", str(folder / "bundle"), "--data", str(folder / "held.jsonl"), *options]
    return CliRunner().invoke(command, arguments)


def test_it_writes_calibration_and_threshold_into_the_manifest(folder: Path) -> None:
    before = load_bundle(folder / "bundle").manifest
    result = run(folder, "--messages", "6", "--precision", "0.2")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    after = load_bundle(folder / "bundle").manifest
    assert after.calibration.kind is CalibrationKind.LOGISTIC
    assert after.threshold == told["threshold"]
    assert told["precision"] >= 0.2
    assert after.model_copy(update={"threshold": 0, "calibration": None}) == before.model_copy(
        update={"threshold": 0, "calibration": None}
    )


@pytest.mark.parametrize(
    ("options", "reason"),
    [
        (("--data", "odd.jsonl", "--precision", "1"), "ask for less with --precision"),
        (("--data", "nowhere.jsonl"), "nowhere.jsonl"),
        (("--bundle", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(
    folder: Path, options: tuple[str, ...], reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    before = (folder / "bundle" / "manifest.json").read_bytes()
    result = run(folder, *options)
    assert result.exit_code == 2
    assert result.stderr.strip().count("\n") == 0  # progress bars leave empty lines
    assert reason in result.stderr
    assert (folder / "bundle" / "manifest.json").read_bytes() == before
