"""What a company runs, on one machine: services that share two Redis servers, behind HAProxy.

The proxy has the configuration that ships. Every part is a process of its own that can be killed or paused.
"""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx

from benchmarks.reporting.extras import missing

try:
    import redis
except ModuleNotFoundError:
    missing("redis", "redis")

_ROOT = Path(__file__).parents[2]
_PROXY = _ROOT / "deploy" / "compose" / "haproxy.cfg"
_PATIENCE = 120.0
_LOOK = 0.05
_ANYWHERE = ("/usr/sbin", "/usr/local/sbin")


class Part:
    """One program in a group of processes of its own, which is started by the same command each time."""

    def __init__(self, command: Sequence[str], environment: Mapping[str, str], sign: str = "") -> None:
        """A program that is ready when its standard error matches `sign`, if one is given."""
        self._command, self._environment, self._sign = command, environment, sign
        self._process: subprocess.Popen[str] | None = None

    def start(self) -> None:
        """Start it, and wait for its sign. Raises OSError if it ends instead."""
        self._process = process = subprocess.Popen(
            self._command,
            cwd=_ROOT,
            env=dict(self._environment),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert process.stderr is not None
        while self._sign and not re.search(self._sign, line := process.stderr.readline()):
            if not line:
                raise OSError(f"{self._command[0]} has ended")
        threading.Thread(target=process.stderr.read, daemon=True).start()  # a full pipe would block it

    def signal(self, number: int) -> None:
        """Send a signal to all its processes."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)

    def kill(self) -> None:
        """End it at once."""
        if self._process is not None:
            self.signal(signal.SIGKILL)
            self._process.wait()
            self._process = None

    def stop(self) -> None:
        """Ask it to end, and wait for that."""
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_PATIENCE)
            self._process = None


@dataclass(frozen=True, slots=True)
class Company:
    """All parts, and where to reach the proxy, each service, and each Redis."""

    url: str
    services: list[Part]
    service_urls: list[str]
    drafts: Part
    profiles: Part
    redis_ports: tuple[int, int]
    clock: Path | None

    def drafts_client(self) -> "redis.Redis":
        """A client of the Redis of drafts."""
        return redis.Redis(port=self.redis_ports[0], socket_timeout=_PATIENCE)

    def wait_for_service(self, number: int) -> None:
        """Wait until a service serves."""
        wait_until(lambda: _answers(f"{self.service_urls[number]}/readyz"))

    def wait_for_redis(self) -> None:
        """Wait until both Redis servers answer."""
        for port in self.redis_ports:
            wait_until(lambda port=port: _has_redis(port))  # type: ignore[misc]

    def turn_clock(self, offset: str) -> None:
        """Move the services' clock by an offset such as "+2d", or "+0" for the right time."""
        if self.clock is not None:
            self.clock.write_text(offset)


@contextmanager
def company(folder: Path, bundle: Path | None, *options: str) -> Iterator[Company]:
    """Two services over two Redis servers behind a proxy, for the time of the block."""
    ports = _free_ports(5)
    drafts, profiles = (
        _redis(folder, ports[0], "--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"),
        _redis(folder, ports[1], "--appendonly", "yes", "--appendfsync", "always"),
    )
    clean = {name: value for name, value in os.environ.items() if not name.startswith("INKLING_")}
    clock, faked = _clock(folder)
    shared = [
        *(
            "--redis",
            f"redis://127.0.0.1:{ports[0]}/0",
            "--redis-profiles",
            f"redis://127.0.0.1:{ports[1]}/0",
        ),
        *([] if bundle is None else ["--bundle", str(bundle)]),
        *options,
    ]
    services = [
        Part(
            [sys.executable, "-m", "inkling.service", "--port", str(port), *shared],
            clean | faked,
            r"ready at http://\S+ after",
        )
        for port in ports[2:4]
    ]
    addresses = {f"REPLICA_{number}": f"127.0.0.1:{port}" for number, port in enumerate(ports[2:4], 1)}
    proxy = Part([_program("haproxy"), "-f", str(_PROXY)], {"LISTEN": f"127.0.0.1:{ports[4]}", **addresses})
    made = Company(
        f"http://127.0.0.1:{ports[4]}",
        services,
        [f"http://127.0.0.1:{port}" for port in ports[2:4]],
        drafts,
        profiles,
        (ports[0], ports[1]),
        clock,
    )
    with ExitStack() as stack:
        for part in (drafts, profiles, *services, proxy):
            stack.callback(part.kill)
        drafts.start()
        profiles.start()
        made.wait_for_redis()
        with ThreadPoolExecutor() as pool:
            list(pool.map(Part.start, services))
        proxy.start()
        wait_until(lambda: _answers(f"{made.url}/readyz"))
        yield made


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for a condition. Raises OSError when it does not hold in two minutes."""
    end = time.monotonic() + _PATIENCE
    while not holds():
        if time.monotonic() > end:
            raise OSError(f"nothing came within {_PATIENCE:.0f} s")
        time.sleep(_LOOK)


def _redis(folder: Path, port: int, *options: str) -> Part:
    place = folder / f"redis-{port}"
    place.mkdir()
    command = [_program("redis-server"), "--bind", "127.0.0.1", "--port", str(port), "--save", ""]
    return Part([*command, "--dir", str(place), *options], os.environ)


def _clock(folder: Path) -> tuple[Path | None, dict[str, str]]:
    """The file that says what time the services see, and the environment that makes them read it."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    if library is None:
        return None, {}
    file = folder / "clock"
    file.write_text("+0")
    return file, {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(file),
        "FAKETIME_CACHE_DURATION": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }


def _program(name: str) -> str:
    found = shutil.which(name) or shutil.which(name, path=os.pathsep.join(_ANYWHERE))
    if found is None:
        raise SystemExit(f"{name} is not installed; on Debian: apt-get install redis-server haproxy faketime")
    return found


def _answers(url: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(url, timeout=2).status_code == 200
    return False


def _has_redis(port: int) -> bool:
    with suppress(redis.ConnectionError), redis.Redis(port=port, socket_timeout=2) as client:
        return bool(client.ping())
    return False


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        listeners = [stack.enter_context(socket.create_server(("127.0.0.1", 0))) for _ in range(count)]
        return [int(listener.getsockname()[1]) for listener in listeners]
