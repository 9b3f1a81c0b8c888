"""Behaviour that needs a real server: clients that leave, bodies that stream, requests that overtake."""

import http.client
import json
import socket
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from urllib.parse import urlsplit

import httpx
import pytest

from inkling.service.http.middleware.bodies import MAX_BODY_BYTES
from tests.programs.serving import ServedFake, assert_error, live_server
from tests.waiting import until


@contextmanager
def _busy(model: ServedFake, address: str) -> Iterator[Future[httpx.Response]]:
    """Keep the model at work on one request until the block ends."""
    model.gate.clear()
    model.started.clear()
    with ThreadPoolExecutor() as pool:
        held = pool.submit(httpx.post, f"{address}/v1/suggestions", json={"prefix": "held"}, timeout=60)
        try:
            assert model.started.wait(20)
            yield held
        finally:
            model.gate.set()


def _metric(address: str, name: str) -> float:
    for line in httpx.get(f"{address}/metrics").text.splitlines():
        if line.startswith(name + " "):
            return float(line.rpartition(" ")[2])
    raise AssertionError(name)


def _connection(address: str) -> http.client.HTTPConnection:
    parts = urlsplit(address)
    assert parts.hostname is not None
    return http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)


def test_the_service_is_alive_while_the_model_is_busy() -> None:
    model = ServedFake()
    with live_server(model) as address:
        with _busy(model, address) as held:
            assert httpx.get(f"{address}/livez").status_code == 200
            assert httpx.get(f"{address}/readyz").status_code == 200
            assert not held.done()
        assert held.result().status_code == 200


def test_the_work_for_a_client_that_left_is_dropped_and_counted() -> None:
    model = ServedFake()
    with live_server(model) as address, _busy(model, address):
        body = json.dumps({"prefix": "never to be read ", "session_id": "left"})
        connection = _connection(address)
        connection.request("POST", "/v1/suggestions", body, {"Content-Type": "application/json"})
        until(lambda: _metric(address, "inkling_queue_depth") == 1)
        connection.close()
        until(lambda: _metric(address, "inkling_client_disconnects_total") == 1)
        assert _metric(address, "inkling_queue_depth") == 0
        assert _metric(address, 'inkling_outcomes_total{outcome="cancelled"}') == 1
        status = 'inkling_requests_total{method="POST",route="/v1/suggestions",status="499"}'
        assert _metric(address, status) == 1
    assert "never" not in " ".join(model.encoded)


def test_a_newer_request_of_the_session_replaces_the_waiting_one() -> None:
    model = ServedFake()
    with live_server(model) as address, ThreadPoolExecutor() as pool:

        def ask(prefix: str) -> Future[httpx.Response]:
            body = {"prefix": prefix, "session_id": "typing"}
            return pool.submit(httpx.post, f"{address}/v1/suggestions", json=body, timeout=60)

        with _busy(model, address):
            older = ask("o")
            until(lambda: _metric(address, "inkling_queue_depth") == 1)
            newer = ask("ol")
            until(lambda: _metric(address, "inkling_queue_depth") == 2)
        assert_error(older.result(), 409, "superseded")
        assert newer.result().status_code == 200


def test_past_capacity_the_answer_is_429_at_once() -> None:
    model = ServedFake()
    with live_server(model, max_queue=1) as address, ThreadPoolExecutor() as pool:
        with _busy(model, address):
            waiting = pool.submit(httpx.post, f"{address}/v1/suggestions", json={"prefix": "w"}, timeout=60)
            until(lambda: _metric(address, "inkling_queue_depth") == 1)
            response = httpx.post(f"{address}/v1/suggestions", json={"prefix": "one too many"})
            assert_error(response, 429, "overloaded")
            assert int(response.headers["retry-after"]) >= 1
        assert waiting.result().status_code == 200


def test_a_deadline_ends_the_wait_though_the_model_is_busy() -> None:
    model = ServedFake()
    with live_server(model) as address, _busy(model, address):
        response = httpx.post(f"{address}/v1/suggestions", json={"prefix": "late", "deadline_ms": 30})
        assert_error(response, 503, "deadline_exceeded", "deadline_ms")
        assert _metric(address, 'inkling_outcomes_total{outcome="deadline"}') == 1
        assert _metric(address, "inkling_queue_depth") == 0


def test_a_body_of_ten_megabytes_is_refused_and_the_service_stays_up() -> None:
    with live_server(ServedFake()) as address:
        response = httpx.post(
            f"{address}/v1/suggestions",
            content=b'{"prefix": "' + b"x" * 10_000_000 + b'"}',
            headers={"Content-Type": "application/json"},
            timeout=60,
        )
        assert_error(response, 413, "body_too_large")
        assert httpx.post(f"{address}/v1/suggestions", json={"prefix": "a"}).status_code == 200


@pytest.mark.parametrize("total", [MAX_BODY_BYTES, MAX_BODY_BYTES + 1, 4 * MAX_BODY_BYTES])
def test_a_streamed_body_has_the_same_limit(total: int) -> None:
    def pieces() -> Iterator[bytes]:
        yield b'{"prefix": "a"'
        left = total - 15
        while left:
            piece = min(left, 50_000)
            left -= piece
            yield b" " * piece
        yield b"}"

    with live_server(ServedFake()) as address:
        response = httpx.post(
            f"{address}/v1/suggestions",
            content=pieces(),
            headers={"Content-Type": "application/json"},
            timeout=60,
        )
        if total <= MAX_BODY_BYTES:
            assert response.status_code == 200
        else:
            assert_error(response, 413, "body_too_large")


def test_a_client_that_leaves_in_the_middle_of_its_body_harms_nobody() -> None:
    with live_server(ServedFake()) as address:
        parts = urlsplit(address)
        with socket.create_connection((parts.hostname or "", parts.port or 0)) as half:
            half.sendall(
                b"POST /v1/suggestions HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
                b'Content-Length: 100\r\n\r\n{"prefix": "half'
            )
        assert httpx.post(f"{address}/v1/suggestions", json={"prefix": "a"}).status_code == 200


def test_head_leaves_the_connection_usable() -> None:
    with live_server(ServedFake()) as address:
        connection = _connection(address)
        for method in ("HEAD", "GET", "HEAD", "GET"):
            connection.request(method, "/livez")
            response = connection.getresponse()
            assert response.status == 200
            assert (response.read() == b"") == (method == "HEAD")
        connection.close()
