"""The image calls nobody and writes nothing: traced in a container as docker-compose.yml runs it."""

import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.containers.engine import build, docker, done, needs_engine
from tests.programs.guard import CALLS, read_trace

_TRACED = f"""
FROM inkling-under-test
USER root
RUN apt-get update -qq && apt-get install -y -qq --no-install-recommends strace
USER 10001:10001
ENTRYPOINT ["strace", "-f", "-qq", "-yy", "-s", "4096", "-e", "trace={CALLS}", "inkling"]
"""
_ASK = """
import json, urllib.request
body = json.dumps({"prefix": "Thank you for", "min_confidence": 0}).encode()
asked = urllib.request.Request(
    "http://127.0.0.1:8000/v1/suggestions", body, {"Content-Type": "application/json"}
)
print(json.load(urllib.request.urlopen(asked, timeout=60))["model"])
"""
# strace is the first process; the service is its child.
_STOP = "import os; os.kill(int(open('/proc/1/task/1/children').read().split()[0]), 15)"
_START_SECONDS = 120


@pytest.fixture(scope="module")
def container() -> Iterator[str]:
    """The name of a container without a network, its root read-only, in which the service is traced."""
    needs_engine()
    build("inkling-under-test")
    done("build", "--network", "host", "--tag", "inkling-traced", "-", stdin=_TRACED)
    name = f"inkling-egress-{uuid.uuid4().hex[:8]}"
    limits = ("--read-only", "--tmpfs", "/tmp:size=64m", "--cap-drop", "ALL", "--pids-limit", "256")
    done(
        "run", "--detach", "--name", name, "--network", "none", *limits,
        "--security-opt", "no-new-privileges:true", "--env", "INKLING_ALLOW_ANONYMOUS=true",
        "inkling-traced", "serve",
    )  # fmt: skip
    try:
        yield name
    finally:
        docker("rm", "--force", name)


@pytest.mark.timeout(1800)
def test_a_container_calls_nobody_and_writes_nothing(container: str) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while "ready at" not in (log := done("logs", container)):
        running = done("inspect", "--format", "{{.State.Running}}", container).strip() == "true"
        assert running, log[-4000:]
        assert time.monotonic() < deadline, log[-4000:]
        time.sleep(0.2)
    assert done("exec", container, "python", "-c", _ASK).startswith("inkling")
    left = done("exec", container, "find", "/tmp", "-mindepth", "1")
    assert left == ""
    done("exec", container, "python", "-c", _STOP)
    assert done("wait", container).strip() == "0"
    trace = read_trace(done("logs", container), Path("/tmp"))
    assert list(trace.sockets) == ["bind 0.0.0.0:8000"]
    assert list(trace.files) == []
    assert done("diff", container) == ""
