"""Sessions in a real Redis: what another replica finds there, and what becomes of it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from inkling.service.sessions.redis_sessions import RedisSessions
from inkling.service.sessions.session import Session
from inkling.service.sessions.session_store import SessionKey
from tests.programs.redis_server import RedisServer, redis_server
from tests.unit.sessions.test_session_bytes import session_of
from tests.waiting import until

MODEL, KEY = "model-1 onnx", SessionKey("ada", "draft-of-ada")
PATIENCE = 20.0
PATIENT = 5.0
"""Seconds for a fetch in tests of other things than its bound."""


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as running:
        yield running


class Shared:
    """Stores over one server, closed at the end."""

    def __init__(self, server: RedisServer) -> None:
        self.server = server
        self.made: list[RedisSessions] = []

    def __call__(self, model: str = MODEL, *, seconds: float = PATIENT, idle: float = 60.0) -> RedisSessions:
        store = RedisSessions(
            self.server.url, model, idle, fetch_seconds=seconds, rest_seconds=0.05, most_pending=4
        )
        self.made.append(store)
        until(lambda: not store.stats().away)
        return store


@pytest.fixture
def shared(server: RedisServer) -> Iterator[Shared]:
    stores = Shared(server)
    yield stores
    for store in stores.made:
        store.close()


def fetch(store: RedisSessions, key: SessionKey = KEY) -> Session | None:
    return asyncio.run(store.fetch(key))


def put(store: RedisSessions, session: Session, key: SessionKey = KEY) -> None:
    written = store.stats().written
    store.offer(key, session)
    until(lambda: store.stats().written > written)


def test_a_session_is_found_by_another_replica(shared: Shared) -> None:
    one, other = shared(), shared()
    assert fetch(other) is None
    put(one, session_of("one two three "))
    found = fetch(other)
    assert found is not None
    assert found.text == "one two three"
    assert (other.stats().hits, other.stats().misses) == (1, 1)


def test_redis_holds_no_name_of_the_draft_and_forgets_it(server: RedisServer, shared: Shared) -> None:
    put(shared(idle=60.0), session_of("one "))
    (name,) = server.keys()
    assert b"ada" not in name
    assert 0 < server.ask("PTTL", name) <= 60_000


def test_a_stale_or_foreign_value_is_none(server: RedisServer, shared: Shared) -> None:
    store, newer = shared(), shared("model-2 onnx")
    put(store, session_of("one two "))
    assert fetch(newer) is None
    (name,) = server.keys()
    whole = server.ask("GET", name)
    for foreign in (whole[:-1], b"", b"x" * (8 * 1024 * 1024), whole.replace(b"one", b"two")):
        server.ask("SET", name, foreign)
        assert fetch(store) is None
    put(store, session_of("one "), SessionKey("bob", "draft"))
    (bobs,) = set(server.keys()) - {name}
    server.ask("COPY", bobs, name, "REPLACE")
    assert fetch(store) is None
    server.ask("DEL", name)
    server.ask("LPUSH", name, "a list")
    assert fetch(store) is None
    put(store, session_of("one two "))  # it goes on all the same
    assert fetch(store) is not None


@pytest.mark.parametrize(
    ("refuse", "take"),
    [
        (("CONFIG", "SET", "min-replicas-to-write", "1"), ("CONFIG", "SET", "min-replicas-to-write", "0")),
        (("REPLICAOF", "127.0.0.1", "1"), ("REPLICAOF", "NO", "ONE")),
    ],
    ids=["no replicas", "read-only"],
)
def test_a_deletion_that_redis_refuses_is_done_once_it_takes_changes_again(
    server: RedisServer, shared: Shared, refuse: tuple[str, ...], take: tuple[str, ...]
) -> None:
    store = shared()
    put(store, session_of("one "))
    server.ask(*refuse)
    assert not asyncio.run(store.delete(KEY))
    assert fetch(store) is None
    unwritten = store.stats().unwritten
    store.offer(KEY, session_of("one two "))  # the draft goes on, and is not kept
    until(lambda: store.stats().unwritten > unwritten)
    assert not asyncio.run(store.delete(SessionKey("ada", "never-kept")))
    assert len(server.keys()) == 1
    server.ask(*take)
    until(lambda: not server.keys())
    assert not store.stats().away
    put(store, session_of("one two "))
    assert fetch(store) is not None


def test_a_deleted_session_is_gone_and_so_is_a_write_that_waits(server: RedisServer, shared: Shared) -> None:
    store = shared()
    put(store, session_of("one "))
    assert asyncio.run(store.delete(KEY))
    assert not asyncio.run(store.delete(KEY))
    store.offer(KEY, session_of("one two "))
    asyncio.run(store.delete(KEY))
    assert server.keys() == []
