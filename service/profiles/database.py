"""The SQLite file of profiles: its tables, its permissions, and the check that it is ours."""

import logging
import sqlite3
import time
from contextlib import suppress
from pathlib import Path

from inkling.service.profiles.profile_store import ProfileStoreError

_SCHEMA_VERSION = 2
_UPGRADABLE = 1
_APPLICATION_ID = 0x496E6B6C  # "Inkl"
_TABLES = {"message", "forbidden"}
"""Of every format."""

_SCHEMA = """
CREATE TABLE message (
    number INTEGER PRIMARY KEY,
    owner TEXT NOT NULL,
    user_id TEXT NOT NULL,
    text TEXT NOT NULL,
    pieces BLOB NOT NULL,
    hashes BLOB NOT NULL,
    tokenizer TEXT NOT NULL,
    words INTEGER NOT NULL,
    learned_at REAL NOT NULL,
    times INTEGER NOT NULL DEFAULT 1
);
CREATE INDEX message_of_user ON message (owner, user_id, number);
CREATE INDEX message_by_age ON message (learned_at);
CREATE TABLE forbidden (
    owner TEXT NOT NULL,
    user_id TEXT NOT NULL,
    phrase TEXT NOT NULL
);
CREATE INDEX forbidden_of_user ON forbidden (owner, user_id);
"""
_OUTCOMES = """
CREATE TABLE outcome (
    owner TEXT NOT NULL,
    user_id TEXT NOT NULL,
    counts TEXT NOT NULL,
    counted_at REAL NOT NULL,
    PRIMARY KEY (owner, user_id)
);
"""
OPEN_TO_OTHERS = 0o077
"""Bits of a mode that let anybody but the owner in."""
_MAGIC, _HEAD_BYTES = b"SQLite format 3\0", 100
_LOG_PAGES = 64
"""So long may the log grow, in pages of 4 KiB; SQLite's 1,000 would take all of a small disk."""

_PAUSE_SECONDS = 0.01

_log = logging.getLogger("inkling.profiles")


def close_to_others(path: Path) -> None:
    """Let only the owner read or write the file and SQLite's files beside it."""
    for suffix in ("", "-wal", "-shm"):
        file = path.with_name(path.name + suffix)
        with suppress(FileNotFoundError):
            if file.stat().st_mode & OPEN_TO_OTHERS:
                file.chmod(0o600)
                _log.warning("%s was open to other users of this machine; now it is not", file)


def open_database(path: Path, seconds: float) -> sqlite3.Connection:
    """A connection that waits this long for another program's lock. Raises sqlite3.Error."""
    connection = sqlite3.connect(path, timeout=seconds, isolation_level=None, check_same_thread=False)
    try:
        _write_ahead(connection, seconds)
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        connection.execute(f"PRAGMA wal_autocheckpoint = {_LOG_PAGES}")
    except sqlite3.Error:
        connection.close()
        raise
    return connection


def _write_ahead(connection: sqlite3.Connection, seconds: float) -> None:
    """Keep a write-ahead log, now or as soon as others, who make the file too, let it be changed.

    SQLite itself does not wait there, because two that wait would wait for each other.
    """
    end = time.monotonic() + seconds
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
        except sqlite3.OperationalError as error:
            if not error.sqlite_errorname.startswith("SQLITE_BUSY") or time.monotonic() >= end:
                raise
            time.sleep(_PAUSE_SECONDS)
        else:
            return


def prepare(writer: sqlite3.Connection, path: Path) -> None:
    """Make the tables of a new file, or upgrade a file of an earlier Inkling.

    Raises ProfileStoreError for a file of another program or format.
    """
    (version,) = writer.execute("PRAGMA user_version").fetchone()
    (application,) = writer.execute("PRAGMA application_id").fetchone()
    rows = writer.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
    tables = {name for (name,) in rows if not name.startswith("sqlite_")}
    if application not in (0, _APPLICATION_ID) or (tables and not tables >= _TABLES):
        raise ProfileStoreError(f"{path} is another program's database; choose another --profiles")
    if version not in (0, _UPGRADABLE, _SCHEMA_VERSION) or (tables and not version):
        raise ProfileStoreError(
            f"{path} is of format {version}, this Inkling reads {_SCHEMA_VERSION}; "
            "update Inkling or choose another --profiles"
        )
    if not tables:
        _create(writer)
        return
    if version == _UPGRADABLE:
        _upgrade(writer)
    if not application:
        writer.execute(f"PRAGMA application_id = {_APPLICATION_ID}")


def _create(writer: sqlite3.Connection) -> None:
    """Make the tables, unless another process did so meanwhile."""
    writer.execute("BEGIN IMMEDIATE")
    try:
        if not writer.execute("PRAGMA user_version").fetchone()[0]:
            for statement in f"{_SCHEMA}{_OUTCOMES}".split(";"):
                writer.execute(statement)
            writer.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
            writer.execute(f"PRAGMA application_id = {_APPLICATION_ID}")
        writer.execute("COMMIT")
    except sqlite3.Error:
        writer.execute("ROLLBACK")
        raise


def _upgrade(writer: sqlite3.Connection) -> None:
    """Bring the tables of format 1 to this one, unless another process did so meanwhile."""
    writer.execute("BEGIN IMMEDIATE")
    try:
        (version,) = writer.execute("PRAGMA user_version").fetchone()
        if version == _UPGRADABLE:
            writer.execute("ALTER TABLE message ADD COLUMN times INTEGER NOT NULL DEFAULT 1")
            writer.execute(_OUTCOMES)
            writer.execute(f"PRAGMA user_version = {_SCHEMA_VERSION}")
    except BaseException:
        writer.execute("ROLLBACK")
        raise
    writer.execute("COMMIT")


def foreign_format(head: bytes) -> str:
    """What is wrong with a file that begins with these 100 bytes; empty for one that is ours, or new."""
    if not head:
        return ""
    if not head.startswith(_MAGIC) or len(head) < _HEAD_BYTES:
        return "is no database"
    version, application = (int.from_bytes(head[at : at + 4], "big") for at in (60, 68))
    if application not in (0, _APPLICATION_ID):
        return "is another program's database"
    if version not in (0, _UPGRADABLE, _SCHEMA_VERSION):
        return f"is of format {version}, this Inkling reads {_SCHEMA_VERSION}"
    return ""


def identity(path: Path) -> tuple[int, int] | None:
    """The identity of the file at a path; None if there is none."""
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino
