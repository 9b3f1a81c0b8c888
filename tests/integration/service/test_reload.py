"""The real service takes another bundle while it answers."""

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.materials.bundles import make_bundle
from tests.materials.key_files import bearer, key_file, key_line
from tests.programs.shipped import ROOT
from tests.waiting import until

_HANG = 300.0
_KEYS = (key_line("ops", "admin-key", "suggest", "admin"), key_line("ada", "ada-key"))


@dataclass
class Service:
    """The real service over a folder that the test may replace."""

    client: httpx.Client
    process: "subprocess.Popen[str]"
    bundle: Path
    log: list[str] = field(default_factory=list)

    def put(self, bundle: Path) -> None:
        """Put another bundle in the place of the served one."""
        shutil.move(self.bundle, self.bundle.with_name(f"old-{time.monotonic_ns()}"))
        shutil.copytree(bundle, self.bundle)

    def reload(self, key: str = "admin-key") -> httpx.Response:
        return self.client.post("/v1/admin/reload", headers=bearer(key))

    def model(self) -> str:
        return str(self.ask("draft-of-nobody-else")["model"])

    def ask(self, draft: str) -> dict[str, Any]:
        """Model and suggestions of an answer."""
        body = {"prefix": "Thank you for", "session_id": draft, "min_confidence": 0, "interruption_ms": 0}
        while (told := self._ask(body)) is None:
            time.sleep(0.1)
        return {"model": told["model"], "texts": [one["text"] for one in told["suggestions"]]}

    def _ask(self, body: dict[str, Any]) -> dict[str, Any] | None:
        """An answer; None where the machine is too busy for one."""
        answer = self.client.post("/v1/suggestions", json=body, headers=bearer("ada-key"))
        if answer.status_code == 429:
            return None
        assert answer.status_code == 200
        told: dict[str, Any] = answer.json()
        return told

    def workers(self) -> list[int]:
        """The numbers of the processes that hold a model."""
        children = Path(f"/proc/{self.process.pid}/task").glob("*/children")
        numbers = [int(number) for one in children for number in one.read_text().split()]
        return [number for number in numbers if Path(f"/proc/{number}/cmdline").read_bytes()]

    def lose_each_worker(self) -> None:
        """Kill one worker after the other, each when the one before it is replaced."""
        until(lambda: len(self.workers()) == 2)  # after a reload those of before still end
        replaced = self._count("inkling_workers_replaced_total")
        for number, worker in enumerate(self.workers(), 1):
            os.kill(worker, signal.SIGKILL)
            until(partial(self._has_replaced, replaced + number))

    def _has_replaced(self, workers: float) -> bool:
        ready = self._count('inkling_replicas{state="ready"}')
        return ready == 2 and self._count("inkling_workers_replaced_total") == workers

    def _count(self, metric: str) -> float:
        lines = self.client.get("/metrics").text.splitlines()
        (found,) = [line for line in lines if line.startswith(f"{metric} ")]
        return float(found.rpartition(" ")[2])


@pytest.fixture
def bundles(tmp_path: Path) -> tuple[Path, Path]:
    return make_bundle(tmp_path / "first"), make_bundle(tmp_path / "second", phrases=True)


@pytest.fixture
def service(tmp_path: Path, bundles: tuple[Path, Path]) -> Iterator[Service]:
    served = tmp_path / "served"
    shutil.copytree(bundles[0], served)
    keys = key_file(tmp_path, *_KEYS)
    command = [sys.executable, "-m", "inkling.service", "--port", "0", "--bundle", str(served)]
    command += ["--api-keys", str(keys), "--replicas", "2", "--no-spare"]
    command += ["--max-wait-ms", "60000"]  # a slow machine is no reason to refuse
    environment = {**os.environ, "XDG_DATA_HOME": str(tmp_path)}
    with subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stderr is not None
        line = process.stderr.readline()
        found = re.search(r"ready at (http://\S+) after", line)
        assert found is not None, line
        with httpx.Client(base_url=found[1], timeout=_HANG) as client:
            service = Service(client, process, served)
            threading.Thread(target=lambda: service.log.extend(process.stderr or ()), daemon=True).start()
            yield service
        process.kill()
        process.wait(20)


def test_another_bundle_serves_without_a_request_lost(service: Service, bundles: tuple[Path, Path]) -> None:
    first = service.model()
    assert service.reload().json() == {"model": first, "changed": False}
    statuses: list[int] = []
    stop = threading.Event()

    def type_on() -> None:
        with httpx.Client(base_url=service.client.base_url, timeout=_HANG) as client:
            while not stop.is_set():
                body = {"prefix": "Thank you for your", "session_id": f"draft-{len(statuses) % 7}"}
                answer = client.post("/v1/suggestions", json=body, headers=bearer("ada-key"))
                statuses.append(answer.status_code)

    typist = threading.Thread(target=type_on)
    typist.start()
    try:
        service.put(bundles[1])
        answer = service.reload()
        assert answer.json()["changed"] is True
        assert answer.json()["model"] == service.model() != first
    finally:
        stop.set()
        typist.join()
    assert len(statuses) > 2
    assert 200 in statuses
    assert set(statuses) <= {200, 429}, "a busy machine refuses, and loses nothing"


def test_a_bad_bundle_is_refused_and_the_old_one_stays(service: Service, bundles: tuple[Path, Path]) -> None:
    first = service.model()
    broken = bundles[1]
    (broken / "weights.safetensors").write_bytes(b"no weights")
    service.put(broken)
    answer = service.reload()
    assert answer.status_code == 409
    assert answer.json()["error"]["type"] == "bundle_refused"
    assert "weights.safetensors" in answer.json()["error"]["message"]
    assert service.model() == first


def test_a_lost_worker_comes_back_with_the_bundle_that_is_served(
    service: Service, bundles: tuple[Path, Path]
) -> None:
    asked = [f"draft-{number}" for number in range(8)]
    before = [service.ask(draft) for draft in asked]
    service.put(bundles[1])
    service.lose_each_worker()
    assert [service.ask(draft) for draft in asked] == before
    broken = bundles[1]
    (broken / "weights.safetensors").write_bytes(b"no weights")
    service.put(broken)
    assert service.reload().status_code == 409
    service.lose_each_worker()
    assert [service.ask(draft) for draft in asked] == before


def test_files_that_are_written_over_change_nothing_that_is_served(
    service: Service, bundles: tuple[Path, Path]
) -> None:
    before = service.ask("draft")
    for file in bundles[1].iterdir():
        (service.bundle / file.name).write_bytes(file.read_bytes())
    service.lose_each_worker()
    assert service.ask("draft") == before
    assert service.reload().json()["changed"] is True
    after = service.ask("draft")
    assert after["model"] != before["model"]
    service.put(bundles[0])
    service.lose_each_worker()
    assert service.ask("draft") == after


def test_a_signal_does_the_same(service: Service, bundles: tuple[Path, Path]) -> None:
    first = service.model()
    service.process.send_signal(signal.SIGHUP)
    until(lambda: any("the bundle has not changed" in line for line in service.log))
    service.put(bundles[1])
    service.process.send_signal(signal.SIGHUP)
    until(lambda: service.model() != first)


def test_only_an_admin_may_ask_for_it(service: Service) -> None:
    assert service.reload("ada-key").status_code == 403
    assert service.client.post("/v1/admin/reload").status_code == 401
