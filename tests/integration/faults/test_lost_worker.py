"""The model's process frozen or killed, at the real service."""

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import httpx
import pytest

from tests.programs.shipped import ROOT, require_bundle
from tests.waiting import until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="needs Linux's /proc"),
]

_HANG = 300.0
"""Only a hang takes longer, on the slowest machine."""


@dataclass
class Service:
    """The real service and its processes: its own, the model's, and the spare's."""

    client: httpx.Client
    process: "subprocess.Popen[str]"
    log: list[str] = field(default_factory=list)

    @property
    def workers(self) -> list[int]:
        """The numbers of the processes that hold a model, the oldest first: it serves."""
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        return sorted(int(number) for one in children for number in one.read_text().split())

    @property
    def worker(self) -> int:
        """The number of the model's process; 0 while there is none."""
        return next(iter(self.workers), 0)

    def has_spare(self) -> bool:
        """Whether a spare is ready, as the log says."""
        return any("spare" in line for line in self.log)

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
        with httpx.Client(base_url=found[1], timeout=_HANG) as client:
            service = Service(client, process)
            threading.Thread(target=lambda: service.log.extend(process.stderr or ()), daemon=True).start()
            until(service.has_spare)
            yield service
        process.kill()
        process.wait(20)


def test_a_frozen_worker_is_noticed_and_replaced(service: Service) -> None:
    worker = service.worker
    os.kill(worker, signal.SIGSTOP)
    assert service.ask().status_code == 200
    until(lambda: worker not in service.workers)
    assert service.client.get("/readyz").status_code == 200


def test_a_worker_that_is_killed_costs_no_answer(service: Service) -> None:
    for _ in range(3):
        worker = service.worker
        asked = [service.ask().status_code for _ in range(5)]
        os.kill(worker, signal.SIGKILL)
        asked += [service.ask().status_code for _ in range(20)]
        assert asked == [200] * 25
        service.log.clear()
        until(service.has_spare)


def test_without_a_spare_it_says_when_to_come_again_until_another_worker_serves(service: Service) -> None:
    for worker in reversed(service.workers):
        os.kill(worker, signal.SIGKILL)
    until(lambda: not service.workers or service.ask().status_code == 503)
    answer = service.ask()
    if answer.status_code != 200:  # else another one has been quicker
        assert answer.status_code == 503
        assert int(answer.headers["Retry-After"]) >= 1
    until(lambda: service.ask().status_code == 200)


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
