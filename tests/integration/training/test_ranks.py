"""`inkling train` under torchrun: two processes train as one does, and write as one does."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from safetensors.numpy import load_file

from inkling.models.bundle.bundle import load_bundle
from inkling.models.training.scalars import read_scalars
from tests.materials.letters import write_mail

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
INKLING = ["-c", "from inkling.service.cli import main; main()"]
SIZES = [
    "--hidden-size", "24", "--embedding-size", "16", "--vocabulary-size", "500", "--threads", "1",
    "--dev-interval", "20", "--learning-rate", "0.01", "--from-scratch", "--keep-worse",
]  # fmt: skip
CONFIG = {
    "model": {"dropout": 0.0},
    "training": {"warmup_steps": 5, "sequence_length": 32, "precision": "float32"},
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("ranks")
    write_mail(folder / "mail.jsonl", 200, people=40)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    (folder / "command.py").write_text(INKLING[1])
    return folder


def train(folder: Path, out: str, processes: int, *options: str) -> "subprocess.CompletedProcess[str]":
    """Run the command in so many processes."""
    start = [sys.executable, str(folder / "command.py")]
    if processes > 1:
        torchrun = [sys.executable, "-m", "torch.distributed.run", "--standalone"]
        start = [*torchrun, "--nproc-per-node", str(processes), str(folder / "command.py")]
    given = ["--data", str(folder / "mail.jsonl"), "--out", str(folder / out)]
    command = [*start, "train", *given, "--config", str(folder / "config.json"), *SIZES, *options]
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    return subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600, check=False
    )


def losses(folder: Path, out: str) -> list[float]:
    return [float(row["loss"]) for row in read_scalars(folder / f"{out}.run" / "scalars.csv")]


def test_two_processes_have_the_losses_of_one(folder: Path) -> None:
    options = ["--steps", "40", "--batch-size", "8"]
    alone = train(folder, "alone", 1, *options)
    assert alone.returncode == 0, alone.stderr
    both = train(folder, "both", 2, *options)
    assert both.returncode == 0, both.stderr
    assert len(losses(folder, "both")) == 40
    assert losses(folder, "both") == pytest.approx(losses(folder, "alone"), rel=1e-4)
    for name in ("pieces", "dev_perplexity"):
        one, two = (
            [row[name] for row in read_scalars(folder / f"{out}.run" / "scalars.csv")]
            for out in ("alone", "both")
        )
        assert [float(value or 0) for value in two] == pytest.approx(
            [float(value or 0) for value in one], rel=1e-3
        )
    # One of them tells the result and writes the bundle.
    (line,) = [line for line in both.stdout.splitlines() if line.startswith("{")]
    assert json.loads(line)["bundle"] == str(folder / "both")
    assert (
        load_bundle(folder / "both").manifest.parameters == load_bundle(folder / "alone").manifest.parameters
    )
    files = [sorted(path.name for path in (folder / f"{out}.run").iterdir()) for out in ("alone", "both")]
    assert files[0] == files[1]

    # A run goes on in any number of processes.
    more = ["--steps", "60", "--batch-size", "8"]
    assert train(folder, "alone", 2, *more).returncode == 0
    assert train(folder, "both", 1, *more).returncode == 0
    assert len(losses(folder, "alone")) == 60
    assert losses(folder, "both") == pytest.approx(losses(folder, "alone"), rel=1e-3)
    states = [
        load_file(folder / f"{out}.run" / "checkpoint.safetensors")["state"] for out in ("alone", "both")
    ]
    assert states[0].shape == states[1].shape == (8, 48)
    assert states[0] == pytest.approx(states[1], abs=1e-2)


def test_two_processes_share_the_contexts_that_a_model_encodes(folder: Path) -> None:
    options = ["--steps", "10", "--batch-size", "8", "--context-encoder", "bigru"]
    for out, processes in (("encoded alone", 1), ("encoded by both", 2)):
        trained = train(folder, out, processes, "--name", "encoded", *options)
        assert trained.returncode == 0, trained.stderr
    assert losses(folder, "encoded by both") == pytest.approx(losses(folder, "encoded alone"), rel=1e-4)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--batch-size", "9"], "a batch_size of 9 cannot be shared by 2 processes"),
        (["--batch-size", "8", "--data", "nowhere.mbox"], "nowhere.mbox: does not exist"),
    ],
)
def test_what_two_cannot_train_is_said_once(folder: Path, options: list[str], words: str) -> None:
    done = train(folder, "never", 2, "--steps", "4", *options)
    assert done.returncode != 0
    assert done.stderr.count(words) == 1
    assert "inkling.service" not in done.stderr, "a traceback of ours"
    assert not (folder / "never").exists()
