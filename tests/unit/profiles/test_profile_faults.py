"""The profile database locked, full, moved, shared, or not ours."""

import fcntl
import os
import sqlite3
import stat
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from inkling.service.profiles.profile_store import (
    LearnedMessage,
    ProfileStoreError,
    StorageBusyError,
    StorageFullError,
    UserKey,
)
from inkling.service.profiles.sqlite import SqliteProfileStore

ADA, BOB = UserKey("", "ada"), UserKey("", "bob")


def message(text: str, size: int = 0) -> LearnedMessage:
    return LearnedMessage(text, bytes(size), b"", "digest", 10, 1000.0)


def texts(store: SqliteProfileStore, user: UserKey) -> list[str]:
    kept = store.read(user)
    return [] if kept is None else [one.text for one in kept.messages]


@contextmanager
def opened(path: Path, *, create: bool = True) -> Iterator[SqliteProfileStore]:
    store = SqliteProfileStore(path, max_words=1000, create=create)
    try:
        yield store
    finally:
        store.close()


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """The database held by another program, a backup for instance."""
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        try:
            yield
        finally:
            other.execute("ROLLBACK")


def test_a_locked_file_is_busy_for_learning_and_open_for_reading(tmp_path: Path) -> None:
    with opened(tmp_path / "p.db") as store:
        store.learn(ADA, message("of ada"))
        with locked(tmp_path / "p.db"):
            with pytest.raises(StorageBusyError):
                store.learn(ADA, message("more"))
            assert texts(store, ADA) == ["of ada"]
        store.learn(ADA, message("more"))
        assert texts(store, ADA) == ["of ada", "more"]


def test_several_learners_do_not_wait_for_one_another_behind_a_lock(tmp_path: Path) -> None:
    failures: list[Exception] = []

    def learn(number: int) -> None:
        try:
            store.learn(UserKey("", str(number)), message("text"))
        except StorageBusyError as error:
            failures.append(error)

    with opened(tmp_path / "p.db") as store, locked(tmp_path / "p.db"):
        threads = [threading.Thread(target=learn, args=(number,)) for number in range(20)]
        for one in threads:
            one.start()
        for one in threads:
            one.join(10)  # one after the other they would take sixteen seconds
        assert not any(one.is_alive() for one in threads)
        assert len(failures) == 20


def test_an_erasure_behind_a_lock_is_true_at_once_and_survives_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    with opened(path) as store:
        store.learn(ADA, message("heron"))
        store.learn(BOB, message("otter"))
        before = store.fingerprint(ADA)
        with locked(path):
            assert store.erase(ADA)
            assert texts(store, ADA) == []
            assert store.fingerprint(ADA) != before
            assert not store.erase(ADA)
            assert store.erasing
            with opened(path) as another:
                assert texts(another, ADA) == []
    with opened(path) as store:
        assert texts(store, ADA) == []
        assert not store.erasing
        assert texts(store, BOB) == ["otter"]
        store.learn(ADA, message("newer"))
        assert texts(store, ADA) == ["newer"]
    assert b"heron" not in b"".join(one.read_bytes() for one in tmp_path.iterdir())


def test_two_erasures_behind_a_lock_at_once_are_both_done(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    with opened(path) as one, opened(path) as other:
        one.learn(ADA, message("heron"))
        one.learn(BOB, message("otter"))
        answers: dict[UserKey, bool] = {}
        with locked(path):
            threads = [
                threading.Thread(
                    target=lambda store, user: answers.update({user: store.erase(user)}), args=each
                )
                for each in ((one, ADA), (other, BOB))
            ]
            for thread in threads:
                thread.start()
            for thread in threads:
                thread.join()
            assert answers == {ADA: True, BOB: True}
            for store in (one, other):
                assert (texts(store, ADA), texts(store, BOB)) == ([], [])
        one.finish_erasing()
        other.finish_erasing()
    with opened(path) as store:
        assert (texts(store, ADA), texts(store, BOB)) == ([], [])
    kept = b"".join(one.read_bytes() for one in tmp_path.iterdir())
    assert not any(word in kept for word in (b"heron", b"otter"))


def test_a_list_of_erasures_that_another_program_keeps_is_waited_for_and_then_busy(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    with opened(path) as store:
        store.learn(ADA, message("heron"))
        with path.with_name("p.db-erasures").open("rb") as held, locked(path):
            fcntl.flock(held, fcntl.LOCK_EX)
            with pytest.raises(StorageBusyError):
                store.erase(ADA)
            assert texts(store, ADA) == ["heron"]
            fcntl.flock(held, fcntl.LOCK_UN)
            assert store.erase(ADA)
        assert texts(store, ADA) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of one megabyte."""
    folder = tmp_path / "small"
    folder.mkdir()
    made = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if made.returncode:
        pytest.skip("needs the right to mount a tmpfs")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_refuses_learning_and_never_an_erasure(small_disk: Path) -> None:
    path = small_disk / "p.db"
    with opened(path) as store:
        store.learn(ADA, message("heron"))
        filler = small_disk / "filler"
        with filler.open("wb", buffering=0) as file, suppress(OSError):
            while True:
                file.write(bytes(4096))
        with pytest.raises(StorageFullError):
            store.learn(BOB, message("otter", size=300_000))
        assert store.erase(ADA)
        assert texts(store, ADA) == []
        filler.unlink()
        store.finish_erasing()
        assert not store.erasing
        store.learn(BOB, message("otter"))
        assert texts(store, BOB) == ["otter"]
    assert b"heron" not in b"".join(one.read_bytes() for one in small_disk.iterdir())


def test_a_start_on_a_full_disk_says_what_is_wrong(small_disk: Path) -> None:
    path = small_disk / "p.db"
    with opened(path) as store:
        store.learn(ADA, message("heron"))
    with (small_disk / "filler").open("wb", buffering=0) as file, suppress(OSError):
        while True:
            file.write(bytes(4096))
    with pytest.raises(ProfileStoreError, match="there is no room to open"):
        SqliteProfileStore(path, max_words=100)
    (small_disk / "filler").unlink()
    with opened(path) as store:
        assert texts(store, ADA) == ["heron"]


def test_the_log_takes_a_small_part_of_a_small_disk(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    with opened(path) as store:
        for number in range(60):
            store.learn(ADA, message(f"of ada, number {number}"))
        assert path.with_name("p.db-wal").stat().st_size < 400_000


def test_what_one_service_changes_the_other_notices(tmp_path: Path) -> None:
    with opened(tmp_path / "p.db") as one, opened(tmp_path / "p.db") as other:
        one.learn(ADA, message("of ada"))
        other.learn(BOB, message("of bob"))
        version, ada, bob = other.version(), other.fingerprint(ADA), other.fingerprint(BOB)
        assert other.version() == version
        one.erase(ADA)
        assert other.version() != version
        assert other.fingerprint(ADA) != ada
        assert other.fingerprint(BOB) == bob
        version = other.version()
        one.forbid(BOB, ["kind regards"])
        assert other.version() != version
        assert other.fingerprint(BOB) != bob


def test_a_file_made_after_the_start_is_found(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    with opened(path, create=False) as lazy:
        assert lazy.read(ADA) is None
        with opened(path) as other:
            other.learn(ADA, message("of ada"))
            assert texts(lazy, ADA) == ["of ada"]
            assert lazy.erase(ADA)
            assert texts(other, ADA) == []


@pytest.mark.parametrize("how", ["moved", "deleted"])
def test_a_file_that_went_away_is_made_anew(tmp_path: Path, how: str) -> None:
    path = tmp_path / "p.db"
    with opened(path) as store:
        store.learn(ADA, message("before"))
        version = store.version()
        for one in list(tmp_path.iterdir()):
            if how == "moved":
                one.rename(tmp_path / f"old-{one.name}")
            else:
                one.unlink()
        assert store.version() != version
        store.learn(ADA, message("after"))
    with opened(path) as again:
        assert texts(again, ADA) == ["after"]


def test_a_file_open_to_others_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    with opened(path) as store:
        store.learn(ADA, message("of ada"))
    path.chmod(0o666)
    with opened(path) as store:
        store.learn(ADA, message("more"))
        modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in tmp_path.iterdir()}
    assert set(modes.values()) == {0o600}, modes


def test_another_programs_database_is_refused_and_unchanged(tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE message (subject TEXT)")
        other.commit()
    before = path.read_bytes()
    with pytest.raises(ProfileStoreError, match="another program's database"):
        SqliteProfileStore(path, max_words=100)
    with closing(sqlite3.connect(path)) as other:
        assert [name for (name,) in other.execute("SELECT name FROM sqlite_master")] == ["message"]
    assert len(path.read_bytes()) == len(before)


def test_a_file_of_an_earlier_inkling_is_taken_over(tmp_path: Path) -> None:
    path = tmp_path / "p.db"
    with opened(path) as store:
        store.learn(ADA, message("of ada"))
    with closing(sqlite3.connect(path)) as other:
        other.execute("PRAGMA application_id = 0")
        other.commit()
    with opened(path) as store:
        assert texts(store, ADA) == ["of ada"]
    with closing(sqlite3.connect(path)) as other:
        assert other.execute("PRAGMA application_id").fetchone() != (0,)


def test_a_folder_or_a_pipe_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(ProfileStoreError, match="choose another"):
            SqliteProfileStore(path, max_words=100)
