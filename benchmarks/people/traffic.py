"""Sends requests at scheduled times, even if earlier ones are still open, and notes how each ended."""

import asyncio
import time
from collections import deque
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from benchmarks.people.typists import Keystroke, request_bytes

_HEAD_START = 1.0
"""Seconds before the first key, in which all connections are made."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """The status of an answer (0 for none), the time of the key press, and the seconds from then to the
    answer.

    `pressed` is in seconds from the start. `answering` is what passed since the request was sent: a request
    waits for its connection.
    """

    status: int
    pressed: float
    seconds: float
    answering: float = 0.0


class _Connection(asyncio.Protocol):
    """One kept connection. Requests that come while it is busy wait."""

    def __init__(self, outcomes: list[Outcome], began: float) -> None:
        self._outcomes, self._began = outcomes, began
        self._asked: deque[float] = deque()
        self._unsent: deque[bytes] = deque()
        self._transport: asyncio.Transport | None = None
        self._received = b""
        self._sent = began

    @property
    def is_open(self) -> bool:
        """Whether it can be asked. A service closes connections on which nothing was asked for long."""
        return self._transport is not None and not self._transport.is_closing()

    @property
    def busy(self) -> int:
        """Requests not answered yet."""
        return len(self._asked)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def ask(self, request: bytes, pressed: float) -> None:
        """Send a request for a key that was pressed this many seconds after the start."""
        self._asked.append(pressed)
        if len(self._asked) == 1:
            self._write(request)
        else:
            self._unsent.append(request)

    def _write(self, request: bytes) -> None:
        if self._transport is not None and self.is_open:
            self._transport.write(request)
            self._sent = time.perf_counter()

    def data_received(self, data: bytes) -> None:
        self._received += data
        while self._asked:
            head, mark, rest = self._received.partition(b"\r\n\r\n")
            if not mark:
                return
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            if len(rest) < length:
                return
            self._received = rest[length:]
            self._note(int(head[9:12]), self._asked.popleft())
            if self._unsent:
                self._write(self._unsent.popleft())

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        for pressed in self._asked:
            self._note(0, pressed)
        self._asked.clear()

    def _note(self, status: int, pressed: float) -> None:
        now = time.perf_counter()
        self._outcomes.append(Outcome(status, pressed, now - self._began - pressed, now - self._sent))

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()


async def send(
    keys: Sequence[Keystroke],
    host: str,
    port: int,
    *,
    patience: float = 5.0,
    more: Mapping[str, object] = MappingProxyType({}),
) -> list[Outcome]:
    """Send every keystroke at its time, two connections a session, and wait for the last answers.

    A writer's next key does not wait for the last answer: a late service cannot slow its own load. Each
    request has `more` fields.
    """
    loop = asyncio.get_running_loop()
    outcomes: list[Outcome] = []
    began = time.perf_counter() + _HEAD_START

    async def connect() -> _Connection:
        _, connection = await loop.create_connection(lambda: _Connection(outcomes, began), host, port)
        return connection

    typists = sorted({key.session.partition("-")[0] for key in keys})
    connections = {typist: [await connect(), await connect()] for typist in typists}
    for key in keys:
        wait = began + key.at - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        pair = connections[key.session.partition("-")[0]]
        number = min(range(len(pair)), key=lambda one: pair[one].busy)
        if not pair[number].is_open:
            pair[number] = await connect()
        pair[number].ask(request_bytes(key, f"{host}:{port}", more), key.at)
    deadline = time.perf_counter() + patience
    while len(outcomes) < len(keys) and time.perf_counter() < deadline:
        await asyncio.sleep(0.02)
    for pair in connections.values():
        for connection in pair:
            connection.close()
    await asyncio.sleep(0)
    return outcomes
