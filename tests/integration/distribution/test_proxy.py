"""HAProxy with the configuration that ships, before two real replicas: drafts stay, and no fault is a 5xx."""

import json
import random
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from tests.integration.distribution.services import Proxy, Service, proxy, services
from tests.materials.bundles import make_bundle
from tests.materials.key_files import bearer, key_file, key_line
from tests.waiting import until

pytestmark = pytest.mark.lengthy

TEXT = "thank you for the message about the meeting on monday and the report "
DRAFTS = [f"draft-{number}" for number in range(24)]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("replicas")
    make_bundle(folder / "tiny")
    return folder


@pytest.fixture(scope="module")
def both(bundle: Path) -> Iterator[list[Service]]:
    with services(bundle, 2, "--max-wait-ms", "60000", "--max-queue", "10000") as running:
        yield running


@pytest.fixture
def replicas(both: list[Service]) -> list[Service]:
    """Two that run, and that know no draft of `DRAFTS`."""
    for one in both:
        one.send(signal.SIGCONT)
        if not one.runs:
            one.start()
        for draft in DRAFTS:
            one.client.delete(f"/v1/sessions/{draft}")
    return both


@pytest.fixture
def front(tmp_path: Path, replicas: list[Service]) -> Iterator[Proxy]:
    with proxy(tmp_path, [one.port for one in replicas]) as running:
        yield running


def homes(replicas: list[Service], drafts: list[str]) -> dict[str, int]:
    """The number of the one replica that each draft lives at."""
    found = {}
    for draft in drafts:
        (found[draft],) = [number for number, one in enumerate(replicas) if one.knows(draft)]
    return found


def type_all(front: Proxy, drafts: list[str], texts: list[str]) -> None:
    for text in texts:
        for draft in drafts:
            assert front.suggest(text, draft).status_code == 200


PREFIXES = [TEXT[:end] for end in range(0, len(TEXT), 16)]


def test_a_draft_stays_at_one_replica(front: Proxy, replicas: list[Service]) -> None:
    type_all(front, DRAFTS, PREFIXES)
    at = homes(replicas, DRAFTS)
    assert set(at.values()) == {0, 1}, "both are used"
    answer = front.suggest(PREFIXES[-1], DRAFTS[0]).json()
    assert answer["session"]["cached_tokens"] == answer["session"]["prefix_tokens"] > 0
    # All of a long body is seen, wherever the session id stands.
    prefix, session = f'"prefix": "{PREFIXES[-1]}"', f'"session_id": "{DRAFTS[0]}"'
    for body in (f"{{{prefix}, {' ' * 50_000} {session}}}", f"{{{session}, {' ' * 50_000} {prefix}}}"):
        json_type = {"Content-Type": "application/json"}
        response = front.client.post("/v1/suggestions", content=body, headers=json_type)
        assert response.status_code == 200, response.text
    assert homes(replicas, DRAFTS[:1]) == {DRAFTS[0]: at[DRAFTS[0]]}
    # A longer one is answered all the same.
    body = f"{{{prefix}, {' ' * 400_000} {session}}}"
    response = front.client.post("/v1/suggestions", content=body, headers=json_type)
    assert response.status_code == 200, response.text


def test_a_draft_is_shown_and_forgotten_where_it_lives(front: Proxy, replicas: list[Service]) -> None:
    type_all(front, DRAFTS, PREFIXES[-1:])
    for draft in DRAFTS:
        path = "/v1/sessions/" + draft.replace("-", "%2D")
        assert front.client.get(path).json()["words"] > 0
        assert front.client.delete(path).status_code == 204
    assert not any(one.knows(draft) for one in replicas for draft in DRAFTS)


class Typists:
    """Writers who ask through the proxy all the while, each with drafts of its own."""

    def __init__(self, front: Proxy, drafts: list[str]) -> None:
        self._front, self._drafts = front, drafts
        self.statuses: list[int] = []
        self._over = threading.Event()

    def write(self, number: int) -> None:
        chance = random.Random(number)
        with httpx.Client(base_url=self._front.url, timeout=60) as client:
            while not self._over.is_set():
                body = {"prefix": TEXT[: chance.randrange(len(TEXT))]}
                body["session_id"] = chance.choice(self._drafts[number::4])
                self.statuses.append(_asked(client, body))

    def meanwhile(self, action: Callable[[], None]) -> list[int]:
        """The statuses of all requests before, while and after something happens."""
        with ThreadPoolExecutor(4) as pool:
            writing = [pool.submit(self.write, number) for number in range(4)]
            try:
                self._wait_for_more()
                action()
                self._wait_for_more()
            finally:
                self._over.set()
            for one in writing:
                one.result()
        return self.statuses

    def _wait_for_more(self) -> None:
        enough = len(self.statuses) + 100
        until(lambda: len(self.statuses) >= enough)


def _asked(client: httpx.Client, body: dict[str, str]) -> int:
    """The status. An answer that is cut off in its middle is asked for again, as a widget does."""
    try:
        return client.post("/v1/suggestions", json=body).status_code
    except httpx.RemoteProtocolError:
        return client.post("/v1/suggestions", json=body).status_code


def test_a_replica_that_is_killed_is_nobody_s_error(front: Proxy, replicas: list[Service]) -> None:
    type_all(front, DRAFTS, PREFIXES[:2])
    before = homes(replicas, DRAFTS)
    others = [draft for draft in DRAFTS if before[draft] == 1]
    pieces = {draft: replicas[1].client.get(f"/v1/sessions/{draft}").json() for draft in others}
    statuses = Typists(front, [draft for draft in DRAFTS if before[draft] == 0]).meanwhile(replicas[0].kill)
    assert set(statuses) == {200}
    assert "replica-2" in front.log
    # The drafts of the other are as they were, and go on there.
    assert pieces == {draft: replicas[1].client.get(f"/v1/sessions/{draft}").json() for draft in others}
    until(lambda: "replica-1 is DOWN" in front.log)  # it may start again sooner than that is noticed
    replicas[0].start()
    back = "fresh"
    until(lambda: "replica-1 is UP" in front.log)
    type_all(front, DRAFTS, PREFIXES[-1:])
    type_all(front, [back], PREFIXES[-1:])
    assert all(replicas[1].knows(draft) for draft in others)
    assert all(replicas[0].knows(draft) for draft in DRAFTS if before[draft] == 0), "they come back"


def test_a_replica_that_stops_is_nobody_s_error(front: Proxy, replicas: list[Service]) -> None:
    statuses = Typists(front, DRAFTS).meanwhile(replicas[1].stop)
    assert set(statuses) == {200}


def test_a_replica_that_is_frozen_holds_its_drafts_up_until_it_is_noticed(
    front: Proxy, replicas: list[Service]
) -> None:
    statuses = Typists(front, DRAFTS).meanwhile(lambda: replicas[0].send(signal.SIGSTOP))
    assert set(statuses) == {200}


def test_changes_are_not_sent_twice(tmp_path: Path) -> None:
    """A server that takes a request and closes without an answer gets it once, unless it is a question."""
    taken: list[bytes] = []

    def take(listener: socket.socket) -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                head = connection.recv(65536)
                if head.startswith(b"GET /readyz"):
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
                else:
                    taken.append(head)

    with socket.create_server(("127.0.0.1", 0)) as one, socket.create_server(("127.0.0.1", 0)) as other:
        for listener in (one, other):
            threading.Thread(target=take, args=(listener,), daemon=True).start()
        with proxy(tmp_path, [one.getsockname()[1], other.getsockname()[1]]) as running:
            # On connections of their own: HAProxy closes a connection that was used before, without a 502.
            assert httpx.delete(f"{running.url}/v1/sessions/draft").status_code == 502
            assert len(taken) == 1
            response = httpx.post(f"{running.url}/v1/users/u/messages", json={"text": TEXT})
            assert response.status_code == 502
            assert response.json()["error"]["type"] == "not_ready"
            assert response.headers["retry-after"] == "1"
            assert len(taken) == 2
            assert httpx.post(f"{running.url}/v1/suggestions", json={"prefix": TEXT}).status_code == 502
            assert len(taken) == 5, "it was asked once and twice more"
        for listener in (one, other):
            listener.shutdown(socket.SHUT_RDWR)


class Late:
    """A server that is ready, and answers every question with the 503 of a deadline that has passed."""

    def __init__(self) -> None:
        self.asked = 0
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def serve(self) -> None:
        body = b'{"error":{"type":"deadline_exceeded","message":"too late","param":null}}'
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                if connection.recv(65536).startswith(b"GET /readyz"):
                    status, content = b"200 OK", b""
                else:
                    self.asked += 1
                    status, content = b"503 Service Unavailable", body
                length = str(len(content)).encode()
                head = b"HTTP/1.1 " + status + b"\r\nContent-Length: " + length
                connection.sendall(head + b"\r\nConnection: close\r\n\r\n" + content)

    def close(self) -> None:
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()


def test_a_suggestion_that_missed_its_deadline_is_not_asked_again(tmp_path: Path) -> None:
    replicas = [Late(), Late()]
    for one in replicas:
        threading.Thread(target=one.serve, daemon=True).start()
    try:
        with proxy(tmp_path, [one.port for one in replicas]) as running:

            def times_asked(path: str, **more: object) -> int:
                before = sum(one.asked for one in replicas)
                response = httpx.post(f"{running.url}{path}", json={"prefix": TEXT, **more})
                assert response.status_code == 503
                assert response.json()["error"]["type"] == "deadline_exceeded"
                return sum(one.asked for one in replicas) - before

            for path in ("/v1/suggestions", "/v1/completions", "/v1/explanations"):
                assert times_asked(path, deadline_ms=20) == 1
                assert times_asked(path, deadline_ms=20.5, session_id="draft") == 1
                assert times_asked(path) == 3
                assert times_asked(path, deadline_ms=None) == 3
    finally:
        for one in replicas:
            one.close()


def test_who_is_slow_is_cut_and_holds_nobody_up(front: Proxy) -> None:
    head = b"POST /v1/suggestions HTTP/1.1\r\nHost: inkling\r\nContent-Type: application/json\r\n"
    beginnings = {
        "a head that does not end": head,
        "a body that does not come": head + b"Content-Length: 500\r\n\r\n" + b'{"prefix": "hel',
        "nothing at all": b"",
    }
    slow = {name: [socket.create_connection(front.address) for _ in range(50)] for name in beginnings}
    begun = time.monotonic()
    for name, connections in slow.items():
        for connection in connections:
            connection.sendall(beginnings[name])
    cut: dict[str, bytes] = {}
    while len(cut) < len(beginnings):
        assert front.suggest(TEXT, "quick").status_code == 200
        for name, connections in slow.items():
            connections[0].settimeout(0.05)
            try:
                cut[name] = cut.get(name) or connections[0].recv(65536)
            except TimeoutError:
                if name != "nothing at all":
                    connections[0].sendall(b"x")  # a byte now and then does not help
    assert time.monotonic() - begun > 5, "an ordinary client has some seconds"
    assert cut["a body that does not come"].startswith(b"HTTP/1.1 408")
    assert b'"request_timeout"' in cut["a body that does not come"]
    for connections in slow.values():
        for connection in connections:
            connection.close()


def test_a_client_that_vanished_holds_nobody_up(front: Proxy) -> None:
    """Connections that were answered, and then say nothing for ever."""
    request = b"GET /livez HTTP/1.1\r\nHost: inkling\r\n\r\n"
    open_ones = [socket.create_connection(front.address) for _ in range(300)]
    for connection in open_ones:
        connection.sendall(request)
    for connection in open_ones:
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")
    type_all(front, DRAFTS, PREFIXES[-1:])
    for connection in open_ones:
        connection.close()


def test_nothing_of_a_request_is_logged(front: Proxy) -> None:
    front.client.headers["X-Request-ID"] = "request-77"
    front.suggest("a very secret sentence", "secret-draft", user_id="secret-user")
    front.client.get(
        "/v1/sessions/secret-draft?q=secret-query", headers={"Authorization": "Bearer secret-key"}
    )
    until(lambda: front.log.count("request-77") == 2)
    assert "secret" not in front.log
    lines = [json.loads(line) for line in front.log.splitlines() if line.startswith("{")]
    assert {line["status"] for line in lines if line["request_id"] == "request-77"} == {200}


def test_what_an_operator_asks_of_one_replica_is_not_passed_on(front: Proxy) -> None:
    for path in ("/metrics", "/v1/admin/reload"):
        response = front.client.request("POST" if "admin" in path else "GET", path)
        assert response.status_code == 404
        assert set(response.json()["error"]) == {"type", "message", "param"}


def test_without_a_replica_the_answer_has_the_one_shape(front: Proxy, replicas: list[Service]) -> None:
    for one in replicas:
        one.kill()
    response = front.suggest(TEXT, "draft")
    assert response.status_code == 503
    assert response.json()["error"]["type"] == "not_ready"
    assert response.headers["retry-after"] == "1"


def test_a_profile_is_known_at_both_replicas(tmp_path: Path, bundle: Path) -> None:
    """They share one file, as the compose file has it; a user's own routes go to one of them."""
    options = [
        "--api-keys",
        str(key_file(tmp_path, key_line("ada", "k" * 40))),
        "--allowed-hosts",
        "127.0.0.1",
    ]
    with (
        services(bundle, 2, *options) as replicas,
        proxy(tmp_path, [one.port for one in replicas]) as running,
    ):
        running.client.headers.update(bearer("k" * 40))
        for number in range(8):
            response = running.client.post(f"/v1/users/u-{number}/messages", json={"text": TEXT * 2})
            assert response.status_code == 200, response.text
            for one in replicas:
                found = one.client.get(f"/v1/users/u-{number}", headers=bearer("k" * 40))
                assert len(found.json()["messages"]) == 1
        assert running.client.delete("/v1/users/u-0").status_code == 204
        for one in replicas:
            assert one.client.get("/v1/users/u-0", headers=bearer("k" * 40)).status_code == 404


def test_work_is_limited_by_the_client_that_the_proxy_tells(tmp_path: Path, bundle: Path) -> None:
    limited = ("--client-work-per-minute", "400", "--trusted-proxies", "127.0.0.1")
    long = {"prefix": TEXT * 20}
    with (
        services(bundle, 2, *limited) as replicas,
        proxy(tmp_path, [one.port for one in replicas]) as front,
        front.client_at("127.0.0.2") as greedy,
        front.client_at("127.0.0.3") as other,
    ):
        asked = 0
        while greedy.post("/v1/suggestions", json=long).status_code == 200:
            asked += 1
            assert asked < 40
        forged = {"X-Forwarded-For": "127.0.0.9"}
        answers = [greedy.post("/v1/suggestions", json=long, headers=forged) for _ in range(4)]
        assert 429 in [answer.status_code for answer in answers]
        assert other.post("/v1/suggestions", json=long).status_code == 200
