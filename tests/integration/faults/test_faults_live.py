"""Bad connections at the real service with few file handles, by the script that anybody can run."""

import json
import re
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from benchmarks import faults
from benchmarks.faults import CASES
from benchmarks.trials.raw_client import address_of, exchange, status_of
from tests.programs.shipped import ROOT, require_bundle

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def service() -> Iterator[str]:
    """The address of the real service at 128 file handles, with short deadlines."""
    require_bundle()
    command = (
        f"ulimit -n 128; exec {sys.executable} -m inkling.service --port 0 --head-seconds 3 --body-seconds 4"
    )
    with subprocess.Popen(
        ["bash", "-c", command], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    ) as process:
        assert process.stderr is not None
        lines: list[str] = []
        line = process.stderr.readline()
        found = re.search(r"ready at (http://\S+) after", line)
        assert found is not None, line
        reader = threading.Thread(target=lambda: lines.extend(process.stderr or []), daemon=True)
        reader.start()
        yield found[1]
        process.terminate()
        process.wait(20)
        reader.join(5)
    assert len(lines) < 5000  # no flood


@pytest.mark.parametrize("case", CASES)
def test_bad_connections_hurt_nobody_else(service: str, case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    # Seconds are for the script; here only a client that is kept out fails, on the slowest machine.
    monkeypatch.setattr(faults, "_GOOD_SECONDS", 60.0)
    monkeypatch.setattr(faults, "_CUT_SECONDS", 120.0)
    verdict = CASES[case](address_of(service))
    assert verdict.passed, verdict.measured


def test_a_refusal_has_the_one_shape_and_is_counted(service: str) -> None:
    address = address_of(service)
    answer = exchange(address, b"GARBAGE\r\n\r\n")
    head, _, body = answer.partition(b"\r\n\r\n")
    assert status_of(answer) == 400
    assert b"x-request-id: " in head
    assert json.loads(body)["error"]["type"] == "invalid_request"
    metrics = exchange(address, b"GET /metrics HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert b'inkling_requests_total{method="OTHER",route="unmatched",status="400"}' in metrics


def test_pipelined_requests_are_all_answered(service: str) -> None:
    one = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
    last = b"GET /livez HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    assert exchange(address_of(service), one * 5 + last).count(b"HTTP/1.1 200 OK") == 6


def test_more_pipelined_requests_than_are_kept_are_answered_so_far(service: str) -> None:
    one = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
    answer = exchange(address_of(service), one * 10_000)
    assert 1 <= answer.count(b"HTTP/1.1 200 OK") <= 32
    assert answer.count(b"HTTP/1.1 ") == answer.count(b"HTTP/1.1 200 OK")


def test_line_ends_without_end_are_refused(service: str) -> None:
    answer = exchange(address_of(service), b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n" + b"\r\n" * 200_000)
    assert answer.startswith(b"HTTP/1.1 200")
    assert b"HTTP/1.1 431" in answer


def test_a_chunked_body_beside_an_upgrade_is_read(service: str) -> None:
    body = b'{"prefix": "Thank you"}'
    request = (
        b"POST /v1/suggestions HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n"
        b"Connection: close, Upgrade\r\nUpgrade: h2c\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"%x\r\n%s\r\n0\r\n\r\n" % (len(body), body)
    )
    assert status_of(exchange(address_of(service), request)) == 200
    cut = request.index(b"\r\n\r\n") + 7
    assert status_of(exchange(address_of(service), request[:cut] + request[cut:])) == 200


def test_only_this_machine_is_a_target() -> None:
    with pytest.raises(ValueError, match="another machine"):
        address_of("http://192.0.2.1:8000")
