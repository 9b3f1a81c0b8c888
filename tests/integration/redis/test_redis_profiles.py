"""Profiles in a real Redis that is killed, paused, filled up and set badly."""

import hashlib
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from inkling.service.profiles.profile_bytes import DIGEST_BYTES, read_message, user_digest, write_message
from inkling.service.profiles.profile_store import (
    LearnedMessage,
    ProfileStoreError,
    StorageBusyError,
    StorageFullError,
    UserKey,
)
from inkling.service.profiles.redis_profiles import RedisProfileStore
from tests.programs.redis_server import DURABLE, RedisServer, redis_server
from tests.waiting import until

ADA, BOB = UserKey("north", "ada"), UserKey("north", "bob")


def message(text: str, words: int = 10, learned_at: float = 1000.0) -> LearnedMessage:
    return LearnedMessage(text, text.encode("utf-16-le"), b"", "digest", words, learned_at)


def texts(store: RedisProfileStore, user: UserKey) -> list[str]:
    kept = store.read(user)
    return [] if kept is None else [one.text for one in kept.messages]


def store_in(server: RedisServer, max_words: int = 10**9) -> RedisProfileStore:
    return RedisProfileStore(server.url, max_words=max_words)


_WRITER = """
import sys
from inkling.service.profiles.profile_store import LearnedMessage, UserKey
from inkling.service.profiles.redis_profiles import RedisProfileStore
store = RedisProfileStore(sys.argv[1], max_words=10**9)
for number in range(10**6):
    store.learn(UserKey("north", "ada"), LearnedMessage(str(number), b"xx" * 400, b"", "d", 1, 0.0))
    print(number, flush=True)
"""


def test_a_killed_redis_loses_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    server = RedisServer(tmp_path, *DURABLE)
    acknowledged: list[int] = []
    for stop in (3, 40, 11):
        server.start()
        with subprocess.Popen(
            [sys.executable, "-c", _WRITER, server.url],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=Path(__file__).parents[3],
        ) as process:
            assert process.stdout is not None
            acknowledged = [int(process.stdout.readline()) for _ in range(stop)]
            server.kill()
            acknowledged += map(int, process.stdout.read().split())
            assert process.wait() != 0  # it heard that a message was not kept
        server.start()
        store = store_in(server)
        assert set(texts(store, ADA)) >= {str(number) for number in range(acknowledged[-1] + 1)}
        store.close()
        server.kill()


def test_a_redis_that_may_lose_messages_is_refused(tmp_path: Path) -> None:
    settings = {
        "appendonly": (),
        "appendfsync": ("--appendonly", "yes"),
        "no-appendfsync-on-rewrite": (*DURABLE, "--no-appendfsync-on-rewrite", "yes"),
        "maxmemory-policy": (*DURABLE, "--maxmemory-policy", "allkeys-lru"),
    }
    for name, options in settings.items():
        with redis_server(tmp_path, *options) as server:
            store = store_in(server)
            with pytest.raises(ProfileStoreError, match=name):
                store.check()
            with pytest.raises(ProfileStoreError, match=name):
                store.learn(ADA, message("heron"))
            assert not server.keys()
            store.close()


def test_a_redis_that_comes_back_with_other_settings_is_refused(tmp_path: Path) -> None:
    server = RedisServer(tmp_path, *DURABLE)
    server.start()
    store = store_in(server)
    store.learn(ADA, message("before"))
    server.kill()
    careless = RedisServer(tmp_path, "--appendonly", "yes")
    careless.take_port_of(server)
    careless.start()
    with pytest.raises(ProfileStoreError, match="appendfsync"):
        store.learn(ADA, message("after"))
    assert texts(store, ADA) == ["before"]
    assert store.erase(ADA)  # what is to be forgotten is forgotten anywhere
    store.close()
    careless.kill()


def test_a_look_tells_whether_redis_can_be_used(tmp_path: Path) -> None:
    server = RedisServer(tmp_path, *DURABLE)
    careless = RedisServer(tmp_path, "--appendonly", "yes")
    careless.take_port_of(server)
    store = store_in(server)

    def is_away() -> bool:
        store.look()
        return store.away

    assert not store.away
    assert is_away()
    for _ in range(2):
        server.start()
        until(lambda: not is_away())
        server.kill()
        assert is_away()
        careless.start()
        with pytest.raises(ProfileStoreError, match="appendfsync"):
            until(lambda: _is_there(store))
        assert is_away()
        careless.kill()
    store.close()


def _is_there(store: RedisProfileStore) -> bool:
    """Whether Redis answers. Raises ProfileStoreError if it may lose profiles."""
    try:
        store.check()
    except StorageBusyError:
        return False
    return True


def test_a_redis_that_takes_no_changes_for_now_is_waited_for_once(tmp_path: Path) -> None:
    with redis_server(tmp_path, *DURABLE) as server:
        store = store_in(server)
        store.learn(ADA, message("before"))
        server.ask("CLIENT", "PAUSE", 10_000_000, "WRITE")
        asked = time.monotonic()
        with pytest.raises(StorageBusyError):
            store.learn(ADA, message("lost"))
        once = time.monotonic() - asked
        for _ in range(20):
            with pytest.raises(StorageBusyError):
                store.learn(ADA, message("lost"))
        assert time.monotonic() - asked < 3 * once
        server.ask("CLIENT", "UNPAUSE")
        store.close()


def test_a_wrong_password_is_told_as_such(tmp_path: Path) -> None:
    with redis_server(tmp_path, *DURABLE, "--requirepass", "right") as server:
        store = RedisProfileStore(server.url.replace("//", "//:wrong@"), max_words=100)
        with pytest.raises(ProfileStoreError, match="password") as refused:
            store.check()
        assert not isinstance(refused.value, StorageBusyError)
        assert "wrong" not in str(refused.value)
        store.close()


def test_a_rewrite_that_failed_is_asked_for_again(tmp_path: Path) -> None:
    with redis_server(tmp_path, *DURABLE, "--rdb-key-save-delay", "1000000") as server:
        store = store_in(server)
        store.learn(ADA, message("heron"))
        store.learn(BOB, message("otter"))
        store.erase(ADA)
        until(lambda: _rewriting(server))
        assert store.erasing
        server.ask("CONFIG", "SET", "rdb-key-save-delay", "0")
        for path in Path("/proc").glob("[0-9]*/stat"):
            fields = path.read_text().rpartition(")")[2].split() if path.exists() else ["", "0"]
            if int(fields[1]) == server.pid:
                os.kill(int(path.parent.name), signal.SIGKILL)
        until(lambda: not _rewriting(server))

        def finished() -> bool:
            store.finish_erasing()
            return not store.erasing

        until(finished)
        found = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert b"heron" not in found
        store.close()


def _rewriting(server: RedisServer) -> bool:
    return bool(server.ask("INFO", "persistence")["aof_rewrite_in_progress"])


def test_a_paused_redis_is_waited_for_once(tmp_path: Path) -> None:
    with redis_server(tmp_path, *DURABLE) as server:
        store = store_in(server)
        store.learn(ADA, message("before"))
        server.pause()
        asked = time.monotonic()
        with pytest.raises(StorageBusyError):
            store.learn(ADA, message("lost"))
        once = time.monotonic() - asked
        for _ in range(20):  # all of them while it rests
            with pytest.raises(StorageBusyError):
                store.fingerprint(ADA)
        assert time.monotonic() - asked < 3 * once
        server.resume()

        def learns() -> bool:
            try:
                store.learn(ADA, message("after"))
            except StorageBusyError:
                return False
            return True

        until(learns)
        assert set(texts(store, ADA)) >= {"before", "after"}
        store.close()


def test_a_full_redis_refuses_and_keeps_what_it_has(tmp_path: Path) -> None:
    with redis_server(tmp_path, *DURABLE, "--maxmemory-policy", "volatile-lru") as server:
        store = store_in(server)
        store.learn(ADA, message("kept"))
        server.ask("CONFIG", "SET", "maxmemory", "1mb")
        with pytest.raises(StorageFullError):
            _fill(store)
        assert texts(store, ADA) == ["kept"]
        assert store.erase(ADA)  # what frees room is never refused
        store.close()


def _fill(store: RedisProfileStore) -> None:
    for number in range(200):
        store.learn(BOB, message(str(number) * 9000))


def test_what_one_process_changes_another_one_sees(tmp_path: Path) -> None:
    with redis_server(tmp_path, *DURABLE) as server:
        one, other = store_in(server), store_in(server)
        one.learn(ADA, message("first"))
        seen = [other.fingerprint(ADA)]
        assert texts(other, ADA) == ["first"]
        one.forbid(ADA, ["heron"])
        seen.append(other.fingerprint(ADA))
        one.erase(ADA)
        assert other.read(ADA) is None
        seen.append(other.fingerprint(ADA))
        one.learn(ADA, message("first"))
        seen.append(other.fingerprint(ADA))
        assert len(set(seen)) == len(seen)
        asked = other.version()
        until(lambda: other.version() != asked)  # nobody trusts what they know for long
        one.close()
        other.close()


def test_two_processes_that_learn_at_once_lose_nothing(tmp_path: Path) -> None:
    with redis_server(tmp_path, *DURABLE) as server:
        stores = [store_in(server) for _ in range(3)]

        def learn(store: RedisProfileStore, name: str) -> None:
            for number in range(40):
                store.learn(ADA, message(f"{name}{number}"))

        threads = [
            threading.Thread(target=learn, args=(store, name))
            for store, name in zip(stores, "abc", strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert sorted(texts(stores[0], ADA)) == sorted(f"{name}{n}" for name in "abc" for n in range(40))
        for store in stores:
            store.close()


def test_what_is_erased_leaves_the_files(tmp_path: Path) -> None:
    with redis_server(tmp_path, *DURABLE) as server:
        store = store_in(server)
        store.learn(ADA, message("heron"))
        store.learn(BOB, message("otter"))
        store.erase(ADA)

        def gone() -> bool:
            store.finish_erasing()
            return not store.erasing

        until(gone)
        found = b"".join(path.read_bytes() for path in tmp_path.rglob("*") if path.is_file())
        assert b"heron" not in found
        assert b"otter" in found
        store.close()


def test_no_key_tells_who_or_what(tmp_path: Path) -> None:
    with redis_server(tmp_path, *DURABLE) as server:
        store = store_in(server)
        store.learn(UserKey("north", "ada-lovelace"), message("heron"))
        keys = server.ask("KEYS", "*")
        assert keys
        assert not any(word in key for key in keys for word in (b"north", b"lovelace", b"heron"))
        store.close()


def test_a_damaged_or_foreign_message_is_left_out(tmp_path: Path) -> None:
    with redis_server(tmp_path, *DURABLE) as server:
        store = store_in(server)
        store.learn(ADA, message("first"))
        store.learn(ADA, message("second"))
        store.learn(BOB, message("of bob"))
        hashes = [key for key in server.ask("KEYS", "*") if server.ask("TYPE", key) == b"hash"]
        fields = {key: [one for one in server.ask("HKEYS", key) if len(one) == 16] for key in hashes}
        key = next(key for key in hashes if len(fields[key]) == 2)
        server.ask("HSET", key, fields[key][0], write_message(message("first"), BOB))
        assert len(texts(store, ADA)) == 1
        server.ask("HSET", key, fields[key][1], server.ask("HGET", key, fields[key][1])[:-1])
        assert texts(store, ADA) == []
        assert texts(store, BOB) == ["of bob"]
        assert store.erase(ADA)
        store.close()


def test_a_message_with_any_byte_changed_is_not_read() -> None:
    data = write_message(message("naïve \ue004 text"), ADA)
    assert read_message(data, ADA) == message("naïve \ue004 text")
    assert read_message(data, BOB) is None
    for place in range(len(data)):
        for changed in (data[place] ^ 1, data[place] ^ 0x80):
            assert read_message(data[:place] + bytes([changed]) + data[place + 1 :], ADA) is None
        assert read_message(data[:place], ADA) is None


def test_bytes_of_the_format_before_are_read() -> None:
    """Format 1 does not say how often a message was sent: it was once."""
    parts = [b"of old", b"\x01\x00", bytes(8), b"digest"]
    body = struct.pack("<6sHdIIIII", b"INKMSG", 1, 12.5, 2, *map(len, parts)) + b"".join(parts)
    checked = hashlib.blake2b(digest_size=DIGEST_BYTES)
    for part in (body, user_digest(ADA)):
        checked.update(len(part).to_bytes(8, "little") + part)
    found = read_message(body + checked.digest(), ADA)
    assert found == LearnedMessage("of old", parts[1], parts[2], "digest", 2, 12.5)
    assert found.times == 1
