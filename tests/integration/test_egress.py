"""Nothing calls home: the service and every command, watched by strace."""

import json
import os
import re
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import httpx
import pytest

from tests.egress import trace
from tests.letters import write_mail
from tests.shipped import ROOT, require_bundle

INKLING = [sys.executable, "-c", "from service.cli import main; main()"]
SMALL = {"hidden_size": 24, "embedding_size": 16, "vocabulary_size": 500, "layers": 1}
SHORT = {"warmup_steps": 5, "steps": 40, "batch_size": 8, "sequence_length": 32, "dev_interval": 20}


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """A home, a cache and a data folder of its own, so that every file there is seen."""
    home = tmp_path / "home"
    home.mkdir()
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("INKLING_", "XDG_"))}
    kept.pop("ORT_DISABLE_TELEMETRY", None)
    kept.pop("MPLCONFIGDIR", None)
    return {**kept, "HOME": str(home), "PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1"}


def test_the_guard_sees_a_program_that_calls_out_and_one_that_writes(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    program = (
        "import pathlib, socket\n"
        "pathlib.Path.home().joinpath('.device-id').write_text('x')\n"
        "socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b'x', ('127.0.0.1', 9))\n"
        "try: socket.create_connection(('127.0.0.1', 9))\n"
        "except OSError: pass\n"
    )
    folder = tmp_path / "run"
    folder.mkdir()
    seen, _ = trace.run(
        [sys.executable, "-c", program], tmp_path / "log", cwd=folder, environment=environment
    )
    assert seen.foreign_peers() == {("127.0.0.1", 9)}
    assert seen.written_outside(folder) == {str(tmp_path / "home" / ".device-id")}
    assert seen.foreign_peers(own_ports=[9]) == set()


def test_the_service_has_no_socket_but_its_own_and_writes_nothing(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    require_bundle()
    folder, log = tmp_path / "run", tmp_path / "log"
    folder.mkdir()
    program = [sys.executable, "-m", "service", "--port", "0", "--profiles", str(folder / "profiles.db")]
    with trace.running(program, log, cwd=folder, environment=environment) as tracer:
        assert tracer.stderr is not None
        line = tracer.stderr.readline()
        found = re.search(r"ready at (http://127\.0\.0\.1:(\d+)) after", line)
        assert found is not None, line + tracer.stderr.read()
        threading.Thread(target=tracer.stderr.read, daemon=True).start()
        with httpx.Client(base_url=found[1], timeout=60) as client:
            for body in (
                {"prefix": "Can we sched"},
                {"prefix": "Please find", "session_id": "a", "context": {"subject": "Minutes"}},
                {"prefix": "Please find attached", "session_id": "a", "user_id": "ada"},
            ):
                assert client.post("/v1/suggestions", json=body).status_code == 200
            learned = client.post("/v1/users/ada/messages", json={"text": "The ferns need water today."})
            assert learned.status_code == 200
            for path in ("/", "/inkling.js", "/readyz", "/metrics", "/v1/models", "/v1/users/ada"):
                assert client.get(path).status_code == 200
            assert client.delete("/v1/users/ada").status_code == 204
    seen = trace.read(log)
    assert seen.foreign_peers() == set()
    assert seen.written_outside(folder) == set()
    assert {Path(path).name.partition("-")[0] for path in seen.written} == {"profiles.db"}


def test_no_command_has_a_socket_or_leaves_a_file_that_was_not_asked_for(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    pytest.importorskip("torch")
    folder = tmp_path / "run"
    folder.mkdir()
    write_mail(folder / "mail.jsonl", 300, people=60)
    write_mail(folder / "later.jsonl", 30, people=6)
    (folder / "config.json").write_text(json.dumps({"model": SMALL, "training": SHORT}))
    commands: Mapping[str, list[str]] = {
        "train": ["--data", "mail.jsonl", "--out", "mine", "--config", "config.json", "--threads", "1"],
        "calibrate": ["--bundle", "mine", "--data", "later.jsonl", "--messages", "10", "--precision", "0"],
        "evaluate": ["--bundle", "mine", "--data", "later.jsonl", "--messages", "4", "--report", "report"],
        "bundle": ["mine"],
        "complete": ["--bundle", "mine", "Thank you for"],
    }
    for name, arguments in commands.items():
        log = tmp_path / f"{name}.log"
        seen, result = trace.run([*INKLING, name, *arguments], log, cwd=folder, environment=environment)
        assert result.returncode == 0, (name, result.stderr)
        assert seen.foreign_peers() == set(), name
        outside = seen.written_outside(folder)
        assert {path for path in outside if Path(path).exists()} == set(), name
        assert not any(path.startswith(environment["HOME"]) for path in outside), name


def test_onnx_runtime_is_imported_in_one_place() -> None:
    importing = {
        str(path.relative_to(ROOT))
        for folder in ("models", "service", "benchmarks")
        for path in (ROOT / folder).rglob("*.py")
        if re.search(r"^\s*(?:import onnxruntime|from onnxruntime)", path.read_text("utf-8"), re.MULTILINE)
    }
    assert importing == {"models/runtime/ort.py"}
