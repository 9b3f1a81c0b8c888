"""The model's process frozen or killed, at the real service."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.shipped import ROOT, require_bundle

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc"),
]

_HANG = 300.0
"""Only a hang takes longer, on the slowest machine."""


@dataclass
class Service:
    """The real service and its two processes."""

    client: httpx.Client
    process: "subprocess.Popen[str]"

    @property
    def worker(self) -> int:
        """The number of the model's process; 0 while there is none."""
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        numbers = [int(number) for one in children for number in one.read_text().split()]
        return numbers[0] if numbers else 0

    def ask(self) -> httpx.Response:
        return self.client.post("/v1/suggestions", json={"prefix": "Thank you for"})


@pytest.fixture
def service() -> Iterator[Service]:
    require_bundle()
    command = [sys.executable, "-m", "inkling.service", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"ready at (http://\S+) after", line)
        assert found is not None, line
        threading.Thread(target=process.stderr.read, daemon=True).start()
        with httpx.Client(base_url=found[1], timeout=_HANG) as client:
            yield Service(client, process)
        process.kill()
        process.wait(20)


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _HANG
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_frozen_worker_is_noticed_and_replaced(service: Service) -> None:
    worker = service.worker
    os.kill(worker, signal.SIGSTOP)
    answer = service.ask()
    assert answer.status_code == 503
    assert answer.json()["error"]["type"] == "not_ready"
    assert int(answer.headers["Retry-After"]) >= 1
    assert service.client.get("/readyz").status_code == 503
    until(lambda: service.client.get("/readyz").status_code == 200)
    assert service.worker != worker
    assert service.ask().status_code == 200


def test_a_machine_that_was_suspended_keeps_its_worker(service: Service) -> None:
    worker = service.worker
    for number in (service.process.pid, worker):
        os.kill(number, signal.SIGSTOP)
    time.sleep(4)  # longer than the silence of a frozen worker
    for number in (service.process.pid, worker):
        os.kill(number, signal.SIGCONT)
    assert service.ask().status_code == 200
    time.sleep(1)
    assert service.worker == worker


def test_a_worker_that_reads_a_long_draft_is_not_taken_for_frozen(service: Service) -> None:
    worker = service.worker
    body = {"prefix": "Please read this. " * 1100, "beam_width": 16, "max_words": 15}
    assert service.client.post("/v1/suggestions", json=body).status_code == 200
    assert service.worker == worker


def test_the_worker_ends_with_the_service(service: Service) -> None:
    worker = service.worker
    service.process.kill()
    service.process.wait(20)
    until(lambda: not Path(f"/proc/{worker}").exists())
