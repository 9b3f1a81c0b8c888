"""Profiles in one SQLite file."""

import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from service.profiles.store import LearnedMessage, ProfileStore, StoredProfile, UserKey

_SCHEMA_VERSION = 1
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
    learned_at REAL NOT NULL
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
_OWN_USER = "owner = ? AND user_id = ?"
_WAIT_SECONDS = 10.0


class ProfileStoreError(Exception):
    """The profiles cannot be kept in this file; the message says why, in one line."""


class SqliteProfileStore(ProfileStore):
    """See `ProfileStore`. Write-ahead logging: readers do not wait; each change is on disk when it returns.

    What is erased is overwritten (`secure_delete`), and the log with it.
    """

    def __init__(self, path: Path, *, max_words: int, create: bool = True) -> None:
        """`max_words` are kept of one user. Raises ProfileStoreError.

        Without `create`, a file that is not there yet is made when the first thing is to be kept.
        """
        self._path, self._max_words = path, max_words
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        if create or path.exists():
            self._connect()

    def _connect(self) -> sqlite3.Connection:
        """Open the file, made where it is not there; returns the connection for writing."""
        path = self._path
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            # Nobody else may read what users wrote, from the first moment on.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            writer = self._open(path)
            self._prepare(writer)
            self._reader, self._writer = self._open(path), writer
        except OSError as error:
            raise ProfileStoreError(
                f"cannot keep profiles in {path}: {error.strerror}; choose another --profiles"
            ) from None
        except sqlite3.Error as error:
            raise ProfileStoreError(f"cannot keep profiles in {path}: {error}") from None
        return writer

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(
            path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA synchronous = FULL")
        connection.execute("PRAGMA secure_delete = ON")
        return connection

    def _prepare(self, writer: sqlite3.Connection) -> None:
        (version,) = writer.execute("PRAGMA user_version").fetchone()
        if version == 0:
            writer.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version = {_SCHEMA_VERSION};COMMIT;")
        elif version != _SCHEMA_VERSION:
            raise ProfileStoreError(
                f"{self._path} is of format {version}, this Inkling reads {_SCHEMA_VERSION}; "
                "update Inkling or choose another --profiles"
            )

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        with self._writing:
            writer = self._writer or self._connect()
            writer.execute("BEGIN IMMEDIATE")
            try:
                yield writer
            except BaseException:
                writer.execute("ROLLBACK")
                raise
            writer.execute("COMMIT")

    def learn(self, user: UserKey, message: LearnedMessage) -> None:
        """See `ProfileStore.learn`."""
        key = (user.owner, user.user_id)
        with self._change() as change:
            change.execute(f"DELETE FROM message WHERE {_OWN_USER} AND text = ?", (*key, message.text))
            change.execute(
                "INSERT INTO message (owner, user_id, text, pieces, hashes, tokenizer, words, learned_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    *key,
                    message.text,
                    message.pieces,
                    message.hashes,
                    message.tokenizer,
                    message.words,
                    message.learned_at,
                ),
            )
            change.execute(
                "DELETE FROM message WHERE number IN (SELECT number FROM (SELECT number, SUM(words) OVER"
                f" (ORDER BY number DESC) AS newer FROM message WHERE {_OWN_USER}) WHERE newer > ?)",
                (*key, max(self._max_words, message.words)),
            )

    def forbid(self, user: UserKey, phrases: Sequence[str]) -> None:
        """See `ProfileStore.forbid`."""
        key = (user.owner, user.user_id)
        with self._change() as change:
            change.execute(f"DELETE FROM forbidden WHERE {_OWN_USER}", key)
            change.executemany(
                "INSERT INTO forbidden VALUES (?, ?, ?)", [(*key, phrase) for phrase in phrases]
            )

    def read(self, user: UserKey) -> StoredProfile | None:
        """See `ProfileStore.read`."""
        key = (user.owner, user.user_id)
        if (reader := self._reader) is None:
            return None
        with self._reading:
            reader.execute("BEGIN")
            try:
                rows = reader.execute(
                    "SELECT text, pieces, hashes, tokenizer, words, learned_at FROM message"
                    f" WHERE {_OWN_USER} ORDER BY number",
                    key,
                ).fetchall()
                phrases = reader.execute(
                    f"SELECT phrase FROM forbidden WHERE {_OWN_USER} ORDER BY rowid", key
                ).fetchall()
            finally:
                reader.execute("ROLLBACK")  # nothing was changed, and nothing stays open
        if not rows and not phrases:
            return None
        return StoredProfile([LearnedMessage(*row) for row in rows], [phrase for (phrase,) in phrases])

    def erase(self, user: UserKey) -> bool:
        """See `ProfileStore.erase`."""
        if self._writer is None:
            return False
        key = (user.owner, user.user_id)
        with self._change() as change:
            counts = [
                change.execute(f"DELETE FROM {table} WHERE {_OWN_USER}", key).rowcount
                for table in ("message", "forbidden")
            ]
        self._empty_log()
        return sum(counts) > 0

    def _empty_log(self) -> None:
        """Move the log into the file and cut it to nothing, so that it holds no older pages.

        Raises ProfileStoreError while another program reads the file.
        """
        with self._writing:
            if self._writer is None:
                return
            (busy, _, _) = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if busy:
            raise ProfileStoreError(f"another program reads {self._path}: its log holds what was erased")

    def forget(self, before: float) -> list[UserKey]:
        """See `ProfileStore.forget`."""
        if self._writer is None:
            return []
        with self._change() as change:
            users = change.execute(
                "SELECT DISTINCT owner, user_id FROM message WHERE learned_at < ?", (before,)
            ).fetchall()
            change.execute("DELETE FROM message WHERE learned_at < ?", (before,))
        if users:
            self._empty_log()
        return [UserKey(*user) for user in users]

    def close(self) -> None:
        """See `ProfileStore.close`."""
        with self._writing, self._reading:
            for connection in (self._reader, self._writer):
                if connection is not None:
                    connection.close()
