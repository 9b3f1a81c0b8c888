"""`inkling doctor` and a real Redis: well kept, badly kept, shut, silent, and away."""

import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from pydantic import SecretStr

from inkling.service.doctor.finding import Finding, Verdict
from inkling.service.doctor.redis_checks import check_redis, check_redis_profiles
from inkling.service.settings import Settings
from tests.integration.distribution.services import free_port
from tests.programs.redis_server import RedisServer, redis_server

PASSWORD = "hush-Qk7vXw2Zp9LmT4"
GOOD = ["--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru"]


def check(url: str, ahead: float = 0.0) -> Finding:
    return sound(check_redis(Settings(redis=SecretStr(url)), wall=lambda: time.time() + ahead))


def check_profiles(url: str) -> Finding:
    return sound(check_redis_profiles(Settings(redis_profiles=SecretStr(url))))


def sound(found: Finding) -> Finding:
    """A finding as it must be, whatever it says."""
    assert PASSWORD not in str(found)
    assert "\n" not in found.found + found.remedy
    assert bool(found.remedy) == (found.verdict is not Verdict.OK)
    return found


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path, *GOOD) as running:
        yield running


def test_without_redis_there_is_nothing_to_look_at() -> None:
    assert check_redis(Settings()).verdict is check_redis_profiles(Settings()).verdict is Verdict.OK


def test_one_that_is_well_kept(server: RedisServer) -> None:
    found = check(server.url)
    assert found.verdict is Verdict.OK, found
    info = server.ask("INFO", "server")
    assert info.get("valkey_version", info["redis_version"]) in found.found
    assert server.keys() == []


@pytest.mark.parametrize(
    ("setting", "value", "words", "remedy"),
    [
        ("maxmemory", "0", "no bound", "maxmemory"),
        ("maxmemory-policy", "noeviction", "drops nothing", "allkeys-lru"),
        ("appendonly", "yes", "disk", "appendonly no"),
        ("save", "3600 1", "disk", "save"),
    ],
)
def test_one_that_is_badly_kept(
    server: RedisServer, setting: str, value: str, words: str, remedy: str
) -> None:
    server.ask("CONFIG", "SET", setting, value)
    found = check(server.url)
    assert found.verdict is Verdict.WARN
    assert words in found.found
    assert remedy in found.remedy


def test_one_with_another_clock(server: RedisServer) -> None:
    found = check(server.url, ahead=3600.0)
    assert found.verdict is Verdict.WARN
    assert "3600 s apart" in found.found


def test_one_that_takes_no_writes(server: RedisServer) -> None:
    server.ask("REPLICAOF", "127.0.0.1", "1")
    found = check(server.url)
    assert found.verdict is Verdict.FAIL
    assert "master" in found.remedy


@pytest.mark.parametrize("given", ["", "wrong:", f"wrong-{PASSWORD}"])
def test_a_wrong_password(tmp_path: Path, given: str) -> None:
    with redis_server(tmp_path, "--requirepass", PASSWORD, *GOOD) as server:
        address = server.url.removeprefix("redis://")
        assert check(f"redis://:{PASSWORD}@{address}").verdict is Verdict.OK
        found = check(f"redis://:{given}@{address}" if given else server.url)
        assert found.verdict is Verdict.FAIL
        assert "password" in found.found
        assert "INKLING_REDIS" in found.remedy


def test_a_user_who_may_not_ask(server: RedisServer) -> None:
    server.ask("ACL", "SETUSER", "drafts", "on", f">{PASSWORD}", "~*", "+get", "+set", "+ping")
    found = check(server.url.replace("//", f"//drafts:{PASSWORD}@"))
    assert found.verdict is Verdict.WARN
    assert "INFO" in found.remedy


def test_one_that_is_silent_or_away(server: RedisServer) -> None:
    began = time.monotonic()
    server.pause()
    try:
        found = check(server.url.replace("//", f"//:{PASSWORD}@"))
    finally:
        server.resume()
    assert found.verdict is Verdict.FAIL
    assert "TimeoutError" in found.found
    server.kill()
    assert check(server.url).verdict is Verdict.FAIL
    assert check(f"redis://:{PASSWORD}@127.0.0.1:{free_port()}").verdict is Verdict.FAIL
    assert time.monotonic() - began < 30, "nobody waits long"


def test_what_is_no_redis(server: RedisServer) -> None:
    found = check(server.url.replace("redis://", "rediss://"))
    assert found.verdict is Verdict.FAIL
    assert "redis://" in found.remedy
    with socket.create_server(("127.0.0.1", 0)) as listener:
        url = f"redis://:{PASSWORD}@127.0.0.1:{listener.getsockname()[1]}"
        assert check(url).verdict is Verdict.FAIL


def test_one_that_keeps_profiles(tmp_path: Path) -> None:
    options = ["--appendonly", "yes", "--appendfsync", "always", "--maxmemory-policy", "noeviction"]
    with redis_server(tmp_path, *options) as server:
        assert check_profiles(server.url).verdict is Verdict.OK
        for setting, good, bad in (
            ("appendfsync", "always", "everysec"),
            ("maxmemory-policy", "noeviction", "allkeys-lru"),
            ("appendonly", "yes", "no"),
        ):
            server.ask("CONFIG", "SET", setting, bad)
            found = check_profiles(server.url)
            assert found.verdict is Verdict.FAIL
            assert setting in found.remedy
            assert good in found.remedy
            server.ask("CONFIG", "SET", setting, good)
    found = check_profiles(f"redis://:{PASSWORD}@127.0.0.1:{free_port()}")
    assert found.verdict is Verdict.FAIL
    assert "INKLING_REDIS_PROFILES" in found.remedy
