"""The connections of the service: how many there are, and how long each may take to send a request.

A connection waits for a request, receives its head, then its body, and is answered. A client that takes too
long at one of the first three is cut off. So is a client that does not read its answer. When there is no
room for a new connection, one that does not read is cut off. If there is none, the one that has waited
longest without sending a whole request is.
"""

import asyncio
import ipaddress
import os
import resource
from collections import Counter
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol

_LEAST_HANDLES = 64
_RESERVED_HANDLES = 32
"""For accepting, for files, and for starting a lost model process again."""
_LEAST_CONNECTIONS = 8
_LOOK_SECONDS = 0.5


class HandleError(Exception):
    """There are too few file handles to serve; the message says what to do, in one line."""


def raise_handle_limit() -> int:
    """Raise this process's limit of file handles as far as it may; returns it. Raises HandleError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    most = 1 << 20 if hard == resource.RLIM_INFINITY else hard
    if soft == resource.RLIM_INFINITY or soft < most:
        try:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
            soft = most
        except (OSError, ValueError):
            soft = most if soft == resource.RLIM_INFINITY else soft
    if soft < _LEAST_HANDLES:
        raise HandleError(f"only {soft} file handles are allowed; allow {_LEAST_HANDLES} or more (ulimit -n)")
    return soft


def room_for_connections(handles: int) -> int:
    """Connections that fit into so many file handles, beside those in use and a reserve."""
    try:
        used = len(os.listdir("/proc/self/fd"))
    except OSError:
        used = _RESERVED_HANDLES
    return max(_LEAST_CONNECTIONS, handles - used - _RESERVED_HANDLES)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """Counts are at least 1, times are in seconds.

    `per_address` bounds the connections of one address that is not this machine's own. `body_seconds` is
    also the time to go on reading an answer.
    """

    total: int
    per_address: int
    head_seconds: float
    body_seconds: float


class Cuttable(Protocol):
    """A connection, as far as it can be cut off."""

    address: str

    def cut(self) -> None:
        """Close it without an answer."""

    def time_out(self) -> None:
        """Answer that the request took too long, and close it."""


class Connections:
    """All connections of one server. Belongs to its event loop.

    Four groups are kept in the order in which their members came: those that wait for a first request or
    receive a head, those that receive a body, those whose answer is not being read, and those that are idle
    between two requests.
    """

    def __init__(self, limits: ConnectionLimits) -> None:
        self.limits = limits
        self.heads: dict[Cuttable, float] = {}
        self.bodies: dict[Cuttable, float] = {}
        self.unread: dict[Cuttable, float] = {}
        self.idle: dict[Cuttable, None] = {}
        self._open: set[Cuttable] = set()
        self._by_address: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._open)

    def __contains__(self, connection: Cuttable) -> bool:
        return connection in self._open

    def enter(self, connection: Cuttable, now: float) -> None:
        """Take in a new connection; another one, or itself, is cut off where there are too many."""
        address = connection.address
        self._open.add(connection)
        self._by_address[address] += 1
        if self._by_address[address] > self.limits.per_address and not _is_own(address):
            self._cut_one(connection, address)
        elif len(self._open) > self.limits.total:
            self._cut_one(connection, None)
        if connection in self._open:
            self.heads[connection] = now

    def _cut_one(self, newest: Cuttable, address: str | None) -> None:
        groups = (self.unread, self.heads, self.bodies, self.idle)
        found = next((one for group in groups for one in group if address in (None, one.address)), newest)
        self.leave(found)
        found.cut()

    def leave(self, connection: Cuttable) -> None:
        """Forget a connection; harmless for one that is gone already."""
        if connection in self._open:
            self._open.discard(connection)
            self._by_address[connection.address] -= 1
            if not self._by_address[connection.address]:
                del self._by_address[connection.address]
            self.heads.pop(connection, None)
            self.bodies.pop(connection, None)
            self.unread.pop(connection, None)
            self.idle.pop(connection, None)

    def time_out(self, now: float) -> None:
        """Cut off whoever has taken too long."""
        for connection in _older(self.unread, now - self.limits.body_seconds):
            self.leave(connection)
            connection.cut()
        for group, seconds in (
            (self.heads, self.limits.head_seconds),
            (self.bodies, self.limits.body_seconds),
        ):
            for connection in _older(group, now - seconds):
                del group[connection]
                # It is told why, and stays in the count until it has read that.
                self.unread[connection] = now
                connection.time_out()

    async def watch(self) -> None:
        """Cut off late connections until cancelled."""
        loop = asyncio.get_running_loop()
        while True:
            await asyncio.sleep(_LOOK_SECONDS)
            self.time_out(loop.time())


def _older(group: dict[Cuttable, float], moment: float) -> list[Cuttable]:
    """The members that came at a moment or before it; the oldest are first in a group."""
    return [connection for connection, _ in takewhile(lambda item: item[1] <= moment, group.items())]


def _is_own(address: str) -> bool:
    """Whether an address is this machine's own: a proxy beside the service has all its connections there."""
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return True  # a Unix socket
