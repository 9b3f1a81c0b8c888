"""`inkling calibrate` from end to end, on invented mail and a bundle with random weights."""

import copy
import errno
import json
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from inkling.models.bundle.bundle import FORMAT_VERSION, load_bundle
from inkling.models.evaluation.calibration.fitting import fit_calibration, too_few
from inkling.models.evaluation.measure import Measurement
from inkling.models.evaluation.measure import measure as measure_really
from inkling.models.evaluation.replay import Rule
from inkling.models.search.confidence import IDENTITY, CalibrationKind
from inkling.service.cli import calibrate_command
from inkling.service.cli.calibrate_command import command
from tests.materials.bundles import make_bundle
from tests.materials.letters import letters

pytestmark = pytest.mark.lengthy


@pytest.fixture(autouse=True, scope="module")
def each_measured_once() -> Iterator[None]:
    """The same bundle types the same messages again the same way, so once is enough for all tests here."""
    known: dict[str, Any] = {}

    def measure(versions: Any, drawn: Any, options: Any, **more: Any) -> Any:
        ((completer, rule),) = versions
        bundle = completer.bundle
        asked = repr((bundle.manifest.files, bundle.manifest.calibration, rule, drawn, options))
        if asked not in known:
            known[asked] = measure_really(versions, drawn, options, **more)
        return copy.deepcopy(known[asked])

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(calibrate_command, "measure", measure)
        yield


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
            "body": body[:90],
        }
        for number, body in enumerate(letters(12))
    ]
    (tmp_path / "held.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    odd = {"id": "odd", "from": "someone@example.com", "body": "Ωmega ζeta."}
    (tmp_path / "odd.jsonl").write_text(json.dumps(odd) + "\n")
    return tmp_path


def run(folder: Path, *options: str, data: str = "held.jsonl") -> Result:
    arguments = ["--bundle", str(folder / "bundle"), "--data", str(folder / data), *options]
    return CliRunner().invoke(command, arguments)


def test_it_writes_calibration_and_threshold_into_the_manifest(folder: Path) -> None:
    before = load_bundle(folder / "bundle").manifest
    result = run(folder, "--messages", "6", "--precision", "0.2")
    assert result.exit_code == 0, result.output
    told = json.loads(result.stdout)
    after = load_bundle(folder / "bundle").manifest
    assert after.calibration.kind is CalibrationKind.BY_LENGTH
    assert after.threshold == told["threshold"]
    assert told["precision"] >= 0.2
    assert after.model_copy(update={"threshold": 0, "calibration": None}) == before.model_copy(
        update={"threshold": 0, "calibration": None}
    )


def test_held_out_mail_may_be_in_several_files(folder: Path) -> None:
    more = ("--data", str(folder / "held.jsonl"), "--messages", "7", "--precision", "0.2")
    assert run(folder, *more, data="odd.jsonl").exit_code == 0
    assert run(folder, data="odd.jsonl").exit_code == 2  # which is too little by itself


def test_a_bundle_of_an_older_format_is_of_the_new_one_when_it_has_curves_by_length(folder: Path) -> None:
    manifest = folder / "bundle" / "manifest.json"
    old = json.loads(manifest.read_text())
    manifest.write_text(json.dumps(old | {"format_version": 3}))
    assert run(folder, "--messages", "6", "--precision", "0.2").exit_code == 0
    assert load_bundle(folder / "bundle").manifest.format_version == FORMAT_VERSION


@pytest.mark.parametrize(
    ("options", "data", "reason"),
    [
        ((), "odd.jsonl", "suggestions came up, and a curve needs 200"),
        (("--data", "nowhere.jsonl"), "held.jsonl", "nowhere.jsonl"),
        (("--bundle", "nowhere"), "held.jsonl", "nowhere"),
    ],
)
def test_what_cannot_be_done_is_one_line_and_changes_nothing(
    folder: Path, options: tuple[str, ...], data: str, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    before = (folder / "bundle" / "manifest.json").read_bytes()
    result = run(folder, *options, data=data)
    assert result.exit_code == 2
    assert "\n\n" not in result.stderr.strip()
    assert reason in result.stderr.splitlines()[-1]
    assert (folder / "bundle" / "manifest.json").read_bytes() == before


def test_a_precision_that_no_threshold_has_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calibrate_command, "choose_threshold", lambda *_: None)
    result = run(folder, "--messages", "6", "--precision", "1")
    assert result.exit_code == 2
    assert "ask for less with --precision" in result.stderr.splitlines()[-1]
    assert load_bundle(folder / "bundle").manifest.calibration == IDENTITY


def test_a_bundle_that_cannot_be_written_is_told_before_the_work(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def denied(*_arguments: object, **_options: object) -> None:
        raise PermissionError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr(tempfile, "TemporaryFile", denied)
    result = run(folder)
    assert result.exit_code == 2
    assert result.stderr.splitlines() == [
        f"inkling calibrate: {folder / 'bundle'}: cannot be written to: Read-only file system"
    ]


def test_a_bundle_that_was_replaced_meanwhile_is_left_as_it_is(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def retrain(*arguments: Any) -> Any:
        make_bundle(folder / "bundle", seed=8)
        return fit_calibration(*arguments)

    monkeypatch.setattr(calibrate_command, "fit_calibration", retrain)
    result = run(folder, "--messages", "6", "--precision", "0.2")
    assert result.exit_code == 2
    assert "replaced meanwhile" in result.stderr
    assert load_bundle(folder / "bundle").manifest.calibration == IDENTITY


def measured(whole: int, begun: int) -> Measurement:
    made = Measurement("invented", Rule(0.5))
    for count, is_begun in ((whole, False), (begun, True)):
        made.confidence += [0.5] * count
        made.right += [number % (3 if is_begun else 4) == 0 for number in range(count)]
        made.characters += [5] * count
        made.begun += [is_begun] * count
    return made


def test_curves_of_too_few_suggestions_are_those_of_more_and_it_is_said() -> None:
    alone, profile = measured(300, 250), measured(20, 100)
    fitted = fit_calibration(alone, profile)
    assert fitted.alone[0] != fitted.alone[1]
    assert fitted.with_profile == fitted.alone
    mixed = fit_calibration(measured(300, 10), measured(300, 250))
    assert mixed.alone[0] == mixed.alone[1]
    assert mixed.with_profile[0] != mixed.with_profile[1]
    assert [line.split(":")[0] for line in too_few(alone, profile)] == ["with profile"]
    assert [line.split(":")[0] for line in too_few(measured(300, 10), None)] == [
        "without profile, a word is begun",
        "with profile",
    ]
    with pytest.raises(ValueError, match="only 199 suggestions"):
        fit_calibration(measured(100, 99), None)
