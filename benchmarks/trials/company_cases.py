"""What happens to a company's parts while people type. Each case does harm, waits, and mends it."""

import signal
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import ExitStack, suppress
from urllib.parse import urlsplit

from benchmarks.systems.company import Company

_HEAD = b"POST /v1/suggestions HTTP/1.1\r\nHost: inkling\r\nContent-Type: application/json\r\n"
_BODY = b'{"prefix": "Thank you for your"}'
_ASKED = _HEAD + b"Content-Length: %d\r\n\r\n%b" % (len(_BODY), _BODY)

CLOCK = "a clock that jumps"
"""The case that needs faketime."""

Case = Callable[[Company, float], None]
"""Does harm to a company for some seconds, and returns when all parts run again."""


def nothing(company: Company, seconds: float) -> None:  # noqa: ARG001
    """No harm: what the others are compared with."""
    time.sleep(seconds)


def service_killed(company: Company, seconds: float) -> None:
    """A service is killed with its model process, and comes back later."""
    company.services[0].kill()
    time.sleep(seconds)
    company.services[0].start()


def service_frozen(company: Company, seconds: float) -> None:
    """A service does not run for a time."""
    company.services[1].signal(signal.SIGSTOP)
    time.sleep(seconds)
    company.services[1].signal(signal.SIGCONT)


def services_replaced(company: Company, seconds: float) -> None:
    """One service after the other ends as asked and is started again: a rolling update."""
    for number, service in enumerate(company.services):
        service.stop()
        service.start()
        company.wait_for_service(number)
        time.sleep(seconds / 2)


def drafts_paused(company: Company, seconds: float) -> None:
    """The Redis of drafts answers nothing for a time."""
    company.drafts.signal(signal.SIGSTOP)
    time.sleep(seconds)
    company.drafts.signal(signal.SIGCONT)


def drafts_killed(company: Company, seconds: float) -> None:
    """The Redis of drafts is killed, and comes back empty."""
    company.drafts.kill()
    time.sleep(seconds)
    company.drafts.start()
    company.wait_for_redis()


def drafts_full(company: Company, seconds: float) -> None:
    """The Redis of drafts refuses every write."""
    with company.drafts_client() as client:
        before = client.config_get("maxmemory*")
        client.config_set("maxmemory-policy", "noeviction")
        client.config_set("maxmemory", "1")
        time.sleep(seconds)
        for name in ("maxmemory", "maxmemory-policy"):
            client.config_set(name, before[name])


def profiles_paused(company: Company, seconds: float) -> None:
    """The Redis of profiles answers nothing for a time."""
    company.profiles.signal(signal.SIGSTOP)
    time.sleep(seconds)
    company.profiles.signal(signal.SIGCONT)


def profiles_killed(company: Company, seconds: float) -> None:
    """The Redis of profiles is killed, and reads its file when it comes back."""
    company.profiles.kill()
    time.sleep(seconds)
    company.profiles.start()
    company.wait_for_redis()


def slow_clients(company: Company, seconds: float) -> None:
    """Two hundred clients send a body a byte at a time."""
    with ExitStack() as stack:
        opened = [_connection(company, stack) for _ in range(200)]
        for one in opened:
            one.sendall(_HEAD + b"Content-Length: 500\r\n\r\n")
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for one in opened:
                with suppress(OSError):
                    one.sendall(b" ")
            time.sleep(0.5)


def half_open(company: Company, seconds: float) -> None:
    """Two hundred clients ask again and again, and never read an answer."""
    with ExitStack() as stack:
        opened = [_connection(company, stack) for _ in range(200)]
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            for one in opened:
                with suppress(OSError):
                    one.sendall(_ASKED)
            time.sleep(1)


def clock_turned(company: Company, seconds: float) -> None:
    """The services' clock jumps two days ahead, then a week back, then to the right time."""
    for offset in ("+2d", "-7d", "+0"):
        company.turn_clock(offset)
        time.sleep(seconds / 3)


def _connection(company: Company, stack: ExitStack) -> socket.socket:
    parts = urlsplit(company.url)
    connection = stack.enter_context(socket.create_connection((parts.hostname, parts.port), timeout=10))
    connection.setblocking(False)
    return connection


CASES: Mapping[str, Case] = {
    "nothing": nothing,
    "a service killed": service_killed,
    "a service frozen": service_frozen,
    "a rolling update": services_replaced,
    "Redis of drafts paused": drafts_paused,
    "Redis of drafts killed": drafts_killed,
    "Redis of drafts full": drafts_full,
    "Redis of profiles paused": profiles_paused,
    "Redis of profiles killed": profiles_killed,
    "200 slow clients": slow_clients,
    "200 half-open connections": half_open,
    CLOCK: clock_turned,
}
