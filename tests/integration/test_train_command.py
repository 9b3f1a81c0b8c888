"""`inkling train` as a person runs it: mail in, a bundle that serves out; interrupted; given nonsense."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from models.bundle import load_bundle
from models.loading import load_completer
from models.masking import NO_NAMES
from models.runtime.batch import finish
from models.suggestion import Context, SearchOptions
from models.training.scalars import read_scalars
from tests.letters import write_mail

SIZES = [
    "--hidden-size", "24", "--embedding-size", "16", "--vocabulary-size", "500", "--batch-size", "8",
    "--threads", "1", "--steps", "120", "--dev-interval", "60", "--learning-rate", "0.01",
]  # fmt: skip
CONFIG = {"training": {"warmup_steps": 5, "sequence_length": 32, "precision": "float32"}}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from service.cli import main; main()", *arguments]


def train(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command("train", *arguments), capture_output=True, text=True, timeout=150, check=False
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("train")
    write_mail(folder / "mail.jsonl", 300, people=60)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    return folder


def options(folder: Path, out: str) -> list[str]:
    return [
        "--data",
        str(folder / "mail.jsonl"),
        "--out",
        str(folder / out),
        "--config",
        str(folder / "config.json"),
        *SIZES,
    ]


def test_mail_in_bundle_out_even_when_interrupted(folder: Path) -> None:
    whole = train(*options(folder, "whole"))
    assert whole.returncode == 0, whole.stderr
    summary = json.loads(whole.stdout.splitlines()[-1])
    assert summary["name"] == "whole"
    assert summary["dev_perplexity_per_word"] > 1

    process = subprocess.Popen(
        command("train", *options(folder, "parts")), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    scalars = folder / "parts.run" / "scalars.csv"
    while process.poll() is None and not (scalars.exists() and len(scalars.read_bytes().splitlines()) > 8):
        time.sleep(0.01)  # polling; nothing depends on its length
    process.send_signal(signal.SIGINT)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 130, errors
    assert "goes on from there" in errors
    assert not (folder / "parts" / "manifest.json").exists()
    assert train(*options(folder, "parts")).returncode == 0
    losses = [
        [row["loss"] for row in read_scalars(folder / f"{out}.run" / "scalars.csv")]
        for out in ("whole", "parts")
    ]
    assert losses[0] == losses[1]
    assert len(losses[0]) == 120
    assert (folder / "whole.run" / "curve.png").read_bytes().startswith(b"\x89PNG")

    bundle = load_bundle(folder / "whole")
    assert bundle.manifest.data_card["sources"]["invented"]["messages"] > 100
    assert bundle.manifest.licence == "private"
    assert bundle.phrases is not None
    assert bundle.manifest.phrases is not None
    assert bundle.manifest.phrases.least_authors == 2
    assert bundle.authorship is not None
    assert bundle.authorship.least_authors == 2
    completer = load_completer(bundle, "cpu")
    tree = completer.tree(finish(completer.run, completer.open(Context())))
    sought = SearchOptions(min_confidence=0.0, interruption_ms=0.0)
    searching = completer.search(tree, "", sought, line_start=True, names=NO_NAMES)
    assert finish(completer.run, searching).suggestions

    # A run that begins with these weights begins better than it did.
    more = train(*options(folder, "more"), "--init", str(folder / "whole"), "--steps", "10")
    assert more.returncode == 0, more.stderr
    first = [
        float(read_scalars(folder / f"{out}.run" / "scalars.csv")[0]["loss"]) for out in ("whole", "more")
    ]
    assert first[1] < first[0] - 1.0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--data", "absent.mbox", "--out", "x"], "absent.mbox"),
        (["--data", "empty.jsonl", "--out", "x"], "empty.jsonl"),
        (["--data", "garbage.jsonl", "--out", "x"], "garbage.jsonl"),
        (["--data", "tiny.jsonl", "--out", "x"], "tiny.jsonl"),
        (["--data", "mail.jsonl", "--out", "x", "--cell", "perceptron"], "cell"),
        (["--data", "mail.jsonl", "--out", "x", "--layers", "0"], "layers"),
        (["--data", "mail.jsonl", "--out", "x", "--learning-rate", "nan"], "learning_rate"),
        (["--data", "mail.jsonl", "--out", "x", "--config", "absent.json"], "absent.json"),
        (["--data", "mail.jsonl", "--out", "x", "--config", "wrong.json"], "wrong.json"),
        (["--data", "mail.jsonl", "--out", "x", "--device", "tpu"], "auto, cpu or cuda"),
        (["--data", "mail.jsonl", "--out", "my mail"], "--name"),
        (["--data", "mail.jsonl", "--out", "."], "--name"),
        (["--data", "mail.jsonl", "--out", "x", "--data-card", "list.json"], "must be a JSON object"),
        (["--data", "mail.jsonl", "--out", "x", "--init", "absent"], "not a bundle"),
        (["--out", "x"], "--data"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    folder: Path, arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).parents[2]))
    (folder / "empty.jsonl").write_text("")
    (folder / "garbage.jsonl").write_bytes(b"\xff\x00 not json\n" * 5)
    (folder / "list.json").write_text("[]")
    (folder / "wrong.json").write_text('{"modle": {}}')
    (folder / "tiny.jsonl").write_text('{"text": "See you there on Monday"}\n')
    result = train(*arguments)
    assert result.returncode == 2, result.stderr
    last = result.stderr.strip().splitlines()[-1]
    assert last.startswith("inkling: ")
    assert says in last
    assert "Traceback" not in result.stderr
    assert result.stdout == ""
