"""The in-memory session store against a plain list of what it should hold."""

import threading
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from inkling.service.sessions.memory_sessions import MemorySessionStore
from inkling.service.sessions.session import Session
from inkling.service.sessions.session_store import SessionKey

KEYS = [SessionKey(owner, session_id) for owner in ("ada", "bob") for session_id in ("1", "2", "3")]


def session_of(words: int, state_size: int = 16) -> Session:
    session = Session("key", np.zeros((1, state_size), np.float32))
    for _ in range(words):
        session.advance(" word", [7], np.zeros((1, state_size), np.float32))
    return session


def cost(session: Session) -> int:
    store = MemorySessionStore(10**9, 1)
    store.put(KEYS[0], session)
    return store.stats().bytes


@dataclass
class Clock:
    now: float = 0.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Kept:
    key: SessionKey
    session: Session
    used: float


class StoreMachine(RuleBasedStateMachine):
    """The model: a list, least recently used first."""

    max_bytes = 40_000
    idle_seconds = 10.0

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.store = MemorySessionStore(
            self.max_bytes, self.idle_seconds, self.clock, max_session_bytes=self.max_bytes
        )
        self.kept: list[Kept] = []
        self.evicted = self.expired = self.hits = self.misses = 0

    def drop_idle(self) -> int:
        alive = [entry for entry in self.kept if self.clock.now - entry.used < self.idle_seconds]
        dropped = len(self.kept) - len(alive)
        self.kept = alive
        self.expired += dropped
        return dropped

    def find(self, key: SessionKey) -> Kept | None:
        self.drop_idle()
        return next((entry for entry in self.kept if entry.key == key), None)

    @rule(seconds=st.integers(0, 6))
    def wait(self, seconds: int) -> None:
        self.clock.now += seconds

    @rule(key=st.sampled_from(KEYS), words=st.integers(0, 20))
    def put(self, key: SessionKey, words: int) -> None:
        session = session_of(words)
        self.drop_idle()
        self.kept = [entry for entry in self.kept if entry.key != key]
        self.kept.append(Kept(key, session, self.clock.now))
        while sum(cost(entry.session) for entry in self.kept) > self.max_bytes:
            del self.kept[0]
            self.evicted += 1
        assert self.store.put(key, session)

    @rule(key=st.sampled_from(KEYS))
    def get(self, key: SessionKey) -> None:
        expected = self.find(key)
        found = self.store.get(key)
        if expected is None:
            self.misses += 1
            assert found is None
            return
        self.hits += 1
        assert found is expected.session
        expected.used = self.clock.now
        self.kept.remove(expected)
        self.kept.append(expected)

    @rule(key=st.sampled_from(KEYS))
    def describe(self, key: SessionKey) -> None:
        expected = self.find(key)
        assert self.store.describe(key) == (None if expected is None else expected.session.sizes())

    @rule(key=st.sampled_from(KEYS))
    def delete(self, key: SessionKey) -> None:
        expected = self.find(key)
        assert self.store.delete(key) == (expected is not None)
        if expected is not None:
            self.kept.remove(expected)

    @precondition(lambda self: self.kept)
    @rule()
    def expire(self) -> None:
        assert self.store.expire() == self.drop_idle()

    @invariant()
    def totals_agree(self) -> None:
        stats = self.store.stats()
        assert stats.bytes <= stats.max_bytes == self.max_bytes
        assert stats.sessions == len(self.kept)
        assert stats.bytes == sum(cost(entry.session) for entry in self.kept)
        assert (stats.evicted, stats.expired, stats.refused) == (self.evicted, self.expired, 0)
        assert (stats.hits, stats.misses) == (self.hits, self.misses)


TestStore = StoreMachine.TestCase
TestStore.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_owners_never_meet() -> None:
    store = MemorySessionStore(10**6, 60)
    mine, yours = session_of(1), session_of(2)
    store.put(SessionKey("ada", "draft"), mine)
    assert store.get(SessionKey("bob", "draft")) is None
    assert not store.delete(SessionKey("bob", "draft"))
    store.put(SessionKey("bob", "draft"), yours)
    assert store.get(SessionKey("ada", "draft")) is mine


def test_one_large_session_is_trimmed_and_a_hopeless_one_refused_without_harm_to_others() -> None:
    store = MemorySessionStore(80_000, 60)
    neighbour = session_of(2)
    store.put(KEYS[0], neighbour)
    large = session_of(200)
    assert cost(large) > 10_000
    assert store.put(KEYS[1], large)
    trimmed = store.get(KEYS[1])
    assert trimmed is not None
    assert trimmed.size < 10_000
    assert trimmed.last == large.last
    assert not store.put(KEYS[1], session_of(1, state_size=100_000))
    assert store.get(KEYS[1]) is None
    assert store.get(KEYS[0]) is neighbour
    stats = store.stats()
    assert (stats.sessions, stats.refused, stats.evicted) == (1, 1, 0)


def test_threads_leave_the_totals_right() -> None:
    store = MemorySessionStore(20_000, 60)
    start = threading.Barrier(4)
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            start.wait()
            for turn in range(300):
                key = KEYS[(turn * 5 + number) % len(KEYS)]
                store.put(key, session_of(turn % 7))
                store.get(key)
                store.describe(KEYS[turn % len(KEYS)])
                if turn % 3 == 0:
                    store.delete(key)
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures
    sessions = [session for key in KEYS if (session := store.get(key)) is not None]
    stats = store.stats()
    assert stats.sessions == len(sessions)
    assert stats.bytes == sum(cost(session) for session in sessions) <= 20_000


@pytest.mark.parametrize(("max_bytes", "idle_seconds"), [(0, 1), (1, 0)])
def test_senseless_bounds_are_refused(max_bytes: int, idle_seconds: float) -> None:
    with pytest.raises(ValueError, match="positive"):
        MemorySessionStore(max_bytes, idle_seconds)
