"""Keeps erasures that the database could not do yet, in a small file beside it.

The file has its full size from the beginning, so that an erasure can be noted on a full disk too.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from errno import ETIMEDOUT
from pathlib import Path

from inkling.service.profiles.profile_store import UserKey

_BYTES = 64 * 1024
_WAIT_SECONDS = 0.8
"""For another process that changes the file, which takes as long as one write."""
_PAUSE_SECONDS = 0.005


class PendingErasures:
    """Users whose profile counts as erased, and is still in the database. Several processes share the file.

    Whoever changes the file holds its lock, and reads it again first: what another process has noted stays.
    """

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}-erasures")
        self._users: set[UserKey] = set()
        self._stamp = -1

    def reserve(self) -> None:
        """Make the file, and read what an earlier process left in it. Raises OSError."""
        with self._locked(os.O_CREAT) as number:
            if os.fstat(number).st_size < _BYTES:
                os.pwrite(number, b"[]".ljust(_BYTES), 0)
                os.fsync(number)
        self.refresh()

    @property
    def stamp(self) -> int:
        """A number that changes when any process changes the file; -1 if there is no file."""
        try:
            return self._path.stat().st_mtime_ns
        except OSError:
            return -1

    def refresh(self) -> None:
        """Read the file if another process has changed it."""
        stamp = self.stamp
        if stamp == self._stamp:
            return
        try:
            self._users = _users_of(self._path.read_bytes())
        except OSError:
            self._users = set()
        except (ValueError, TypeError):  # it is being written, or damaged: it is read again the next time
            return
        self._stamp = stamp

    def __contains__(self, user: UserKey) -> bool:
        return user in self._users

    def __bool__(self) -> bool:
        return bool(self._users)

    def users(self) -> list[UserKey]:
        """The users, in no order."""
        return list(self._users)

    def add(self, user: UserKey) -> None:
        """Note an erasure; it is on disk when this returns.

        Raises OSError when there is no room, TimeoutError when another process keeps the file too long.
        """
        with self._locked() as number:
            self._write(number, self._read(number) | {user})

    @contextmanager
    def finishing(self, users: Sequence[UserKey]) -> Iterator[None]:
        """Remove erasures that are done at the end of the block. Raises as `add` does.

        Nobody notes an erasure within the block. So one that is noted after what the block does stays.
        """
        if not users:
            yield
            return
        with self._locked() as number:
            noted = self._read(number)
            yield
            self._write(number, noted.difference(users))

    @contextmanager
    def _locked(self, flags: int = 0) -> Iterator[int]:
        """The file, open, while no other thread and no other process changes it."""
        number = os.open(self._path, os.O_RDWR | flags, 0o600)
        try:
            end = time.monotonic() + _WAIT_SECONDS
            while True:
                try:
                    fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    break
                except BlockingIOError:
                    if time.monotonic() > end:
                        raise TimeoutError(ETIMEDOUT, "another process keeps the list of erasures") from None
                    time.sleep(_PAUSE_SECONDS)
            yield number
        finally:
            os.close(number)

    def _read(self, number: int) -> set[UserKey]:
        """What is noted; of a damaged file, what this process knows."""
        try:
            return _users_of(os.pread(number, _BYTES, 0))
        except (ValueError, TypeError):
            return self._users

    def _write(self, number: int, users: set[UserKey]) -> None:
        text = json.dumps(sorted([one.owner, one.user_id] for one in users)).encode()
        if len(text) > _BYTES:
            raise OSError("too many erasures are pending")
        before = os.fstat(number).st_mtime_ns
        os.pwrite(number, text.ljust(_BYTES), 0)
        if os.fstat(number).st_mtime_ns <= before:  # two changes within a tick of the system's clock
            os.utime(number, ns=(before + 1, before + 1))
        os.fsync(number)
        self._users, self._stamp = users, os.fstat(number).st_mtime_ns


def _users_of(data: bytes) -> set[UserKey]:
    """The users that the file's bytes name. Raises ValueError or TypeError."""
    return {UserKey(str(owner), str(user)) for owner, user in json.loads(data or b"[]")}
