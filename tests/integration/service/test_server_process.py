"""`inkling serve` as a process: its one line when ready, its one line when not, and its end."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from inkling.service.cli import main
from tests.materials.bundles import make_bundle
from tests.programs.serving import assert_error

_ROOT = Path(__file__).parents[3]

# The model stands still in a search until a line comes in.
_SERVE_FAKE = """
import sys
from functools import partial
import inkling.service.host
from inkling.service.cli import main
from tests.programs.serving import ServedFake, launch_fake

class Slow(ServedFake):
    def search(self, *arguments, **keywords):
        print("searching", flush=True)
        sys.stdin.readline()
        return super().search(*arguments, **keywords)

inkling.service.host.launch_worker = partial(launch_fake, Slow())
main(["serve", *sys.argv[1:]])
"""


def _environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INKLING_")}
    return {**kept, "PYTHONUNBUFFERED": "1"}


@contextmanager
def _process(*arguments: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """A serving process on a free port and its address."""
    with subprocess.Popen(
        [sys.executable, "-c", _SERVE_FAKE, "--port", "0", "--threads", "1", *arguments],
        cwd=_ROOT,
        env=_environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            assert process.stderr is not None
            line = process.stderr.readline()
            match = re.search(r"ready at (http://127\.0\.0\.1:\d+) after [\d.]+ s, model fake-1", line)
            assert match is not None, line + process.stderr.read()
            yield process, match[1]
        finally:
            process.kill()


def _only_line(errors: str) -> str:
    (line,) = errors.splitlines()
    assert line.startswith("inkling: ")
    return line


def test_a_signal_finishes_what_is_in_flight_and_exits_0() -> None:
    with _process() as (process, address), ThreadPoolExecutor() as pool:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stderr is not None
        body = {"prefix": "in flight"}
        answer = pool.submit(httpx.post, f"{address}/v1/suggestions", json=body, timeout=30)
        assert process.stdout.readline() == "searching\n"
        process.send_signal(signal.SIGTERM)
        process.stdin.write("go\n")
        process.stdin.flush()
        assert answer.result().status_code == 200
        assert process.wait(30) == 0
        errors = process.stderr.read()
    assert "Traceback" not in errors
    assert "POST /v1/suggestions 200" in errors
    assert "in flight" not in errors


def test_the_end_waits_no_longer_than_the_drain_time() -> None:
    with _process("--drain-seconds", "1") as (process, address), ThreadPoolExecutor() as pool:
        assert process.stdout is not None
        assert process.stderr is not None
        body = {"prefix": "never done"}
        answer = pool.submit(httpx.post, f"{address}/v1/suggestions", json=body, timeout=30)
        assert process.stdout.readline() == "searching\n"
        process.send_signal(signal.SIGINT)
        assert_error(answer.result(), 503, "stopping")
        assert process.wait(30) == 0
        errors = process.stderr.read()
    assert "Traceback" not in errors
    assert "never done" not in errors


def test_an_unknown_bundle_is_one_line(tmp_path: Path) -> None:
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "inkling.service",
            "--port",
            "0",
            "--bundle",
            str(tmp_path / "no-such-bundle"),
        ],
        cwd=_ROOT,
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert result.returncode == 2, result.stderr
    assert result.stdout == ""
    assert "no-such-bundle" in _only_line(result.stderr)


def _fail(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    with pytest.raises(SystemExit) as ending:
        main(["serve", *arguments])
    assert ending.value.code == 2
    output = capsys.readouterr()
    assert output.out == ""
    return _only_line(output.err)


def test_a_port_in_use_is_one_line(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        # The bundle does not exist either: the port is looked at first, as loading takes long.
        line = _fail(capsys, "--port", str(port), "--bundle", str(tmp_path))
    assert f"port {port}" in line
    assert "in use" in line


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        (["--port", "70000"], "INKLING_PORT"),
        (["--port", "many"], "--port"),
        (["--host", "0.0.0.0"], "--allow-anonymous"),
        (["--host", "no.such.host.invalid", "--allow-anonymous"], "no.such.host.invalid"),
        (["--api-keys", "no-such-file"], "no-such-file"),
        (["--no-such-option"], "--no-such-option"),
        (["--device", "tpu"], "--device"),
    ],
)
def test_bad_input_is_one_line(
    capsys: pytest.CaptureFixture[str], arguments: Sequence[str], expected: str
) -> None:
    assert expected in _fail(capsys, "--port", "0", *arguments)


@pytest.mark.parametrize("arguments", [["--help"], ["serve", "--help"]])
def test_help_loads_no_model_library(arguments: Sequence[str]) -> None:
    program = f"""
import sys
from inkling.service.cli import main
try:
    main({list(arguments)!r})
except SystemExit as ending:
    assert not ending.code
assert "torch" not in sys.modules
"""
    output = subprocess.check_output([sys.executable, "-c", program], cwd=_ROOT, text=True, timeout=60)
    assert output.startswith("Usage: inkling")


def test_serving_in_eight_bits_loads_no_torch(tmp_path: Path) -> None:
    bundle = make_bundle(tmp_path / "tiny")
    program = f"""
import sys
from pathlib import Path
import inkling.service.http.app, inkling.service.engine.worker.process
from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.loading import load_completer
load_completer(load_bundle(Path({str(bundle)!r})), "cpu")
print("torch" in sys.modules)
"""
    output = subprocess.check_output([sys.executable, "-c", program], cwd=_ROOT, text=True, timeout=60)
    assert output.split() == ["False"]
