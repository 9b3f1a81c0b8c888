"""`inkling train` as a person runs it: mail in, a bundle that serves out; interrupted; given nonsense."""

import io
import json
import resource
import shutil
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path

import pytest

from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.loading import load_completer
from inkling.models.runtime.batch import finish
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions
from inkling.models.training.scalars import read_scalars
from inkling.service.cli import main
from tests.materials.bundles import make_bundle
from tests.materials.letters import write_mail

SIZES = [
    "--hidden-size", "24", "--embedding-size", "16", "--vocabulary-size", "500", "--batch-size", "8",
    "--threads", "1", "--steps", "120", "--dev-interval", "60", "--learning-rate", "0.01",
]  # fmt: skip
CONFIG = {"training": {"warmup_steps": 5, "sequence_length": 32, "precision": "float32"}}


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-c", "from inkling.service.cli import main; main()", *arguments]


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended, and what it wrote."""

    returncode: int
    stdout: str
    stderr: str


def train(*arguments: str) -> Ended:
    """Run `inkling train`."""
    return run("train", *arguments)


def run(*arguments: str) -> Ended:
    """Run a command in this process: one of its own takes seconds to start."""
    output, errors, code = io.StringIO(), io.StringIO(), 0
    with redirect_stdout(output), redirect_stderr(errors):
        try:
            main(list(arguments))
        except SystemExit as ending:
            code = ending.code if isinstance(ending.code, int) else int(ending.code is not None)
    return Ended(code, output.getvalue(), errors.getvalue())


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("train")
    write_mail(folder / "mail.jsonl", 300, people=60)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    return folder


def options(folder: Path, out: str, *start: str) -> list[str]:
    """From scratch, unless it is told where to start."""
    return [
        "--data",
        str(folder / "mail.jsonl"),
        "--out",
        str(folder / out),
        "--config",
        str(folder / "config.json"),
        *SIZES,
        *(start or ("--from-scratch",)),
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
    sought = SearchOptions(min_confidence=0.0, interruption_ms=0.0)
    assert finish(completer.run, completer.complete(Draft(""), sought)).suggestions

    # A run that begins with these weights begins better than it did.
    more = train(*options(folder, "more", "--init", str(folder / "whole")), "--steps", "10")
    assert more.returncode == 0, more.stderr
    first = [
        float(read_scalars(folder / f"{out}.run" / "scalars.csv")[0]["loss"]) for out in ("whole", "more")
    ]
    assert first[1] < first[0] - 1.0


@pytest.mark.slow
def test_a_transformer_is_trained_and_served_by_torch(folder: Path) -> None:
    sizes = ["--cell", "transformer", "--embedding-size", "16", "--heads", "2", "--memory", "24"]
    given = options(folder, "transformer")
    at = given.index("--hidden-size")
    trained = train(*given[:at], *given[at + 2 :], *sizes, "--layers", "1", "--steps", "20")
    assert trained.returncode == 0, trained.stderr
    bundle = load_bundle(folder / "transformer")
    assert bundle.manifest.model.made_of == "transformer"
    completer = load_completer(bundle, "cpu")
    assert completer.runtime == "torch cpu"
    drawn = SearchOptions(min_confidence=0.0, interruption_ms=0.0)
    assert finish(completer.run, completer.complete(Draft("Can we "), drawn)).suggestions
    shown = run("bundle", str(folder / "transformer"))
    assert "transformer, 1 x 16" in shown.stdout
    refused = run("complete", "Can we ", "--bundle", str(folder / "transformer"), "--runtime", "onnx")
    assert refused.returncode != 0
    assert "is served by the torch runtime" in refused.stderr.splitlines()[-1]
    # Other sizes than those of the bundle to start from, and another kind than the one that ships.
    started = ["--init", str(folder / "transformer"), "--cell", "gru"]
    assert "transformer; leave it out" in train(*options(folder, "other", *started)).stderr
    start = ["--data", str(folder / "mail.jsonl"), "--out", str(folder / "other")]
    assert "--from-scratch" in train(*start, *sizes).stderr.splitlines()[-1]
    refused = train(*start, *sizes, "--hidden-size", "24")
    assert refused.stderr.splitlines()[-1] == "inkling: hidden_size: is no setting of a Transformer"


def test_what_cleaning_dropped_is_shown_where_nothing_is_left(tmp_path: Path) -> None:
    (tmp_path / "long.jsonl").write_text(json.dumps({"text": "See you there on Monday. " * 1_000}))
    result = train("--data", str(tmp_path / "long.jsonl"), "--out", str(tmp_path / "x"))
    assert result.returncode == 2
    assert "longer than 800 words" in result.stderr
    assert "words dropped" in result.stderr


@pytest.mark.slow
def test_the_same_command_again_keeps_a_finished_bundle_and_its_calibration(folder: Path) -> None:
    short = [*options(folder, "kept"), "--steps", "20"]
    first = train(*short)
    assert first.returncode == 0, first.stderr
    assert "training: 20 steps in float32 on cpu" in first.stderr
    assert "held out: " in first.stderr
    assert "read and clean: 300 of 300" in first.stderr
    for phase in ("train the tokenizer", "phrases", "authors"):
        assert f"{phase}: begun" in first.stderr
    assert "train: 20 of 20" in first.stderr
    assert "\n\n" not in first.stderr
    main(["bundle", str(folder / "kept"), "--threshold", "0.5"])  # as calibrating does
    before = {path.name: path.read_bytes() for path in (folder / "kept").iterdir()}
    again = train(*short)
    assert again.returncode == 0, again.stderr
    assert "nothing was changed" in again.stderr
    assert json.loads(again.stdout.splitlines()[-1])["bundle"] == str(folder / "kept")
    longer = train(*short, "--steps", "40")
    assert longer.returncode == 2
    assert "--force" in longer.stderr
    shutil.rmtree(folder / "kept.run")
    anew = train(*short)
    assert anew.returncode == 2
    assert "cleaning" not in anew.stderr  # reported before the work
    assert {path.name: path.read_bytes() for path in (folder / "kept").iterdir()} == before
    forced = train(*short, "--force")
    assert forced.returncode == 0, forced.stderr
    assert load_bundle(folder / "kept").manifest.threshold != 0.5


@pytest.mark.slow
def test_one_persons_mail_trains_whatever_their_name_and_a_useless_bundle_says_so(tmp_path: Path) -> None:
    few = ["--steps", "1", "--batch-size", "2", "--hidden-size", "8", "--embedding-size", "8"]
    config = write_config(tmp_path)
    for name in ("ann", "bea", "cleo"):
        path = write_mail(tmp_path / f"{name}.jsonl", 30, people=1)
        path.write_text(path.read_text().replace("writer0", name))
        out = str(tmp_path / name)
        result = train(
            "--data",
            str(path),
            "--out",
            out,
            "--vocabulary-size",
            "400",
            "--config",
            config,
            *few,
            "--from-scratch",
        )
        assert result.returncode == 0, result.stderr
        assert "the newest" in result.stderr
        bundle = load_bundle(tmp_path / name)
        assert bundle.authorship is not None
        assert bundle.authorship.least_authors == 1
        assert bundle.manifest.data_card["held_out"]["messages"] > 0
        warnings = json.loads(result.stdout.splitlines()[-1])["warnings"]
        assert any("not ready for use" in one for one in warnings)
        assert "not ready for use" in result.stderr


def write_config(folder: Path) -> str:
    (folder / "config.json").write_text(json.dumps(CONFIG))
    return str(folder / "config.json")


@pytest.mark.slow
def test_two_trainings_at_one_place_do_not_run_side_by_side(folder: Path) -> None:
    process = subprocess.Popen(
        command("train", *options(folder, "locked"), "--steps", "100000"),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    scalars = folder / "locked.run" / "scalars.csv"
    while process.poll() is None and not scalars.exists():
        time.sleep(0.01)  # polling; nothing depends on its length
    other = train(*options(folder, "locked"))
    process.kill()
    process.communicate(timeout=60)
    assert other.returncode == 2
    assert "another training" in other.stderr
    # The lock of a killed run keeps nobody out.
    assert train(*options(folder, "locked"), "--steps", "3").returncode == 0


def test_a_size_that_contradicts_the_bundle_to_start_from_is_refused(folder: Path, tmp_path: Path) -> None:
    start = make_bundle(tmp_path / "start")
    result = train(*options(folder, "warm", "--init", str(start)))
    assert result.returncode == 2
    assert "the bundle to start from has" in result.stderr


@pytest.mark.parametrize("limit", [1_000, 100_000])
@pytest.mark.slow
def test_a_file_that_cannot_be_written_is_one_line(folder: Path, tmp_path: Path, limit: int) -> None:
    write_mail(tmp_path / "mail.jsonl", 60, people=30)
    result = subprocess.run(
        command(
            "train", "--data", str(tmp_path / "mail.jsonl"), *options(folder, "full")[2:3],
            str(tmp_path / "full"), *options(folder, "full")[4:], "--steps", "3", "--keep-worse",
        ),
        capture_output=True, text=True, timeout=150, check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit)),
    )  # fmt: skip
    assert result.returncode == 2, result.stderr
    assert "Traceback" not in result.stderr
    assert "File too large" in result.stderr.splitlines()[-1]
    assert not (tmp_path / "full").exists()


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
        (["--data", "mail.jsonl", "--out", "."], "--out .: must end in the name of a folder"),
        (["--data", "mail.jsonl", "--out", "x", "--data-card", "list.json"], "must be a JSON object"),
        (["--data", "mail.jsonl", "--out", "x", "--init", "absent"], "not a bundle"),
        (["--data", "mail.jsonl", "--out", "x", "--init", "absent", "--from-scratch"], "not both"),
        (["--data", "mail.jsonl", "--out", "x", "--hidden-size", "24"], "--from-scratch"),
        (["--data", "mail.jsonl", "--out", "x", "--from-scratch"], "a model of this size needs 999,065"),
        (["--out", "x"], "--data"),
    ],
)
def test_bad_input_is_one_line_and_exit_code_2(
    folder: Path, arguments: list[str], says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
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


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (
            ["--data", "mail.jsonl", "--out", "..", "--name", "x"],
            "--out ..: must end in the name of a folder",
        ),
        (["--data", "mail.jsonl", "--out", "mail.jsonl"], "is a file"),
        (["--data", "mail.jsonl", "--out", "mail.jsonl/x"], "is a file"),
        (["--data", "", "--out", "x"], "must not be empty"),
        (["--data", "mail.jsonl", "--out", "x", "--config", "five.json"], "'model' must be an object"),
        (["--data", "mail.jsonl", "--out", "x", "--config", "null.json"], "'training' must be an object"),
        (["--data", "mail.jsonl", "--out", "x", "--config", "list.json"], "must be an object"),
        (["--data", "mail.jsonl", "--out", "x", "--config", "deep.json"], "cannot be read as JSON"),
        (["--data", "mail.jsonl", "--out", "x", "--data-card", "big.json"], "data card is larger"),
        (["--data", "mail.jsonl", "--out", "x", "--data-card", "surrogate.json"], "not valid Unicode"),
        (["--data", "mail.jsonl", "--out", "x", "--vocabulary-size", "270"], "larger --vocabulary-size"),
        (["--data", "long.jsonl", "--out", "x"], "1 as longer than 800 words"),
    ],
)
def test_what_would_fail_later_is_one_line_at_once(
    folder: Path,
    arguments: list[str],
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(folder)
    (folder / "list.json").write_text("[]")
    (folder / "five.json").write_text('{"model": 5}')
    (folder / "null.json").write_text('{"training": null}')
    (folder / "deep.json").write_text("[" * 100_000)
    (folder / "big.json").write_text(json.dumps({"text": "x" * 1_000_000}))
    (folder / "surrogate.json").write_text(json.dumps({"text": "\ud800"}))
    (folder / "long.jsonl").write_text(json.dumps({"text": "See you there on Monday. " * 1_000}))
    with pytest.raises(SystemExit) as ending:
        main(["train", *arguments])
    assert ending.value.code == 2
    output = capsys.readouterr()
    last = output.err.strip().splitlines()[-1]
    assert last.startswith("inkling: ")
    assert says in last
    assert output.out == ""
