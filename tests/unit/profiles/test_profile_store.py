"""The contract of all profile stores, and the further promises of the SQLite store."""

import os
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from random import Random

import pytest

from inkling.models.personal.outcomes import Offer, Outcomes
from inkling.service.profiles.database import foreign_format
from inkling.service.profiles.memory_profiles import MemoryProfileStore
from inkling.service.profiles.phrase_change import PhraseChange, PhraseLimitError
from inkling.service.profiles.profile_store import LearnedMessage, ProfileStore, ProfileStoreError, UserKey
from inkling.service.profiles.redis_profiles import RedisProfileStore
from inkling.service.profiles.sqlite import SqliteProfileStore
from tests.programs.redis_server import DURABLE, redis_server

ADA, OTHER_ADA, BOB = UserKey("north", "ada"), UserKey("south", "ada"), UserKey("north", "bob")
Make = Callable[[], ProfileStore]


def message(text: str, words: int = 10, learned_at: float = 1000.0) -> LearnedMessage:
    return LearnedMessage(text, text.encode("utf-16-le"), b"", "digest", words, learned_at)


@pytest.fixture(params=["memory", "sqlite", "lazy sqlite", "redis"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ProfileStore]:
    if request.param == "redis":
        with redis_server(tmp_path, *DURABLE) as server:
            in_redis = RedisProfileStore(server.url, max_words=100)
            yield in_redis
            in_redis.close()
        return
    made: ProfileStore = (
        MemoryProfileStore(max_words=100)
        if request.param == "memory"
        else SqliteProfileStore(tmp_path / "p.db", max_words=100, create=request.param == "sqlite")
    )
    yield made
    made.close()


def texts(store: ProfileStore, user: UserKey) -> list[str]:
    kept = store.read(user)
    return [] if kept is None else [one.text for one in kept.messages]


def test_users_and_owners_never_meet(store: ProfileStore) -> None:
    store.learn(ADA, message("of ada"))
    store.forbid(BOB, ["kind regards", "best"])
    assert texts(store, ADA) == ["of ada"]
    assert store.read(OTHER_ADA) is None
    kept = store.read(BOB)
    assert kept is not None
    assert (list(kept.messages), list(kept.forbidden)) == ([], ["kind regards", "best"])
    assert not store.erase(OTHER_ADA)
    assert store.erase(ADA)
    assert store.read(ADA) is None
    assert store.read(BOB) is not None


def test_everything_of_a_message_comes_back(store: ProfileStore) -> None:
    sent = LearnedMessage("naïve \ue004, 😀\n\x00", bytes(range(256)), b"\x00\xff" * 4, "d", 3, 1234.5)
    store.learn(ADA, sent)
    kept = store.read(ADA)
    assert kept is not None
    assert list(kept.messages) == [sent]
    assert kept.words == 3


def test_a_message_sent_twice_is_kept_once_as_the_newest(store: ProfileStore) -> None:
    for text in ("one", "two", "one"):
        store.learn(ADA, message(text))
    assert texts(store, ADA) == ["two", "one"]


def test_a_message_counts_each_time_it_is_sent(store: ProfileStore) -> None:
    for moment in (1000.0, 1030.0, 1100.0, 1160.0):  # the second one is a client that tries again
        store.learn(ADA, message("one", learned_at=moment))
    store.learn(ADA, message("two", learned_at=1170.0))
    kept = store.read(ADA)
    assert kept is not None
    assert [(one.text, one.times, one.learned_at) for one in kept.messages] == [
        ("one", 3, 1160.0),
        ("two", 1, 1170.0),
    ]


def test_outcomes_are_added_up_and_go_with_their_user(store: ProfileStore) -> None:
    assert not store.outcomes(ADA)
    taken = Outcomes.of(Offer(0.5, 9), "accepted", 9)
    store.count(ADA, taken, 1000.0)
    before = store.fingerprint(ADA)
    store.count(ADA, Outcomes.of(Offer(0.5, 9), "dismissed"), 1010.0)
    version = store.version()
    assert store.fingerprint(ADA) == before  # of messages and phrases alone
    kept = store.read(ADA)
    assert kept is not None
    assert (list(kept.messages), kept.outcomes.shown) == ([], 2)
    assert store.outcomes(ADA) == kept.outcomes
    store.learn(ADA, message("of ada"))
    store.forbid(ADA, [])
    assert store.outcomes(ADA) == kept.outcomes
    assert store.version() != version
    assert store.erase(ADA)
    assert not store.outcomes(ADA)
    assert store.read(ADA) is None
    store.count(BOB, taken, 1000.0)
    assert store.erase(BOB)
    assert not store.erase(BOB)


def test_outcomes_are_forgotten_with_age(store: ProfileStore) -> None:
    taken = Outcomes.of(Offer(0.5, 9), "accepted", 9)
    store.count(ADA, taken, 10.0)
    store.count(BOB, taken, 30.0)
    store.learn(BOB, message("of bob", learned_at=40.0))
    assert store.forget(before=20) == [ADA]
    assert store.read(ADA) is None
    assert store.forget(before=35) == [BOB]
    assert texts(store, BOB) == ["of bob"]
    assert not store.outcomes(BOB)


def test_the_oldest_words_are_dropped_beyond_the_bound(store: ProfileStore) -> None:
    for number in range(12):
        store.learn(ADA, message(str(number), words=30))
        store.learn(BOB, message(str(number), words=5))
    assert texts(store, ADA) == ["9", "10", "11"]
    assert len(texts(store, BOB)) == 12
    store.learn(ADA, message("long", words=1000))  # longer than the bound: kept alone
    assert texts(store, ADA) == ["long"]


def test_the_stale_is_forgotten(store: ProfileStore) -> None:
    store.learn(ADA, message("old", learned_at=10))
    store.learn(ADA, message("new", learned_at=30))
    store.learn(BOB, message("newer", learned_at=40))
    assert store.forget(before=20) == [ADA]
    assert texts(store, ADA) == ["new"]
    assert store.forget(before=20) == []
    store.forget(before=99)
    assert store.read(ADA) is None


def test_phrases_are_replaced(store: ProfileStore) -> None:
    store.forbid(ADA, ["a", "b"])
    store.forbid(ADA, ["c"])
    kept = store.read(ADA)
    assert kept is not None
    assert list(kept.forbidden) == ["c"]
    store.forbid(ADA, [])
    assert store.read(ADA) is None


def test_phrases_are_added_and_removed_in_whatever_case(store: ProfileStore) -> None:
    assert store.amend(ADA, PhraseChange([], ["best"], 3)) == []
    assert store.read(ADA) is None
    assert store.amend(ADA, PhraseChange(["kind regards", "best"], [], 3)) == ["kind regards", "best"]
    both = ["kind regards", "so long"]
    assert store.amend(ADA, PhraseChange(["KIND regards", "so long"], ["Best"], 3)) == both
    seen = store.fingerprint(ADA)
    with pytest.raises(PhraseLimitError):
        store.amend(ADA, PhraseChange(["best", "cheers"], [], 3))
    assert store.amend(ADA, PhraseChange(["So long"], ["cheers"], 3)) == both
    assert store.fingerprint(ADA) == seen
    kept = store.read(ADA)
    assert kept is not None
    assert list(kept.forbidden) == both
    assert store.read(OTHER_ADA) is None
    assert store.amend(ADA, PhraseChange([], both, 3)) == []
    assert store.read(ADA) is None


@pytest.fixture(params=["sqlite", "redis"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[ProfileStore]:
    if request.param == "sqlite":
        in_file = SqliteProfileStore(tmp_path / "p.db", max_words=60)
        yield in_file
        in_file.close()
        return
    with redis_server(tmp_path, *DURABLE) as server:
        in_redis = RedisProfileStore(server.url, max_words=60)
        yield in_redis
        in_redis.close()


def test_any_order_of_calls_ends_as_in_memory(kept: ProfileStore) -> None:
    random = Random(4)
    stores = [MemoryProfileStore(max_words=60), kept]
    for step in range(300):
        user, choice = random.choice((ADA, OTHER_ADA, BOB)), random.random()
        text, words = str(random.randrange(20)), random.randrange(1, 40)
        results: list[object] = []
        for store in stores:
            if choice < 0.7:
                store.learn(user, message(text, words, learned_at=step))
            elif choice < 0.8:
                store.forbid(user, [text])
            elif choice < 0.9:
                results.append(store.erase(user))
            else:
                results.append(set(store.forget(step - 25)))
        assert results[:1] == results[1:]
        for one in (ADA, OTHER_ADA, BOB):
            memory, other = (store.read(one) for store in stores)
            assert (memory is None) == (other is None)
            if memory is not None and other is not None:
                assert list(memory.messages) == list(other.messages)
                assert list(memory.forbidden) == list(other.forbidden)


def test_a_file_is_made_only_when_there_is_something_to_keep(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "p.db"
    store = SqliteProfileStore(path, max_words=100, create=False)
    assert store.read(ADA) is None
    assert not store.erase(ADA)
    assert store.forget(10.0) == []
    assert not path.parent.exists()
    store.learn(ADA, message("first"))
    assert path.stat().st_mode & 0o777 == 0o600
    store.close()
    again = SqliteProfileStore(path, max_words=100, create=False)
    assert texts(again, ADA) == ["first"]
    again.close()


def test_what_is_erased_is_in_no_file(tmp_path: Path) -> None:
    store = SqliteProfileStore(tmp_path / "p.db", max_words=10_000)
    for number in range(50):
        store.learn(ADA, message(f"heron{number} " * 100))
        store.learn(BOB, message(f"otter{number} " * 100))
    store.forbid(ADA, ["heron phrase"])
    store.erase(ADA)
    found = b"".join(path.read_bytes() for path in tmp_path.iterdir() if path.is_file())
    assert b"heron" not in found
    assert b"h\x00e\x00r\x00o\x00n\x00" not in found
    assert b"otter" in found
    store.close()


def test_a_reader_does_not_wait_for_a_writer(tmp_path: Path) -> None:
    store = SqliteProfileStore(tmp_path / "p.db", max_words=100)
    store.learn(ADA, message("before"))
    other = sqlite3.connect(tmp_path / "p.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("DELETE FROM message")
    assert texts(store, ADA) == ["before"]
    other.execute("ROLLBACK")
    other.close()
    store.close()


_FORMAT_1 = """
CREATE TABLE message (number INTEGER PRIMARY KEY, owner TEXT NOT NULL, user_id TEXT NOT NULL,
    text TEXT NOT NULL, pieces BLOB NOT NULL, hashes BLOB NOT NULL, tokenizer TEXT NOT NULL,
    words INTEGER NOT NULL, learned_at REAL NOT NULL);
CREATE INDEX message_of_user ON message (owner, user_id, number);
CREATE INDEX message_by_age ON message (learned_at);
CREATE TABLE forbidden (owner TEXT NOT NULL, user_id TEXT NOT NULL, phrase TEXT NOT NULL);
CREATE INDEX forbidden_of_user ON forbidden (owner, user_id);
INSERT INTO message VALUES (1, 'north', 'ada', 'of old', x'0102', x'', 'digest', 2, 1000.0);
INSERT INTO forbidden VALUES ('north', 'ada', 'best');
PRAGMA user_version = 1;
"""


def test_a_file_of_the_format_before_is_read_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    old = sqlite3.connect(path)
    old.executescript(_FORMAT_1)
    old.close()
    assert not foreign_format(path.read_bytes()[:100])
    stores = [SqliteProfileStore(path, max_words=100) for _ in range(2)]
    for store in stores:
        kept = store.read(ADA)
        assert kept is not None
        assert [(one.text, one.times) for one in kept.messages] == [("of old", 1)]
        assert (list(kept.forbidden), kept.outcomes.shown) == (["best"], 0)
    stores[0].learn(ADA, message("of old", learned_at=2000.0))
    stores[0].count(ADA, Outcomes.of(Offer(0.5, 9), "accepted", 9), 2000.0)
    kept = stores[1].read(ADA)
    assert kept is not None
    assert ([one.times for one in kept.messages], kept.outcomes.shown) == ([2], 1)
    for store in stores:
        store.close()


def test_a_file_that_is_no_store_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    path.write_text("this is not a database, but it is long enough to be looked at as if it were one\n" * 9)
    with pytest.raises(ProfileStoreError, match="cannot keep profiles"):
        SqliteProfileStore(path, max_words=100)
    path.unlink()
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 7")
    newer.close()
    with pytest.raises(ProfileStoreError, match="format 7"):
        SqliteProfileStore(path, max_words=100)
    with pytest.raises(ProfileStoreError, match="choose another"):
        SqliteProfileStore(tmp_path, max_words=100)


_WRITER = """
import sys
from pathlib import Path
from inkling.service.profiles.sqlite import SqliteProfileStore
from inkling.service.profiles.profile_store import LearnedMessage, UserKey
store = SqliteProfileStore(Path(sys.argv[1]), max_words=10**9)
for number in range(10**6):
    store.learn(UserKey("", "ada"), LearnedMessage(str(number), b"xx" * 400, b"", "d", 1, 0.0))
    print(number, flush=True)
"""


def test_kill_9_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    root = Path(__file__).parents[3]
    known = -1
    for stop in (3, 40, 11):
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, str(path)], stdout=subprocess.PIPE, text=True, cwd=root
        ) as process:
            assert process.stdout is not None
            for _ in range(stop):
                known = int(process.stdout.readline())
            os.kill(process.pid, signal.SIGKILL)
            acknowledged = [known, *map(int, process.stdout.read().split())]
        store = SqliteProfileStore(path, max_words=10**9)
        assert set(texts(store, UserKey("", "ada"))) >= {
            str(number) for number in range(acknowledged[-1] + 1)
        }
        store.close()


def test_a_damaged_row_costs_its_own_user_only(tmp_path: Path) -> None:
    store = SqliteProfileStore(tmp_path / "p.db", max_words=100)
    store.learn(ADA, message("of ada"))
    store.learn(BOB, message("of bob"))
    other = sqlite3.connect(tmp_path / "p.db", isolation_level=None)
    other.execute("UPDATE message SET text = CAST(x'ff' AS TEXT) WHERE user_id = 'ada'")
    other.close()
    for _ in range(2):
        with pytest.raises(sqlite3.Error):
            store.read(ADA)
        assert texts(store, BOB) == ["of bob"]
    assert store.erase(ADA)
    assert store.read(ADA) is None
    store.close()


def test_an_erasure_that_leaves_something_in_the_log_is_finished_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("inkling.service.profiles.sqlite._WAIT_SECONDS", 0.1)
    store = SqliteProfileStore(tmp_path / "p.db", max_words=100)
    store.learn(ADA, message("heron"))
    reader = sqlite3.connect(tmp_path / "p.db", isolation_level=None)
    reader.execute("BEGIN")
    reader.execute("SELECT * FROM message").fetchall()
    assert store.erase(ADA)
    assert store.erasing
    assert store.read(ADA) is None
    reader.execute("ROLLBACK")
    reader.close()
    store.finish_erasing()
    assert not store.erasing
    assert b"heron" not in b"".join(path.read_bytes() for path in tmp_path.iterdir())
    store.close()
