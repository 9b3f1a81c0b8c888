"""Tries bad connections against any service on this machine. A good client must be answered meanwhile.

    python -m benchmarks.faults --url http://127.0.0.1:8000

Each case opens bad connections and checks what the service does with them. Meanwhile it asks /livez on a
connection of its own. A table goes to standard error, one line of JSON to standard output. The exit code is 1
if a case failed.
"""

import argparse
import json
import socket
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress

from rich.console import Console
from rich.table import Table

from benchmarks.trials.raw_client import (
    Address,
    address_of,
    connect,
    exchange,
    slowest_good_answer,
    status_of,
)
from benchmarks.trials.verdict import Verdict

_GOOD_SECONDS = 1.0
_CUT_SECONDS = 60.0
"""Longer than a service lets anybody send one request."""
_ESTABLISHED = 1  # TCP_ESTABLISHED of Linux
_BODY = b'{"prefix": "Thank you for your"}'
_HEAD = b"POST /v1/suggestions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"


@contextmanager
def many(address: Address, count: int, sent: bytes) -> Iterator[list[socket.socket]]:
    """This many connections on which only a beginning was sent."""
    with ExitStack() as stack:
        opened = []
        for _ in range(count):
            try:
                connection = stack.enter_context(connect(address))
                connection.sendall(sent)
            except OSError:
                continue
            opened.append(connection)
        yield opened


def still_open(connections: list[socket.socket]) -> int:
    """The number of connections that the service has not closed."""
    count = 0
    for connection in connections:
        connection.settimeout(0)
        try:
            while connection.recv(65536):
                pass
        except (BlockingIOError, TimeoutError):
            count += 1
        except OSError:
            pass
    return count


def unfinished(count: int, sent: bytes) -> Callable[[Address], Verdict]:
    """Many connections that stop in the middle of a request: others are answered, and these are cut off in
    time.
    """

    def case(address: Address) -> Verdict:
        with many(address, count, sent) as opened:
            slowest = slowest_good_answer(address)
            began = time.monotonic()
            while (left := still_open(opened)) and time.monotonic() - began < _CUT_SECONDS:
                time.sleep(0.5)
            seconds = time.monotonic() - began
        text = f"good client {slowest:.2f} s, {left} of {count} open after {seconds:.0f} s"
        return Verdict(text, slowest < _GOOD_SECONDS and left == 0)

    return case


def byte_by_byte(address: Address) -> Verdict:
    """A client that sends a byte a second is cut off."""
    request = _HEAD + b"Content-Length: 100000\r\n\r\n"
    began = time.monotonic()
    with connect(address) as connection:
        connection.sendall(request)
        while time.monotonic() - began < _CUT_SECONDS:
            try:
                connection.sendall(b" ")
            except OSError:
                break
            time.sleep(1)
            if not still_open([connection]):
                break
    seconds = time.monotonic() - began
    return Verdict(f"cut off after {seconds:.0f} s", seconds < _CUT_SECONDS)


def answered(request: bytes, status: int, *, half_close: bool = False) -> Callable[[Address], Verdict]:
    """One odd request that has a right answer."""

    def case(address: Address) -> Verdict:
        found = status_of(exchange(address, request, half_close=half_close))
        return Verdict(f"status {found or 'none'}", found == status)

    return case


def endless(beginning: bytes) -> Callable[[Address], Verdict]:
    """A part of a request that has no end is refused long before it takes memory."""

    def case(address: Address) -> Verdict:
        sent = 0
        with connect(address) as connection:
            connection.sendall(beginning)
            try:
                while sent < 40 << 20:
                    sent += connection.send(b"a" * 65536)
            except OSError:
                pass
        return Verdict(f"{sent / (1 << 20):.1f} MiB taken", sent < 16 << 20)

    return case


def nobody_reads(address: Address) -> Verdict:
    """Connections whose answers nobody reads: others are answered, and these are cut off in time."""
    # Megabytes of answers, more than the system's buffers hold.
    ask = b"GET /inkling.js HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n" * 300
    with ExitStack() as stack:
        opened = []
        for _ in range(150):
            one = stack.enter_context(socket.socket())
            one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
            one.settimeout(10)
            with suppress(OSError):
                one.connect(address)
                one.sendall(ask)
                opened.append(one)
        slowest = slowest_good_answer(address)
        began = time.monotonic()
        while (left := sum(map(_takes_more, opened))) and time.monotonic() - began < _CUT_SECONDS:
            time.sleep(0.5)
        seconds = time.monotonic() - began
    text = f"good client {slowest:.2f} s, {left} of 150 open after {seconds:.0f} s"
    return Verdict(text, slowest < _GOOD_SECONDS and left == 0)


def _takes_more(connection: socket.socket) -> bool:
    """Whether the other end still has the connection open, checked without reading."""
    try:
        connection.send(b"\r\n")
    except OSError:
        return False
    state = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0]
    return state == _ESTABLISHED


def order_kept(address: Address) -> Verdict:
    """Nonsense behind a request: the request is answered first."""
    answer = exchange(address, _with_length(_HEAD) + b"GARBAGE\r\n\r\n")
    first = answer[9:12].decode("ascii", "replace")
    return Verdict(f"status {first or 'none'} first", first == "200")


def refusal_arrives(address: Address) -> Verdict:
    """A client that goes on sending after it was refused can read why."""
    with connect(address) as connection:
        try:
            connection.sendall(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: ")
            for _ in range(12):
                connection.sendall(b"a" * 65536)
                time.sleep(0.02)
            answer = connection.recv(65536)
        except OSError as error:
            return Verdict(error.strerror or "no answer", False)
    return Verdict(f"status {status_of(answer)}", status_of(answer) == 431)


def _with_length(head: bytes) -> bytes:
    return head + b"Content-Length: %d\r\n\r\n" % len(_BODY) + _BODY


CASES: Mapping[str, Callable[[Address], Verdict]] = {
    "300 connections that send nothing": unfinished(300, b""),
    "900 half-sent heads": unfinished(900, b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-A: "),
    "900 half-sent bodies": unfinished(900, _HEAD + b"Content-Length: 5000\r\n\r\n{"),
    "a byte a second": byte_by_byte,
    "a header of 200 KB": answered(
        b"GET /livez HTTP/1.1\r\nHost: a\r\nX-A: " + b"a" * 200_000 + b"\r\n\r\n", 431
    ),
    "5,000 headers": answered(
        b"GET /livez HTTP/1.1\r\nHost: a\r\n"
        + b"".join(b"X-%d: a\r\n" % number for number in range(5000))
        + b"\r\n",
        431,
    ),
    "a head without an end": endless(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Long: "),
    "a trailer without an end": endless(_HEAD + b"Transfer-Encoding: chunked\r\n\r\n0\r\nX-Long: "),
    "a refusal in the middle of 768 KB": refusal_arrives,
    "nonsense behind a request": order_kept,
    "150 that do not read their answers": nobody_reads,
    "a wish for HTTP/2": answered(
        _with_length(
            _HEAD + b"Connection: close, Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMA\r\n"
        ),
        200,
    ),
    "a client that has sent all it will": answered(_with_length(_HEAD), 200, half_close=True),
    "no HTTP": answered(b"\x16\x03\x01\x02\x00\r\n\r\n", 400),
}


def main() -> None:
    """Run the cases, and exit with 1 when one failed."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.faults")
    parser.add_argument("--url", default="http://127.0.0.1:8000")
    parser.add_argument(
        "--case", action="append", choices=sorted(CASES), help="only this one; may be repeated"
    )
    given = parser.parse_args()
    try:
        address = address_of(given.url)
    except ValueError as error:
        parser.error(str(error))
    table = Table("case", "measured", "verdict")
    results = {name: CASES[name](address) for name in given.case or CASES}
    for name, verdict in results.items():
        table.add_row(name, verdict.measured, str(verdict))
    Console(stderr=True).print(table)
    print(json.dumps({name: [one.measured, one.passed] for name, one in results.items()}))
    sys.exit(0 if all(one.passed for one in results.values()) else 1)


if __name__ == "__main__":
    main()
