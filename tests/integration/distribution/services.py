"""Small real services, each a process that can be killed, and a real HAProxy before them."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx

from tests.missing import missing
from tests.waiting import HANG, until

ROOT = Path(__file__).parents[3]
CONFIGURATION = ROOT / "deploy" / "compose" / "haproxy.cfg"


class Service:
    """A service on a port of its own, which is the same after another start."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self._command = [
            *(sys.executable, "-m", "inkling.service", "--port", str(self.port), "--no-spare"),
            *("--bundle", str(folder / "tiny"), "--profiles", str(folder / "profiles.db"), *options),
        ]
        self._process: subprocess.Popen[str] | None = None
        self.client = httpx.Client(base_url=self.url, timeout=HANG)

    def start(self) -> None:
        """Start it, and wait until it serves."""
        assert self._process is None
        environment = {name: value for name, value in os.environ.items() if not name.startswith("INKLING_")}
        self._process = process = subprocess.Popen(
            self._command,
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stderr is not None
        while not re.search(r"ready at http://\S+ after", line := process.stderr.readline()):
            assert line, "the service has ended"
        threading.Thread(target=process.stderr.read, daemon=True).start()

    def send(self, number: int) -> None:
        """Send a signal to the service and its model processes."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    @property
    def runs(self) -> bool:
        """Whether its process has not ended."""
        return self._process is not None and self._process.poll() is None

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self.send(signal.SIGKILL)
            self._process.wait()
            assert self._process.stderr is not None
            self._process.stderr.close()
            self._process = None

    def stop(self) -> None:
        """Ask it to end, and wait for that."""
        assert self._process is not None
        self._process.terminate()
        assert self._process.wait(HANG) == 0
        self.kill()

    def knows(self, session: str) -> bool:
        """Whether a draft lives here."""
        return self.client.get(f"/v1/sessions/{session}").status_code == 200


@contextmanager
def services(folder: Path, count: int, *options: str) -> Iterator[list[Service]]:
    """Running services, which end with the block."""
    started = [Service(folder, *options) for _ in range(count)]
    try:
        with ThreadPoolExecutor(count) as pool:
            list(pool.map(Service.start, started))
        yield started
    finally:
        for service in started:
            service.kill()
            service.client.close()


class Proxy:
    """HAProxy with the configuration that ships."""

    def __init__(self, url: str, log: Path) -> None:
        self.url, self._log = url, log
        self.client = httpx.Client(base_url=url, timeout=HANG)

    @property
    def address(self) -> tuple[str, int]:
        """Where it listens."""
        return "127.0.0.1", int(self.url.rpartition(":")[2])

    @property
    def log(self) -> str:
        """All that it has said."""
        return self._log.read_text()

    def client_at(self, address: str) -> httpx.Client:
        """A client of another address of this machine."""
        transport = httpx.HTTPTransport(local_address=address)
        return httpx.Client(base_url=self.url, timeout=HANG, transport=transport)

    def suggest(self, prefix: str, session: str | None = None, **more: Any) -> httpx.Response:
        """Ask for any suggestion."""
        body = {"prefix": prefix, "min_confidence": 0, "interruption_ms": 0, **more}
        if session is not None:
            body["session_id"] = session
        return self.client.post("/v1/suggestions", json=body)


@contextmanager
def proxy(folder: Path, ports: Sequence[int]) -> Iterator[Proxy]:
    """A proxy before the two replicas that listen on these ports; it sees one of them ready."""
    binary = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
    if binary is None:
        missing("haproxy is not installed")
    log = folder / "haproxy.log"
    port = free_port()
    addresses = {f"REPLICA_{number}": f"127.0.0.1:{one}" for number, one in enumerate(ports, 1)}
    environment = {"LISTEN": f"127.0.0.1:{port}", **addresses}
    with log.open("wb") as output:
        process = subprocess.Popen(
            [binary, "-f", CONFIGURATION], env=environment, stdout=output, stderr=output
        )
    running = Proxy(f"http://127.0.0.1:{port}", log)
    try:
        with running.client:
            until(lambda: answers(running))
            yield running
    finally:
        process.kill()
        process.wait()


def answers(running: Proxy) -> bool:
    """Whether the proxy takes requests."""
    try:
        return running.client.get("/readyz").status_code == 200
    except httpx.TransportError:
        return False


def free_port() -> int:
    """A port that nobody listens on."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
    return port
