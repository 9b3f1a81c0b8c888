"""Two real services over one Redis: either answers any keystroke, and losing Redis is nobody's error."""

import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from random import Random
from typing import Any

import httpx
import pytest

from tests.materials.bundles import make_bundle
from tests.programs.redis_server import DURABLE, RedisServer, redis_server
from tests.waiting import until

ROOT = Path(__file__).parents[3]
PASSWORD = "hush-Qk7vXw2Zp9LmT4"
TEXT = "thank you for the message about the meeting on monday and the report "
HANG = 60.0


class Service:
    """A service that runs, and what it said."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        assert process.stderr is not None
        self.process, self.said, found = process, [""], None
        while found is None:
            self.said.append(process.stderr.readline())
            assert self.said[-1], self.said
            found = re.search(r"ready at (http://\S+) after", self.said[-1])
        self.client = httpx.Client(base_url=found[1], timeout=HANG)
        self._reader = threading.Thread(target=lambda: self.said.extend(process.stderr or []), daemon=True)
        self._reader.start()

    def suggest(self, prefix: str, session: str) -> dict[str, Any]:
        """An answer, which must be one; without what differs between two equal ones."""
        body = {"prefix": prefix, "session_id": session, "min_confidence": 0, "interruption_ms": 0}
        response = self.client.post("/v1/suggestions", json=body)
        assert response.status_code == 200, response.text
        answer = response.json()
        assert isinstance(answer, dict)
        return answer

    def metric(self, name: str) -> float:
        """The value of a sample."""
        text = self.client.get("/metrics").text
        found = re.search(rf"^{re.escape(name)} (\S+)$", text, re.MULTILINE)
        assert found is not None, name
        return float(found[1])


def command_of(folder: Path, *options: str, in_file: bool = True) -> list[str]:
    profiles = ("--profiles", str(folder / "profiles.db")) if in_file else ()
    return [
        *(sys.executable, "-m", "inkling.service", "--port", "0", "--no-spare", "--log-level", "debug"),
        *("--bundle", str(folder / "tiny"), *profiles, *options),
    ]


def environment(**given: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("INKLING_")}
    return {**kept, **given}


def refusal(command: list[str], **variables: str) -> str:
    """The one line in which a service says why it does not start. It holds no password."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        env=environment(**variables),
        capture_output=True,
        text=True,
        timeout=HANG,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert PASSWORD not in done.stderr
    return done.stderr


@contextmanager
def serving(folder: Path, *, in_file: bool = True, **variables: str) -> Iterator[Service]:
    with subprocess.Popen(
        command_of(folder, in_file=in_file),
        cwd=ROOT,
        env=environment(**variables),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        try:
            service = Service(process)
            with service.client:
                yield service
        finally:
            process.terminate()
            assert process.wait(HANG) == 0


@pytest.fixture
def services(tmp_path: Path) -> Iterator[tuple[RedisServer, list[Service]]]:
    make_bundle(tmp_path / "tiny")
    with ExitStack() as stack:
        server = stack.enter_context(redis_server(tmp_path, "--requirepass", PASSWORD))
        url = server.url.replace("//", f"//:{PASSWORD}@")
        yield server, [stack.enter_context(serving(tmp_path, INKLING_REDIS=url)) for _ in range(2)]


def command_lines(but: int) -> str:
    """The command lines of all processes but one."""
    lines = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            lines.append("" if path.parent.name == str(but) else path.read_text())
        except OSError:
            continue  # it has ended
    return "\n".join(lines)


def test_two_services_share_drafts_and_outlive_redis(services: tuple[RedisServer, list[Service]]) -> None:
    server, (one, other) = services
    until(lambda: one.metric("inkling_redis_away") == 0 == other.metric("inkling_redis_away"))
    alone = {end: one.suggest(TEXT[:end], f"alone-{end}")["suggestions"] for end in range(0, len(TEXT), 3)}
    random = Random(3)

    def type_through(session: str) -> None:
        for end, suggestions in alone.items():
            assert random.choice((one, other)).suggest(TEXT[:end], session)["suggestions"] == suggestions

    # Until a fetch was in time: a busy machine may be slow.
    for number in range(50):
        type_through(f"shared-{number}")
        if one.metric('inkling_shared_session_lookups_total{result="hit"}') > 0:
            break
    else:
        pytest.fail("no draft was shared")

    server.pause()
    type_through("paused")

    def notices(end: int) -> bool:
        one.suggest(TEXT[:end], f"unknown-{end}")  # the other may have been asked for most of what is above
        return one.metric("inkling_redis_away") == 1

    assert any(notices(end) for end in range(len(TEXT)))
    failures = one.metric('inkling_shared_session_lookups_total{result="failure"}')
    type_through("paused-on")
    type_through("paused-still")
    # The breaker is open but for the time that Redis is asked again by the service, not by a keystroke.
    assert one.metric('inkling_shared_session_lookups_total{result="failure"}') == failures
    server.resume()
    until(lambda: one.metric("inkling_redis_away") == 0)
    type_through("resumed")
    server.kill()
    type_through("killed")
    server.start()
    type_through("restarted")

    said = "".join(one.said + other.said)
    assert "Traceback" not in said
    assert PASSWORD not in said
    assert PASSWORD not in command_lines(but=server.pid)


def test_a_deleted_draft_is_deleted_for_all(services: tuple[RedisServer, list[Service]]) -> None:
    server, (one, other) = services
    with server.client(PASSWORD) as client:
        until(lambda: one.metric("inkling_redis_away") == 0 == other.metric("inkling_redis_away"))
        one.suggest(TEXT, "draft")
        until(lambda: client.dbsize() == 1)
        assert other.client.delete("/v1/sessions/draft").status_code == 204  # it has never seen it itself
        assert client.dbsize() == 0
        assert other.client.delete("/v1/sessions/draft").status_code == 404


def test_a_bundle_that_was_trained_again_under_its_name_does_not_read_states_of_the_old_one(
    tmp_path: Path,
) -> None:
    for folder, seed in (("before", 7), ("after", 8)):
        make_bundle(tmp_path / folder / "tiny", seed=seed)
    lookups = 'inkling_shared_session_lookups_total{result="%s"}'
    with ExitStack() as stack:
        server = stack.enter_context(redis_server(tmp_path))
        before, after = (
            stack.enter_context(serving(tmp_path / folder, INKLING_REDIS=server.url))
            for folder in ("before", "after")
        )
        until(lambda: before.metric("inkling_redis_away") == 0 == after.metric("inkling_redis_away"))
        alone = after.suggest(TEXT, "alone")["suggestions"]
        until(partial(_holds, server, 1))
        # Until a fetch was in time: a busy machine may be slow.
        for number in range(50):
            looked = after.metric(lookups % "miss")
            before.suggest(TEXT, f"draft-{number}")
            until(partial(_holds, server, number + 2))
            answer = after.suggest(TEXT, f"draft-{number}")
            assert answer["session"]["cached_tokens"] == 0
            assert answer["suggestions"] == alone
            if after.metric(lookups % "miss") > looked:
                break
        else:
            pytest.fail("no draft was looked for in time")


def _holds(server: RedisServer, keys: int) -> bool:
    return len(server.keys()) == keys


def test_a_missing_package_is_one_line_and_exit_code_2(tmp_path: Path) -> None:
    make_bundle(tmp_path / "tiny")
    (tmp_path / "path" / "redis").mkdir(parents=True)
    missing = "raise ModuleNotFoundError(\"No module named 'redis'\", name='redis')\n"
    (tmp_path / "path" / "redis" / "__init__.py").write_text(missing)
    path = os.pathsep.join([str(tmp_path / "path"), os.environ.get("PYTHONPATH", "")])
    said = refusal(command_of(tmp_path, "--redis", f"redis://:{PASSWORD}@localhost"), PYTHONPATH=path)
    assert "pip install 'inkling[redis]'" in said


@pytest.mark.parametrize(
    "address",
    [
        f"http://{PASSWORD}@host",
        f"redis://:{PASSWORD}/x@host:1/0",
        f"redis:{PASSWORD}",
        f"redis://h/{PASSWORD}",
    ],
)
def test_an_address_that_cannot_be_used_is_one_line_without_it(tmp_path: Path, address: str) -> None:
    assert "INKLING_REDIS" in refusal(command_of(tmp_path), INKLING_REDIS=address)


def test_two_services_share_profiles_and_outlive_redis(tmp_path: Path) -> None:
    make_bundle(tmp_path / "tiny")
    with ExitStack() as stack:
        server = stack.enter_context(redis_server(tmp_path, *DURABLE, "--requirepass", PASSWORD))
        url = server.url.replace("//", f"//:{PASSWORD}@")
        one, other = (
            stack.enter_context(serving(tmp_path, in_file=False, INKLING_REDIS_PROFILES=url))
            for _ in range(2)
        )
        assert PASSWORD not in command_lines(but=server.pid)
        message = {"text": "The heron report is on your desk. The heron report is done."}
        for number in range(3):
            sent = one.client.post("/v1/users/ada/messages", json={"text": f"{message['text']} {number}"})
            assert sent.status_code == 200, sent.text
        assert other.client.get("/v1/users/ada").json()["messages"]
        asked = {"prefix": "The heron re", "session_id": "s", "user_id": "ada", "min_confidence": 0}
        asked |= {"interruption_ms": 0}
        answers = [
            each.client.post("/v1/suggestions", json=asked).json()["suggestions"] for each in (one, other)
        ]
        assert answers[0] == answers[1]
        assert answers[0][0]["text"].startswith("port")

        away = "inkling_profiles_away"
        assert one.metric(away) == 0 == other.metric(away)
        server.kill()
        until(lambda: one.metric(away) == 1 == other.metric(away))  # nobody has asked for a profile
        for number in range(12):
            answer = other.client.post("/v1/suggestions", json=asked | {"session_id": f"s{number}"})
            assert answer.status_code == 200, answer.text
        refused = one.client.post("/v1/users/ada/messages", json=message)
        assert (refused.status_code, "retry-after" in refused.headers) == (503, True)
        assert one.client.delete("/v1/users/ada").status_code == 503

        server.start()
        until(lambda: one.metric(away) == 0 == other.metric(away))
        until(lambda: one.client.delete("/v1/users/ada").status_code == 204)
        until(lambda: other.client.get("/v1/users/ada").status_code == 404)
        gone = other.client.post("/v1/suggestions", json=asked | {"session_id": "t"}).json()["suggestions"]
        assert gone != answers[0]
        assert PASSWORD not in "".join([*one.said, *other.said])
        assert "heron" not in "".join([*one.said, *other.said])
    assert not (tmp_path / "profiles.db").exists()


def test_a_redis_that_may_lose_profiles_keeps_the_service_from_starting(tmp_path: Path) -> None:
    make_bundle(tmp_path / "tiny")
    with redis_server(tmp_path) as server:
        said = refusal(command_of(tmp_path, in_file=False), INKLING_REDIS_PROFILES=server.url)
    assert "appendonly" in said
