"""Nothing calls out and nothing is left behind: the service and each command, under strace."""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
from pathlib import Path

import httpx
import psutil
import pytest

from tests.integration.training.test_train_command import CONFIG, SIZES
from tests.materials.bundles import make_bundle
from tests.materials.letters import write_mail
from tests.programs.guard import ROOT, Guard

pytestmark = pytest.mark.slow

WATCHED_SECONDS = 12
"""How long an idle service is watched: ONNX Runtime's look-ups begin seconds after its import."""

CLI = ("-c", "from inkling.service.cli import main; main()")


@pytest.fixture(scope="module")
def material(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `tiny`, `mail.jsonl` and `config.json`."""
    folder = tmp_path_factory.mktemp("egress")
    make_bundle(folder / "tiny", phrases=True)
    write_mail(folder / "mail.jsonl", 200, people=40)
    (folder / "config.json").write_text(json.dumps(CONFIG))
    return folder


def test_the_service_answers_and_learns_without_calling_out(material: Path, tmp_path: Path) -> None:
    guard = Guard(tmp_path / "guard")
    command = guard.command("-m", "inkling.service", "--port", "0", "--bundle", str(material / "tiny"))
    with subprocess.Popen(
        command, cwd=guard.cwd, env=guard.environment, stderr=subprocess.PIPE, text=True
    ) as strace:
        try:
            assert strace.stderr is not None
            line = strace.stderr.readline()
            match = re.search(r"ready at (http://\S+) after", line)
            assert match is not None, line + strace.stderr.read()
            with httpx.Client(base_url=match[1], timeout=60, trust_env=False) as client:
                for prefix in ("", "Thank you for", "Could you se"):
                    body = {"prefix": prefix, "session_id": "draft", "user_id": "writer", "min_confidence": 0}
                    assert client.post("/v1/suggestions", json=body).status_code == 200
                sent = {"text": "The apple tree by the river is in flower again this spring."}
                learned = client.post("/v1/users/writer/messages", json=sent)
                assert learned.is_success, learned.text
                end = time.monotonic() + WATCHED_SECONDS
                while time.monotonic() < end:
                    assert client.get("/metrics").status_code == 200
                    time.sleep(0.5)
        finally:
            for child in psutil.Process(strace.pid).children():
                child.terminate()
            _, errors = strace.communicate(timeout=60)
    assert strace.returncode == 0, errors
    guard.check([guard.home / ".local"])
    kept = {path.relative_to(guard.home) for path in guard.home.rglob("*") if path.is_file()}
    profiles = Path(".local/share/inkling/profiles.db")
    # SQLite leaves its log to the next start where two processes close the file at the same moment.
    log_of_sqlite = {profiles.with_name(f"profiles.db-{name}") for name in ("wal", "shm")}
    assert kept - log_of_sqlite == {profiles, profiles.with_name("profiles.db-erasures")}
    assert list(guard.cwd.iterdir()) == []


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        return int(listener.getsockname()[1])


@pytest.mark.parametrize(
    "name", ["complete", "bundle", "doctor", "calibrate", "evaluate", "train", "compare"]
)
def test_a_command_writes_only_what_was_asked_for(name: str, material: Path, tmp_path: Path) -> None:
    guard = Guard(tmp_path / "guard")
    bundle, out = tmp_path / "bundle", tmp_path / "out"
    shutil.copytree(material / "tiny", bundle)
    data = ("--data", str(material / "mail.jsonl"))
    few = ("--messages", "2")
    given, asked = {
        "complete": (["Thank you", "--bundle", str(bundle)], []),
        "bundle": ([str(bundle)], []),
        "doctor": (["--bundle", str(bundle), "--port", str(free_port())], []),
        "calibrate": (["--bundle", str(bundle), *data, *few, "--precision", "0.01"], [bundle]),
        "evaluate": (["--bundle", str(bundle), *data, *few, "--report", str(out)], [out]),
        "train": (
            [
                *data,
                "--out",
                str(out),
                "--config",
                str(material / "config.json"),
                *SIZES,
                "--steps",
                "10",
                "--from-scratch",
            ],
            [out, tmp_path / "out.run"],
        ),
        "compare": (
            [*data, "--out", str(out), "--only", "temperature", "--only", "training-speed"],
            [out],
        ),
    }[name]
    result = guard.run(*CLI, name, *given)
    assert result.returncode == 0, result.stderr
    guard.check(asked)
    assert list(guard.home.iterdir()) == list(guard.cwd.iterdir()) == []


def test_a_program_that_embeds_the_models_sends_nothing_either(material: Path, tmp_path: Path) -> None:
    program = f"""
import os, sys
assert "ORT_DISABLE_TELEMETRY" not in os.environ
from pathlib import Path
from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.loading import load_completer
load_completer(load_bundle(Path({str(material / "tiny")!r})), "cpu")
assert os.environ["ORT_DISABLE_TELEMETRY"] == "1"
"""
    guard = Guard(tmp_path / "guard")
    result = guard.run("-c", program)
    assert result.returncode == 0, result.stderr
    guard.check()


@pytest.mark.parametrize(("setting", "warned"), [({}, True), ({"ORT_DISABLE_TELEMETRY": "1"}, False)])
def test_a_program_that_imported_the_runtime_first_is_warned(
    setting: dict[str, str], warned: bool, tmp_path: Path
) -> None:
    program = "import onnxruntime\nimport inkling.models.runtime.onnx"
    result = subprocess.run(
        [sys.executable, "-c", program],
        env={
            **os.environ,
            "HOME": str(tmp_path),
            "PYTHONPATH": str(ROOT),
            "ORT_DISABLE_TELEMETRY": "",
            **setting,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ("set ORT_DISABLE_TELEMETRY=1" in result.stderr) is warned
