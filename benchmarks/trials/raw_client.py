"""A client of bare sockets, for requests that no library would send."""

import ipaddress
import socket
import time
from urllib.parse import urlsplit

_LOOKS = 5
_HANG = 60.0
"""Seconds after which a good client is taken not to be answered at all."""

_LIVEZ = b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"

Address = tuple[str, int]


def address_of(url: str) -> Address:
    """The address of a service on this machine. Raises ValueError for any other."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    if host != "localhost" and not ipaddress.ip_address(host).is_loopback:
        raise ValueError(f"{host} is another machine; faults are for a service on this one")
    return host, parts.port or 80


def connect(address: Address, seconds: float = 10) -> socket.socket:
    """A connection to the service."""
    return socket.create_connection(address, timeout=seconds)


def exchange(address: Address, request: bytes, *, half_close: bool = False, seconds: float = 10) -> bytes:
    """The answer to a request, or the part of it that came in time."""
    answer = b""
    with connect(address, seconds) as connection:
        try:
            connection.sendall(request)
            if half_close:
                connection.shutdown(socket.SHUT_WR)
            while part := connection.recv(65536):
                answer += part
        except (TimeoutError, ConnectionError):
            pass
    return answer


def status_of(answer: bytes) -> int:
    """The status of the last answer that is no interim one; 0 for none."""
    found = 0
    for line in answer.split(b"\r\n"):
        if line.startswith(b"HTTP/1."):
            status = int(line.split(b" ")[1])
            found = status if status >= 200 else found
    return found


def slowest_good_answer(address: Address) -> float:
    """Seconds until the slowest of some good clients, each on a new connection, had its answer."""
    slowest = 0.0
    for _ in range(_LOOKS):
        began = time.monotonic()
        answer = exchange(address, _LIVEZ, seconds=_HANG)
        slowest = max(slowest, time.monotonic() - began if status_of(answer) == 200 else float("inf"))
    return slowest
