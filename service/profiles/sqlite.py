"""Profiles in one SQLite file."""

import errno
import logging
import os
import sqlite3
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from inkling.models.personal.outcomes import Outcomes
from inkling.service.profiles import rows
from inkling.service.profiles.database import close_to_others, identity, open_database, prepare
from inkling.service.profiles.erasures import PendingErasures
from inkling.service.profiles.phrase_change import PhraseChange
from inkling.service.profiles.profile_store import (
    LearnedMessage,
    ProfileStore,
    ProfileStoreError,
    StorageBusyError,
    StorageFullError,
    StoredProfile,
    UserKey,
)

_WAIT_SECONDS = 0.8
"""For another program's lock, and as long again for another thread of this process."""
_GLANCE_SECONDS = 0.02
_NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR")

_log = logging.getLogger("inkling.profiles")


class SqliteProfileStore(ProfileStore):
    """See `ProfileStore`. Write-ahead logging: readers do not wait, and each change is on disk when its
    method returns.

    Erased text is overwritten (`secure_delete`), in the log too. Another program may hold the file, or the
    disk may be full. Then the erasure is noted beside the file. It takes effect at once, and is done in the
    file as soon as possible.
    """

    def __init__(self, path: Path, *, max_words: int, create: bool = True) -> None:
        """`max_words` are kept of one user. Raises ProfileStoreError.

        Without `create`, a missing file is made with the first change.
        """
        self._path, self._max_words = path, max_words
        self._writing = threading.Lock()
        self._reading = threading.Lock()
        self._writer: sqlite3.Connection | None = None
        self._reader: sqlite3.Connection | None = None
        self._glancer: sqlite3.Connection | None = None
        self._file: tuple[int, int] | None = None
        self._pending = PendingErasures(path)
        self._log_to_empty = False
        if create or path.exists():
            self._connect()
            self.finish_erasing()

    # Opening and closing

    def _connect(self) -> sqlite3.Connection:
        """Open the file, and make it if it is missing. Returns the connection for writing."""
        path = self._path
        opened: list[sqlite3.Connection] = []
        try:
            if not path.parent.is_dir():
                path.parent.mkdir(parents=True, exist_ok=True)
                _log.info("made the folder %s for profiles", path.parent)
            if path.exists() and not path.is_file():
                raise ProfileStoreError(f"{path} is no file; choose another --profiles")
            # Nobody else may read what users wrote, from the first moment on.
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
            close_to_others(path)
            opened.append(open_database(path, _WAIT_SECONDS))
            prepare(opened[0], path)
            opened += [open_database(path, _WAIT_SECONDS), open_database(path, _GLANCE_SECONDS)]
            self._pending.reserve()
        except OSError as error:
            _close(opened)
            raise ProfileStoreError(
                f"cannot keep profiles in {path}: {error.strerror}; choose another --profiles"
            ) from None
        except sqlite3.Error as error:
            _close(opened)
            if getattr(error, "sqlite_errorname", "").startswith(_NO_ROOM):
                raise ProfileStoreError(f"there is no room to open {path}; free some") from None
            raise ProfileStoreError(f"cannot keep profiles in {path}: {error}") from None
        except ProfileStoreError:
            _close(opened)
            raise
        self._writer, self._reader, self._glancer = opened
        self._file = identity(path)
        return opened[0]

    def _reopen_where_moved(self) -> None:
        """Open the file that is at the path now, if it is not the one that was opened.

        Called with `_writing` held. Raises ProfileStoreError.
        """
        if self._file == identity(self._path) and self._writer is not None:
            return
        if self._writer is not None:
            _log.warning("%s was moved or deleted; profiles go into a file of this name", self._path)
        with self._reading:
            _close([one for one in (self._reader, self._writer, self._glancer) if one is not None])
            self._reader = self._writer = self._glancer = None
            self._connect()

    def close(self) -> None:
        """See `ProfileStore.close`."""
        with self._writing, self._reading:
            _close([one for one in (self._reader, self._glancer, self._writer) if one is not None])
            self._reader = self._writer = self._glancer = None

    # Changing

    @contextmanager
    def _turn(self) -> Iterator[None]:
        if not self._writing.acquire(timeout=_WAIT_SECONDS):
            raise _busy(self._path)
        try:
            yield
        finally:
            self._writing.release()

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """A transaction, in which pending erasures are done too. Raises ProfileStoreError."""
        with self._turn():
            try:
                self._reopen_where_moved()
                writer = self._writer
                assert writer is not None
                writer.execute("BEGIN IMMEDIATE")
                try:
                    self._pending.refresh()
                    erased = self._pending.users()
                    for user in erased:
                        rows.drop_user(writer, user)
                    yield writer
                    with self._pending.finishing(erased):
                        writer.execute("COMMIT")
                except BaseException:
                    with suppress(sqlite3.Error):  # a full disk rolls back by itself
                        writer.execute("ROLLBACK")
                    raise
                if erased:
                    self._log_to_empty = True
            except sqlite3.OperationalError as error:
                raise self._told(error) from None
            except TimeoutError:
                raise _busy(self._path) from None
            except OSError as error:
                if error.errno in (errno.ENOSPC, errno.EDQUOT):
                    raise _full(self._path) from None
                raise ProfileStoreError(f"cannot keep profiles in {self._path}: {error.strerror}") from None

    def _told(self, error: sqlite3.OperationalError) -> ProfileStoreError:
        """SQLite's error as one of ours. It holds no text of a user."""
        name = getattr(error, "sqlite_errorname", "") or "unknown"
        _log.error("the profile database %s cannot be changed: %s", self._path, name)
        if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
            return _busy(self._path)
        if name.startswith(_NO_ROOM):
            return _full(self._path)
        return ProfileStoreError(f"the profile database {self._path} cannot be changed: {name}")

    def learn(self, user: UserKey, message: LearnedMessage) -> None:
        """See `ProfileStore.learn`."""
        with self._change() as change:
            rows.keep_message(change, user, message, self._max_words)

    def forbid(self, user: UserKey, phrases: Sequence[str]) -> None:
        """See `ProfileStore.forbid`."""
        with self._change() as change:
            rows.write_phrases(change, user, phrases)

    def amend(self, user: UserKey, change: PhraseChange) -> list[str]:
        """See `ProfileStore.amend`."""
        if not change.of([]) and not self._is_open():
            return []
        with self._change() as transaction:
            before = rows.read_phrases(transaction, user)
            phrases = change.of(before)
            if phrases != before:
                rows.write_phrases(transaction, user, phrases)
        return phrases

    def count(self, user: UserKey, outcomes: Outcomes, moment: float) -> None:
        """See `ProfileStore.count`."""
        with self._change() as change:
            rows.add_outcomes(change, user, outcomes, moment)

    def erase(self, user: UserKey) -> bool:
        """See `ProfileStore.erase`."""
        if not self._is_open():
            return False
        kept = self._keeps(user)
        try:
            with self._change() as change:
                rows.drop_user(change, user)
        except (StorageBusyError, StorageFullError):
            if kept:
                self._note(user)
                _log.warning("an erasure is noted, and will be finished when the file can be changed")
            return kept
        self._log_to_empty = True
        self._empty_log()
        return kept

    def _keeps(self, user: UserKey) -> bool:
        """Whether anything is kept of a user, readable or not."""
        self._pending.refresh()
        if user in self._pending:
            return False
        with self._reading:
            assert self._reader is not None
            return rows.has_rows(self._reader, user)

    def _note(self, user: UserKey) -> None:
        try:
            self._pending.add(user)
        except TimeoutError:
            raise _busy(self._path) from None
        except OSError as error:
            raise ProfileStoreError(f"an erasure cannot be noted: {error}") from None

    def forget(self, before: float) -> list[UserKey]:
        """See `ProfileStore.forget`."""
        if not self._is_open():
            return []
        with self._change() as change:
            users = rows.drop_before(change, before)
        if users:
            self._log_to_empty = True
        self._empty_log()
        return users

    @property
    def erasing(self) -> bool:
        """See `ProfileStore.erasing`."""
        return bool(self._pending) or self._log_to_empty

    def finish_erasing(self) -> None:
        """See `ProfileStore.finish_erasing`."""
        if self._pending:
            with suppress(StorageBusyError, StorageFullError), self._change():
                pass  # every change does pending erasures
        self._empty_log()

    def _empty_log(self) -> None:
        """Move the log into the file and cut it to nothing, so that it holds no older pages.

        Another program that reads the file prevents this. Then it is tried again later.
        """
        if not self._log_to_empty:
            return
        with suppress(StorageBusyError, sqlite3.OperationalError), self._turn():
            if self._writer is not None:
                (busy, _, _) = self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                self._log_to_empty = bool(busy)

    # Reading

    def _is_open(self) -> bool:
        """Whether there is a file. Opens a file that another service has made since."""
        if self._writer is None and self._path.exists():
            with self._turn():
                self._reopen_where_moved()
        return self._writer is not None

    def read(self, user: UserKey) -> StoredProfile | None:
        """See `ProfileStore.read`."""
        if not self._is_open():
            return None
        self._pending.refresh()
        if user in self._pending:
            return None
        if self._file != identity(self._path):
            with self._turn():
                self._reopen_where_moved()
        with self._reading:
            reader = self._reader
            if reader is None:
                return None
            reader.execute("BEGIN")
            try:
                return rows.read_profile(reader, user)
            finally:
                reader.execute("ROLLBACK")  # nothing was changed, and nothing stays open

    def outcomes(self, user: UserKey) -> Outcomes:
        """See `ProfileStore.outcomes`."""
        glancer = self._glancer
        if glancer is None or user in self._pending:
            return Outcomes()
        try:
            return rows.read_outcomes(glancer, user)
        except sqlite3.Error:  # as in `version`
            return Outcomes()

    def version(self) -> tuple[object, ...]:
        """See `ProfileStore.version`."""
        glancer = self._glancer
        if glancer is None:
            return (identity(self._path),)
        try:
            (version,) = glancer.execute("PRAGMA data_version").fetchone()
        except sqlite3.Error:  # the file was closed meanwhile, or another program holds it
            version = -1
        return (identity(self._path), self._pending.stamp, version)

    def fingerprint(self, user: UserKey) -> tuple[object, ...]:
        """See `ProfileStore.fingerprint`."""
        self._pending.refresh()
        glancer = self._glancer
        if glancer is None or user in self._pending or self._file != identity(self._path):
            return (identity(self._path),)
        try:
            return rows.signature(glancer, user)
        except sqlite3.Error:
            return ()


def _busy(path: Path) -> StorageBusyError:
    return StorageBusyError(f"another program holds {path}; try again soon")


def _full(path: Path) -> StorageFullError:
    return StorageFullError(f"there is no room to change {path}; free some")


def _close(connections: Sequence[sqlite3.Connection]) -> None:
    for one in connections:
        one.close()
