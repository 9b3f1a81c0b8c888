"""The compose file of two replicas, as it stands: each part is killed, paused or cut off while one types."""

import os
import socket
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.containers.engine import ROOT, build, compose, docker, done, needs_compose
from tests.materials.key_files import bearer, key_file, key_line
from tests.waiting import until

FILE = ROOT / "deploy" / "compose" / "docker-compose.yml"
KEY = "k" * 40
TEXT = "Thank you for the message about the meeting. Please let me know if you have any "
DRAFTS = [f"draft-{number}" for number in range(12)]
PROJECT = "inkling-under-test"
BOTH = ("replica-1", "replica-2")


class Stack:
    """The containers of the file, and a client of the proxy."""

    def __init__(self, port: int, variables: dict[str, str]) -> None:
        self.url, self._variables = f"http://127.0.0.1:{port}", variables
        self.client = httpx.Client(base_url=self.url, timeout=60, headers=bearer(KEY))

    def compose(self, *arguments: str) -> str:
        """Give a command to Compose."""
        options = ("--file", str(FILE), "--project-name", PROJECT)
        return compose(*options, *arguments, **self._variables)

    def container(self, service: str) -> str:
        """The id of a service's container, running or not."""
        label = f"label=com.docker.compose.project={PROJECT}"
        (found,) = done(
            "ps", "-aq", "--filter", label, "--filter", f"label=com.docker.compose.service={service}"
        ).split()
        return found

    def suggest(self, prefix: str, draft: str) -> dict[str, Any]:
        """An answer, which must be one."""
        body = {"prefix": prefix, "session_id": draft, "min_confidence": 0, "interruption_ms": 0}
        response = self.client.post("/v1/suggestions", json=body)
        assert response.status_code == 200, response.text
        answer = response.json()
        assert isinstance(answer, dict)
        return answer

    def is_ready(self) -> bool:
        """Whether the proxy has a replica."""
        try:
            return self.client.get("/readyz").status_code == 200
        except httpx.TransportError:
            return False

    def says(self, service: str, text: str) -> bool:
        """Whether a service's log has this text."""
        return text in docker("logs", self.container(service)).stdout

    def type_all(self) -> None:
        """Type all drafts; each answer is the one that the same text got at first."""
        for end in (20, 45, len(TEXT)):
            for draft in DRAFTS:
                answer = self.suggest(TEXT[:end], draft)
                assert answer["suggestions"] == self.first(end)

    def first(self, end: int) -> Any:
        """What a text without a draft gets."""
        body = {"prefix": TEXT[:end], "min_confidence": 0, "interruption_ms": 0}
        return self.client.post("/v1/suggestions", json=body).raise_for_status().json()["suggestions"]


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    needs_compose()
    build("inkling-redis", "--build-arg", "EXTRAS=[redis]")
    keys = key_file(tmp_path_factory.mktemp("keys"), key_line("ada", KEY))
    keys.chmod(stat.S_IRUSR | stat.S_IRGRP)
    _give_to_container(keys)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    variables = {"REDIS_PASSWORD": "hush-4711", "API_KEYS_FILE": str(keys), "PORT": str(port)}
    stack = Stack(port, variables)
    try:
        stack.compose("up", "--detach", "--no-build")
        until(stack.is_ready)
        until(lambda: all(stack.says(name, "ready at") for name in BOTH))
        yield stack
    finally:
        stack.compose("down", "--volumes")
        stack.client.close()


def _give_to_container(file: Path) -> None:
    """The user of the image may read it, as `deploy/api-keys.yml` says."""

    if os.geteuid() == 0:
        os.chown(file, 0, 10001)
        for folder in file.parents[:3]:
            folder.chmod(folder.stat().st_mode | stat.S_IXOTH | stat.S_IXGRP)


def test_both_replicas_answer_and_drafts_are_kept_in_redis(stack: Stack) -> None:
    stack.type_all()
    keys = done("exec", "-e", "REDISCLI_AUTH=hush-4711", stack.container("redis"), "redis-cli", "dbsize")
    assert int(keys.split()[-1]) >= len(DRAFTS)


def test_who_has_no_key_is_refused(stack: Stack) -> None:
    assert httpx.post(f"{stack.url}/v1/suggestions", json={"prefix": TEXT}).status_code == 401


def kill(stack: Stack) -> Callable[[], str]:
    name = stack.container("replica-1")
    done("kill", name)
    return lambda: done("start", name)


def pause(stack: Stack) -> Callable[[], str]:
    name = stack.container("replica-2")
    done("pause", name)
    return lambda: done("unpause", name)


def pause_redis(stack: Stack) -> Callable[[], str]:
    name = stack.container("redis")
    done("pause", name)
    return lambda: done("unpause", name)


def kill_redis(stack: Stack) -> Callable[[], str]:
    name = stack.container("redis")
    done("kill", name)
    return lambda: done("start", name)


def cut_redis_off(stack: Stack) -> Callable[[], str]:
    """The replicas and Redis are parted; nobody refuses a connection, packets are lost."""
    name, network = stack.container("redis"), f"{PROJECT}_drafts"
    done("network", "disconnect", network, name)
    return lambda: done("network", "connect", "--alias", "redis", network, name)


@pytest.mark.parametrize("harm", [kill, pause, pause_redis, kill_redis, cut_redis_off])
def test_a_fault_is_nobody_s_error(stack: Stack, harm: Callable[[Stack], Callable[[], str]]) -> None:
    stack.type_all()
    mend = harm(stack)
    try:
        stack.type_all()
    finally:
        mend()
    stack.type_all()
    until(stack.is_ready)


def test_a_replica_has_little_processor_and_still_answers(stack: Stack) -> None:
    name = stack.container("replica-1")
    done("update", "--cpus", "0.2", name)
    try:
        stack.type_all()
    finally:
        done("update", "--cpus", "2", name)


def test_what_was_learned_survives_all_containers(stack: Stack) -> None:
    learned = stack.client.post("/v1/users/u-1/messages", json={"text": TEXT})
    assert learned.status_code == 200, learned.text
    stack.compose("stop")
    stack.compose("start")
    until(stack.is_ready)
    assert len(stack.client.get("/v1/users/u-1").json()["messages"]) == 1


def test_nothing_is_written_and_nothing_runs_as_root(stack: Stack) -> None:
    for name in (*BOTH, "redis"):
        container = stack.container(name)
        assert done("exec", container, "id", "-u").strip() not in ("", "0")
        assert docker("exec", container, "touch", "/written").returncode != 0
    for name in (*BOTH, "proxy", "redis"):
        said = docker("logs", stack.container(name)).stdout
        assert TEXT[:20] not in said
        assert "draft-" not in said
        assert "hush-4711" not in said
        assert KEY not in said
