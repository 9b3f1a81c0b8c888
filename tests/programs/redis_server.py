"""A real redis-server of the test's own, which can be killed, paused, filled and started again.

`INKLING_TEST_REDIS` names another binary, such as Valkey's.
"""

import os
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis

from tests.missing import missing

_PATIENCE = 20.0

DURABLE = ("--appendonly", "yes", "--appendfsync", "always")
"""Options of a server that keeps profiles."""


class RedisServer:
    """A server on a free port of this machine, without files."""

    def __init__(self, folder: Path, *options: str) -> None:
        binary = shutil.which(os.environ.get("INKLING_TEST_REDIS", "redis-server"))
        if binary is None:
            missing("redis-server is not installed")
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port: int = listener.getsockname()[1]
        self._command = [
            *(binary, "--bind", "127.0.0.1", "--port", str(self.port), "--save", "", "--appendonly", "no"),
            *("--dir", str(folder), "--logfile", str(folder / "redis.log"), *options),
        ]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Its address."""
        return f"redis://127.0.0.1:{self.port}/0"

    @property
    def pid(self) -> int:
        """The number of its process."""
        assert self._process is not None
        return self._process.pid

    def take_port_of(self, other: "RedisServer") -> None:
        """Stand where another one stood."""
        self._command[self._command.index(str(self.port))] = str(other.port)
        self.port = other.port

    def client(self, password: str | None = None) -> "redis.Redis":
        """A plain client, to look inside."""
        return redis.Redis(port=self.port, password=password, socket_timeout=_PATIENCE)

    def ask(self, *command: Any) -> Any:
        """The answer to one command."""
        with self.client() as client:
            return client.execute_command(*command)

    def keys(self) -> list[bytes]:
        """All keys."""
        found = self.ask("KEYS", "*")
        assert isinstance(found, list)
        return found

    def start(self) -> None:
        """Start it, and wait until it answers."""
        self._process = subprocess.Popen(self._command, stdout=subprocess.DEVNULL)
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                self.ask("PING")
                return
            except redis.AuthenticationError:
                return  # it asks for a password
            except redis.ConnectionError:
                assert self._process.poll() is None, "redis-server ended"
                assert time.monotonic() < end, "redis-server does not answer"
                time.sleep(0.01)

    def kill(self) -> None:
        """End it at once; all that it holds is lost."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def pause(self) -> None:
        """Keep it from running; connections stay."""
        assert self._process is not None
        self._process.send_signal(signal.SIGSTOP)

    def resume(self) -> None:
        """Let it run again."""
        assert self._process is not None
        self._process.send_signal(signal.SIGCONT)


@contextmanager
def redis_server(folder: Path, *options: str) -> Iterator[RedisServer]:
    """A running server, which ends with the block."""
    server = RedisServer(folder, *options)
    server.start()
    try:
        yield server
    finally:
        server.kill()
