"""`inkling train` on a mailbox: it begins with a bundle, and its result is no worse than that bundle."""

import json
import random
import shutil
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path

import pytest
import torch

from inkling.models.bundle.bundle import load_bundle, read_manifest
from inkling.models.completer.loading import load_completer
from inkling.models.evaluation import comparison
from inkling.models.networks.config import ModelConfig, TrainingConfig
from inkling.models.training.loop import StepReport
from inkling.models.training.tuning.tuning import Tuning
from inkling.service.cli import main
from tests.integration.training.test_train_command import CONFIG, SIZES
from tests.integration.training.test_trained_models import ask
from tests.materials.letters import letter, write_mail
from tests.programs.shipped import require_bundle

pytestmark = pytest.mark.slow

SHORT = ("--threads", "1", "--batch-size", "4", "--epochs", "1", "--learning-rate", "0.01")
_LISTED = """apple river window garden paper letter summer winter yellow quiet train music market bridge
flower kitchen doctor pencil forest island pocket silver thunder velvet walnut zebra harbour castle"""


def write_mbox(path: Path, count: int, seed: int = 0) -> Path:
    """Dated invented mail of one person, in which a phrase of their own comes again and again."""
    random_ = random.Random(seed)
    sent = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with path.open("w", encoding="utf-8") as file:
        for number in range(count):
            sent += timedelta(hours=random_.randint(2, 60))
            words = " ".join(random_.choices(_LISTED.split(), k=25))  # letters that are too alike are dropped
            file.write(
                f"From writer@example.com {sent:%a %b %d %H:%M:%S %Y}\n"
                f"From: Robin Writer <writer@example.com>\nTo: Kim Reader <reader{number % 4}@example.com>\n"
                f"Subject: Garden {number}\nMessage-ID: <{number}@example.com>\n"
                f"Date: {format_datetime(sent)}\n\n"
                f"{letter(random_)}\n\nThe beehives behind the greenhouse need two more frames: {words}.\n\n"
            )
    return path


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny bundle that was trained on invented letters."""
    folder = tmp_path_factory.mktemp("start")
    write_mail(folder / "letters.jsonl", 300, people=60)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    given = ("--data", str(folder / "letters.jsonl"), "--config", str(folder / "config.json"))
    main_ends(["train", *given, "--out", str(folder / "tiny"), *SIZES, "--from-scratch"], 0)
    return folder / "tiny"


@pytest.fixture(autouse=True)
def few_characters_are_compared(monkeypatch: pytest.MonkeyPatch) -> None:
    """Another test holds the quality of the comparison."""
    monkeypatch.setattr(comparison, "_MOST_TYPED", 600)


def main_ends(arguments: list[str], code: int) -> None:
    """Run a command in this process, which must end so."""
    ended: object = 0
    try:
        main(arguments)
    except SystemExit as ending:
        ended = ending.code or 0
    assert ended == code


def tune(mail: Path, start: Path, out: Path, *more: str, code: int = 0) -> None:
    main_ends(["train", "--data", str(mail), "--init", str(start), "--out", str(out), *SHORT, *more], code)


def test_a_small_mailbox_is_enough_and_the_result_no_worse_than_the_bundle_that_ships(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shipped = read_manifest(require_bundle())
    mail = write_mbox(tmp_path / "mail.mbox", 40)
    main_ends(["train", "--data", str(mail), "--out", str(tmp_path / "mine"), "--threads", "1"], 0)
    output = capsys.readouterr()
    result = json.loads(output.out.splitlines()[-1])
    assert result["net_time_saved"] >= result["net_time_saved_before"]
    assert result["characters_saved"] >= result["characters_saved_before"]
    assert result["perplexity_per_word"] < 0.9 * result["perplexity_per_word_before"]
    assert f"better than {shipped.name}" in output.err
    assert "train: " in output.err
    assert "perplexity: 4 of 4" in output.err

    bundle = load_bundle(tmp_path / "mine")
    assert bundle.tokenizer.to_bytes() == load_bundle(require_bundle()).tokenizer.to_bytes()
    assert bundle.manifest.calibration == shipped.calibration
    assert bundle.manifest.threshold == shipped.threshold
    assert bundle.lexicon.contains("Robin")  # from the headers
    completer = load_completer(bundle, "cpu")
    first = ask(completer, "The beehives beh").suggestions[0]
    assert first.text.startswith("ind the greenhouse")


def test_what_is_worse_is_not_written_unless_told_to(
    tmp_path: Path, start: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random_ = random.Random(3)
    with (tmp_path / "words.jsonl").open("w") as file:
        for number in range(60):
            words = random_.choices(_LISTED.split(), k=50)
            row = {"id": str(number), "corpus": "words", "person": "writer", "body": " ".join(words) + "."}
            file.write(json.dumps(row) + "\n")
    other = write_mail(tmp_path / "letters.jsonl", 8, seed=5, people=8)
    out = tmp_path / "worse"
    given = ("--dev", str(other), "--epochs", "6")
    tune(tmp_path / "words.jsonl", start, out, *given, code=2)
    output = capsys.readouterr()
    last = output.err.strip().splitlines()[-1]
    assert last.startswith("inkling: ")
    assert "worse than tiny" in last
    assert "--keep-worse" in last
    assert output.out == ""
    assert not out.exists()
    tune(tmp_path / "words.jsonl", start, out, *given, "--keep-worse")
    result = json.loads(capsys.readouterr().out.splitlines()[-1])
    assert result["perplexity_per_word"] > result["perplexity_per_word_before"]
    assert load_bundle(out).manifest.name == "worse"


def test_the_same_command_again_changes_nothing_and_a_calibration_since_is_kept(
    tmp_path: Path, start: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mail = write_mbox(tmp_path / "mail.mbox", 40)
    out = tmp_path / "mine"
    tune(mail, start, out, "--keep-worse")
    before = {path.name: path.read_bytes() for path in out.iterdir()}
    capsys.readouterr()
    tune(mail, start, out, "--keep-worse")
    assert "nothing was changed" in capsys.readouterr().err
    assert {path.name: path.read_bytes() for path in out.iterdir()} == before
    # Another seed makes another run, which may replace it as long as nobody has calibrated it.
    shutil.rmtree(tmp_path / "mine.run")
    main_ends(["bundle", str(out), "--threshold", "0.77"], 0)
    tune(mail, start, out, "--keep-worse", code=2)
    assert "has been calibrated" in capsys.readouterr().err
    assert read_manifest(out).threshold == 0.77


def test_a_run_that_was_stopped_goes_on_with_the_same_losses(tmp_path: Path, start: Path) -> None:
    mail, bundle = write_mbox(tmp_path / "mail.mbox", 40), load_bundle(start)
    config = TrainingConfig(batch_size=4, steps=12, learning_rate=0.01)

    def losses(out: Path, stop_after: int) -> list[float]:
        seen: list[float] = []
        tuning = Tuning.open([mail], [], out, bundle, ModelConfig(), config, torch.device("cpu"))

        def report(step: StepReport) -> None:
            seen.append(step.loss)
            if len(seen) == stop_after:
                tuning.run.trainer.request_stop()

        try:
            tuning.run.train(report)
        finally:
            tuning.run.close()
        return seen

    whole = losses(tmp_path / "whole", 0)
    assert len(whole) == 12
    assert losses(tmp_path / "parts", 5) + losses(tmp_path / "parts", 0) == whole


@pytest.mark.parametrize(
    ("count", "says"),
    [(12, "too few messages are left after cleaning, 12 of the 20"), (25, "too few for 4000 lanes")],
)
def test_too_small_a_mailbox_is_refused_by_what_is_missing(
    count: int, says: str, tmp_path: Path, start: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    mail = write_mbox(tmp_path / "mail.mbox", count)
    tune(mail, start, tmp_path / "x", "--batch-size", "4000" if count > 20 else "4", code=2)
    assert says in capsys.readouterr().err.strip().splitlines()[-1]
