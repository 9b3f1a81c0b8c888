"""The host of an engine, whichever it is: starts it, stops it, and starts another when it is lost."""

import asyncio
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from inkling.service.control_groups import ControlGroups
from inkling.service.engine.client import replica_set
from inkling.service.host import ModelHost, StartupError, replica_count
from inkling.service.http.answers.error_answers import ApiError
from inkling.service.http.app import create_app
from inkling.service.monitoring.metrics import Metrics
from tests.programs.serving import app_client, assert_error, settings
from tests.rigs.fake_client import FakeClient, FakeLaunch, launching


async def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < deadline
        await asyncio.sleep(0.001)


def test_it_is_ready_from_its_start_to_the_announcement_of_its_stop() -> None:
    async def scene() -> None:
        client = FakeClient()
        host = ModelHost(settings(drain_seconds=7.0), Metrics(), launching(client))
        with pytest.raises(ApiError, match="starting"):
            host.check_ready()
        host.load()
        with pytest.raises(ApiError, match="starting"):
            _ = host.engine
        await host.start()
        host.check_ready()
        assert host.engine.model is client.model
        host.announce_stop()
        with pytest.raises(ApiError, match="stop"):
            host.check_ready()
        await host.stop()
        assert client.drained is not None
        assert 0 < client.drained <= 7.0

    asyncio.run(scene())


def test_a_lost_engine_is_replaced_however_often_the_launch_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_set, "_FIRST_PAUSE", 0.001)

    async def scene() -> None:
        lost, found = FakeClient("first"), FakeClient("second")
        launch = FakeLaunch([lost, StartupError("no"), ValueError("no"), found])
        host = ModelHost(settings(), Metrics(), launch)
        await host.start()
        lost.lose()
        with pytest.raises(ApiError):
            host.check_ready()
        await until(lambda: host.model.name == "second")
        host.check_ready()
        await host.stop()
        assert found.drained is not None

    asyncio.run(scene())


def test_an_engine_that_cannot_be_launched_keeps_the_service_from_starting() -> None:
    host = ModelHost(settings(), Metrics(), FakeLaunch([StartupError("no bundle")]))
    with pytest.raises(StartupError, match="no bundle"):
        host.load()


def test_the_metrics_tell_the_load_of_the_engine_and_what_became_of_sessions() -> None:
    with app_client(create_app(settings(), launching(FakeClient()))) as client:
        lines = client.get("/metrics").text.splitlines()
    for line in (
        "inkling_queue_depth 2.0",
        "inkling_in_progress 1.0",
        "inkling_sessions 3.0",
        "inkling_session_bytes 400.0",
        "inkling_session_max_bytes 5000.0",
        'inkling_session_lookups_total{result="hit"} 6.0',
        'inkling_session_lookups_total{result="miss"} 7.0',
        'inkling_sessions_dropped_total{reason="evicted"} 8.0',
        'inkling_sessions_dropped_total{reason="expired"} 9.0',
        'inkling_sessions_dropped_total{reason="refused"} 10.0',
    ):
        assert line in lines


@pytest.mark.parametrize("profiles", [True, False])
def test_users_are_known_where_the_engine_keeps_profiles(profiles: bool) -> None:
    with app_client(create_app(settings(), launching(FakeClient(profiles=profiles)))) as client:
        response = client.request("POST", "/v1/users/ada/messages", json={"text": "Two words"})
        if profiles:
            assert response.json() == {"id": "ada", "messages": 1, "words": 2}
            assert client.request("DELETE", "/v1/users/ada").status_code == 204
        else:
            assert "keeps no profiles" in assert_error(response, 403, "forbidden")


@pytest.mark.parametrize(
    ("allowed", "replicas"),
    [
        ("max 100000", 7),
        ("400000 100000", 3),
        ("250000 100000", 1),
        ("50000 100000", 1),
        ("9900000 100000", 7),
    ],
)
def test_auto_is_the_cores_that_a_container_may_use_less_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, allowed: str, replicas: int
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(8)))
    proc, mounts = tmp_path / "proc", tmp_path / "cgroup"
    for folder in (proc / "self", mounts / "pod"):
        folder.mkdir(parents=True)
    (proc / "self" / "cgroup").write_text("0::/pod/me")
    (mounts / "pod" / "cpu.max").write_text(allowed)
    groups = ControlGroups(proc, mounts)
    assert replica_count(settings(replicas="auto"), groups) == replicas
    assert replica_count(settings(replicas=5), groups) == 5
