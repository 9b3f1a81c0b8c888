"""Any order of calls, and of restarts, leaves in SQLite and in Redis what it leaves in memory."""

import tempfile
from contextlib import ExitStack
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from inkling.models.personal.outcomes import Offer, Outcomes
from inkling.service.profiles.memory_profiles import MemoryProfileStore
from inkling.service.profiles.phrase_change import PhraseChange, PhraseLimitError
from inkling.service.profiles.profile_store import LearnedMessage, ProfileStore, UserKey
from inkling.service.profiles.redis_profiles import RedisProfileStore
from inkling.service.profiles.sqlite import SqliteProfileStore
from tests.programs.redis_server import DURABLE, redis_server

pytestmark = pytest.mark.lengthy

_MOST_WORDS = 60
_USERS = st.sampled_from([UserKey("north", "ada"), UserKey("south", "ada"), UserKey("north", "bob")])
_PHRASES = st.sampled_from(["one", "One", "two", "three", "four", "five"])
_TEXTS = st.text(max_size=3) | st.sampled_from(["one", "two", "three"])


class _Machine(RuleBasedStateMachine):
    """The model is the store in memory."""

    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.model = MemoryProfileStore(max_words=_MOST_WORDS)
        self.now = 0.0
        self.store: ProfileStore

    def open(self) -> ProfileStore:
        """The store under test, over what it kept before."""
        raise NotImplementedError

    @rule()
    def restart(self) -> None:
        self.store.close()
        self.store = self.open()

    @rule(user=_USERS, text=_TEXTS, words=st.integers(1, 2 * _MOST_WORDS))
    def learn(self, user: UserKey, text: str, words: int) -> None:
        self.now += 40
        message = LearnedMessage(text, b"\x01\x02", bytes(8), "digest", words, self.now)
        self.model.learn(user, message)
        self.store.learn(user, message)

    @rule(user=_USERS, phrases=st.lists(_TEXTS, max_size=2, unique=True))
    def forbid(self, user: UserKey, phrases: list[str]) -> None:
        self.model.forbid(user, phrases)
        self.store.forbid(user, phrases)

    @rule(user=_USERS, add=st.lists(_PHRASES, max_size=2), remove=st.lists(_PHRASES, max_size=2))
    def amend(self, user: UserKey, add: list[str], remove: list[str]) -> None:
        change = PhraseChange(add, remove, most=3)
        answers: list[list[str] | None] = []
        for one in (self.model, self.store):
            try:
                answers.append(one.amend(user, change))
            except PhraseLimitError:
                answers.append(None)
        assert answers[0] == answers[1]

    @rule(user=_USERS, characters=st.integers(1, 20))
    def count(self, user: UserKey, characters: int) -> None:
        self.now += 1
        outcomes = Outcomes.of(Offer(0.5, characters), "accepted", characters)
        self.model.count(user, outcomes, self.now)
        self.store.count(user, outcomes, self.now)

    @rule(user=_USERS)
    def erase(self, user: UserKey) -> None:
        assert self.model.erase(user) == self.store.erase(user)

    @rule(age=st.integers(0, 800))
    def forget(self, age: int) -> None:
        assert set(self.model.forget(self.now - age)) == set(self.store.forget(self.now - age))

    @rule(user=_USERS, text=_TEXTS)
    def is_noticed(self, user: UserKey, text: str) -> None:
        before = self.store.fingerprint(user)
        assert self.store.fingerprint(user) == before
        self.learn(user, text, 1)
        assert self.store.fingerprint(user) != before

    @invariant()
    def alike(self) -> None:
        for user in (UserKey("north", "ada"), UserKey("south", "ada"), UserKey("north", "bob")):
            wanted, found = self.model.read(user), self.store.read(user)
            assert (wanted is None) == (found is None)
            if wanted is not None and found is not None:
                assert list(found.messages) == list(wanted.messages)
                assert list(found.forbidden) == list(wanted.forbidden)
                assert found.outcomes == wanted.outcomes == self.store.outcomes(user)

    def teardown(self) -> None:
        self.store.close()
        self.stack.close()


class _SqliteMachine(_Machine):
    @initialize()
    def begin(self) -> None:
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        self.store = self.open()

    def open(self) -> ProfileStore:
        return SqliteProfileStore(self.folder / "p.db", max_words=_MOST_WORDS)


class _RedisMachine(_Machine):
    @initialize()
    def begin(self) -> None:
        folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True)))
        self.server = self.stack.enter_context(redis_server(folder, *DURABLE))
        self.store = self.open()

    def open(self) -> ProfileStore:
        return RedisProfileStore(self.server.url, max_words=_MOST_WORDS)


TestSqlite = _SqliteMachine.TestCase
TestSqlite.settings = settings(max_examples=25, stateful_step_count=30, deadline=None)
TestRedis = _RedisMachine.TestCase
TestRedis.settings = settings(max_examples=10, stateful_step_count=30, deadline=None)
