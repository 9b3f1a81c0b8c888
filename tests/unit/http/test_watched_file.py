"""A file of secrets, read again when it changes; here it is that of the keys."""

import hashlib
import logging
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from inkling.service.http.access.api_keys import ApiKeys, load_api_keys
from inkling.service.http.watched_file import WatchedFile

LONG_AFTER = 4e9  # Unix seconds: every file is old by then


def _line(name: str, key: str) -> str:
    return f"{name}:{hashlib.sha256(key.encode()).hexdigest()}\n"


def _watch(path: Path, clock: Callable[[], float] = time.time) -> WatchedFile[ApiKeys]:
    return WatchedFile(path, load_api_keys, "API keys", clock)


def _tenant(keys: WatchedFile[ApiKeys], key: bytes) -> str | None:
    caller = keys.current.caller(key)
    return None if caller is None else caller.tenant


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "keys"
    _write(path, _line("alice", "old"))
    return path


def _write(path: Path, text: str) -> None:
    path.touch(0o600)
    path.write_text(text)


def test_a_changed_file_counts_from_the_next_look(path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    keys = _watch(path, lambda: LONG_AFTER)
    _write(path, _line("alice", "old") + _line("alice", "new"))
    keys.refresh()
    assert (_tenant(keys, b"old"), _tenant(keys, b"new")) == ("alice", "alice")
    _write(path, _line("alice", "new"))
    keys.refresh()
    assert (_tenant(keys, b"old"), _tenant(keys, b"new")) == (None, "alice")
    assert [record.getMessage() for record in caplog.records] == [
        "the API keys were read again: 2",
        "the API keys were read again: 1",
    ]


def test_a_file_moved_into_its_place_is_a_change_even_of_equal_size_and_time(path: Path) -> None:
    keys = _watch(path, lambda: LONG_AFTER)
    status, other = path.stat(), path.with_name("other")
    _write(other, _line("alice", "new"))
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.replace(path)
    keys.refresh()
    assert (_tenant(keys, b"old"), _tenant(keys, b"new")) == (None, "alice")


def test_a_change_within_one_tick_of_the_clock_is_found(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keys = _watch(path)  # just written, so its next version may look the same
    monkeypatch.setattr("inkling.service.http.watched_file._version_of", lambda _path: keys._version)
    _write(path, _line("alice", "new"))
    keys.refresh()
    assert _tenant(keys, b"new") == "alice"


def test_an_unchanged_file_is_not_read(path: Path) -> None:
    read = []

    def load(path: Path) -> ApiKeys:
        read.append(path)
        return load_api_keys(path)

    keys = WatchedFile(path, load, "API keys", lambda: LONG_AFTER)
    keys.refresh()
    assert len(read) == 1
    keys.refresh(force=True)
    assert len(read) == 2


@pytest.mark.parametrize("bad", ["", "alice\n", None, "open to all", "pipe", "folder"])
def test_a_bad_file_keeps_the_old_keys_and_says_so_once(
    path: Path, bad: str | None, caplog: pytest.LogCaptureFixture
) -> None:
    keys = _watch(path)
    path.unlink()
    if bad == "pipe":
        os.mkfifo(path)
    elif bad == "folder":
        path.mkdir()
    elif bad == "open to all":
        _write(path, _line("mallory", "bad"))
        path.chmod(0o644)
    elif bad is not None:
        _write(path, bad)
    for _ in range(3):
        keys.refresh()
    assert _tenant(keys, b"old") == "alice"
    assert _tenant(keys, b"bad") is None
    (record,) = caplog.records
    assert record.levelname == "ERROR"
    assert record.getMessage().startswith("the API keys stay as they were: ")
    assert str(path) in record.getMessage()


def test_a_file_made_good_again_counts(path: Path) -> None:
    keys = _watch(path)
    path.unlink()
    keys.refresh()
    _write(path, _line("bob", "new"))
    keys.refresh()
    assert (_tenant(keys, b"old"), _tenant(keys, b"new")) == (None, "bob")
