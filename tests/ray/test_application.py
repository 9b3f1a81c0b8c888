"""Inkling on Ray Serve, on a real cluster of two nodes: drafts stay, and no loss is anybody's error."""

import random
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from inkling.service.distribution.asked import Asked
from tests.ray.conftest import Nodes
from tests.waiting import until

pytestmark = pytest.mark.filterwarnings("ignore")

TEXT = "thank you for the message about the meeting on monday and the report "
DRAFTS = [f"draft-{number}" for number in range(8)]
PATIENT: dict[str, Any] = {"max_wait_ms": 60_000, "max_queue": 1000, "spare": False, "allow_anonymous": True}


def deploy(bundle: Path, **more: Any) -> None:
    """Serve a bundle by two replicas, and return when they answer."""
    from ray import serve

    from inkling.service.distribution.application import build

    given = {"bundle": str(bundle), "min_replicas": 2, "max_replicas": 2, "fronts": 2, **PATIENT, **more}
    serve.run(build(given))


def replicas() -> list[psutil.Process]:
    """The processes of the replicas."""
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.cmdline() and process.cmdline()[0].startswith("ray::ServeReplica:default:replica"):
                found.append(process)
    return found


def ask(client: httpx.Client, text: str, draft: str) -> httpx.Response:
    body = {"prefix": text, "session_id": draft, "min_confidence": 0, "interruption_ms": 0}
    return client.post("/v1/suggestions", json=body)


class Typists:
    """Writers who ask all the while."""

    def __init__(self, url: str, count: int = 4) -> None:
        self._url, self._count = url, count
        self.answers: list[httpx.Response] = []
        self._over = threading.Event()

    def _write(self, number: int) -> None:
        chance = random.Random(number)
        with httpx.Client(base_url=self._url, timeout=120) as client:
            while not self._over.is_set():
                text = TEXT[: chance.randrange(len(TEXT))]
                self.answers.append(ask(client, text, f"typist-{number}-{chance.randrange(4)}"))

    def meanwhile(self, action: Callable[[], None]) -> list[httpx.Response]:
        """All answers before, while and after something happens."""
        with ThreadPoolExecutor(self._count) as pool:
            writing = [pool.submit(self._write, number) for number in range(self._count)]
            try:
                self.wait_for_more()
                action()
                self.wait_for_more()
            finally:
                self._over.set()
            for one in writing:
                one.result()
        return self.answers

    def wait_for_more(self) -> None:
        enough = len(self.answers) + 60
        until(lambda: len(self.answers) >= enough)


def test_a_draft_stays_where_it_lives(nodes: Nodes, bundles: tuple[Path, Path]) -> None:
    deploy(bundles[0])
    with httpx.Client(base_url=nodes.url, timeout=120) as client:
        before = dict.fromkeys(DRAFTS, 0)
        for end in range(8, len(TEXT), 24):
            for draft in DRAFTS:
                response = ask(client, TEXT[:end], draft)
                assert response.status_code == 200, response.text
                session = response.json()["session"]
                assert session["cached_tokens"] >= before[draft], "it has moved"
                before[draft] = session["prefix_tokens"]
        assert all(before.values())
        kept: dict[str, float] = {}

        def both_keep_them() -> bool:
            kept.update([work_and_drafts()])
            return len(kept) == 2 and sum(kept.values()) >= len(DRAFTS) and all(kept.values())

        until(both_keep_them)
        for draft in DRAFTS:
            assert client.get(f"/v1/sessions/{draft}").json()["words"] > 0
            assert client.delete(f"/v1/sessions/{draft}").status_code == 204
            assert client.get(f"/v1/sessions/{draft}").status_code == 404
        texts = client.post(
            "/v1/completions", json={"model": "one", "prompt": TEXT, "max_tokens": 4, "stream": True}
        )
        assert texts.status_code == 200
        assert texts.text.rstrip().endswith("[DONE]")
        assert client.post("/v1/suggestions", json={"prefix": 7}).json()["error"]["type"] == "invalid_field"
        assert client.get("/readyz").headers["content-type"] == "application/json"
        for path in ("/metrics", "/v1/admin/reload"):
            response = client.request("POST" if "admin" in path else "GET", path)
            assert response.status_code == 404
            assert set(response.json()["error"]) == {"type", "message", "param"}


def work_and_drafts() -> tuple[str, float]:
    """What tells the replica that happens to answer from the other, and how many drafts it keeps."""
    from ray import serve

    asked = Asked("GET", "/metrics", b"/metrics", b"", ((b"host", b"here"),), b"")
    _, _, body = serve.get_deployment_handle("replica", "default").answer.remote(asked).result()
    values = dict(line.rsplit(" ", 1) for line in body.decode().splitlines())
    done = [values[f'inkling_prefix_tokens_total{{source="{source}"}}'] for source in ("computed", "cached")]
    return " ".join(done), float(values["inkling_sessions"])


def test_a_killed_replica_is_nobody_s_error(nodes: Nodes, bundles: tuple[Path, Path]) -> None:
    deploy(bundles[0])
    before = {process.pid for process in replicas()}
    assert len(before) == 2

    def kill() -> None:
        psutil.Process(min(before)).kill()
        until(lambda: len({process.pid for process in replicas()} - before) == 1)

    answers = Typists(nodes.url).meanwhile(kill)
    assert {answer.status_code for answer in answers} == {200}


def test_another_bundle_comes_without_a_failed_keystroke(nodes: Nodes, bundles: tuple[Path, Path]) -> None:
    deploy(bundles[0])
    typists = Typists(nodes.url)

    def update() -> None:
        deploy(bundles[1])
        until(lambda: {answer.json()["model"] for answer in typists.answers[-20:]} == {"other"})

    answers = typists.meanwhile(update)
    assert {answer.status_code for answer in answers} == {200}
    assert {answer.json()["model"] for answer in answers} == {"one", "other"}


def test_a_lost_node_is_nobody_s_error(nodes: Nodes, bundles: tuple[Path, Path]) -> None:
    deploy(bundles[0])

    def lose() -> None:
        nodes.cluster.remove_node(nodes.second, allow_graceful=False)

    answers = Typists(nodes.url).meanwhile(lose)
    nodes.second = nodes.add()
    assert {answer.status_code for answer in answers} == {200}


def test_more_requests_bring_more_replicas(nodes: Nodes, bundles: tuple[Path, Path]) -> None:
    from ray import serve

    serve.delete("default")  # else those that run already would stay until the delay is over
    until(lambda: not replicas())
    deploy(bundles[0], min_replicas=1, target_ongoing_requests=1, upscale_delay_s=1, downscale_delay_s=600)
    until(lambda: len(replicas()) == 1)
    answers = Typists(nodes.url, 8).meanwhile(lambda: until(lambda: len(replicas()) == 2))
    assert {answer.status_code for answer in answers} == {200}


def test_ray_s_logs_hold_nothing_of_a_request(nodes: Nodes, bundles: tuple[Path, Path]) -> None:
    deploy(bundles[0])
    with httpx.Client(base_url=nodes.url, timeout=120) as client:
        assert ask(client, "a hidden sentence", "hidden-draft").status_code == 200
        assert client.get("/v1/sessions/hidden-draft?q=hidden").status_code == 200
    logs = list(Path("/tmp/ray/session_latest/logs").rglob("*.*"))
    assert logs
    assert not [path for path in logs if path.is_file() and b"hidden" in path.read_bytes()]


def test_open_doors_and_calling_home_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("ray", reason="ray is not installed")
    from inkling.service.distribution.application import build
    from inkling.service.settings import SettingsError

    with pytest.raises(SettingsError, match="--api-keys"):
        build({})
    monkeypatch.delenv("RAY_USAGE_STATS_ENABLED")
    with pytest.raises(SettingsError, match="RAY_USAGE_STATS_ENABLED=0"):
        build({"allow_anonymous": True})
