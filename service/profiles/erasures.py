"""Keeps erasures that the database could not do yet, in a small file beside it.

The file has its full size from the beginning, so that an erasure can be noted on a full disk too.
"""

import json
import os
from collections.abc import Iterable
from pathlib import Path

from inkling.service.profiles.profile_store import UserKey

_BYTES = 64 * 1024


class PendingErasures:
    """Users whose profile counts as erased, and is still in the database."""

    def __init__(self, database: Path) -> None:
        self._path = database.with_name(f"{database.name}-erasures")
        self._users: set[UserKey] = set()
        self._stamp = -1

    def reserve(self) -> None:
        """Make the file, and read what an earlier process left in it. Raises OSError."""
        number = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o600)
        try:
            if os.fstat(number).st_size < _BYTES:
                os.pwrite(number, b"[]".ljust(_BYTES), 0)
                os.fsync(number)
        finally:
            os.close(number)
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
            found = json.loads(self._path.read_bytes() or b"[]")
            self._users = {UserKey(str(owner), str(user)) for owner, user in found}
        except (OSError, ValueError, TypeError):
            self._users = set()
        self._stamp = stamp

    def __contains__(self, user: UserKey) -> bool:
        return user in self._users

    def __bool__(self) -> bool:
        return bool(self._users)

    def users(self) -> list[UserKey]:
        """The users, in no order."""
        return list(self._users)

    def add(self, user: UserKey) -> None:
        """Note an erasure; it is on disk when this returns. Raises OSError when there is no room."""
        self._write(self._users | {user})

    def remove(self, users: Iterable[UserKey]) -> None:
        """Remove erasures that are done."""
        left = self._users.difference(users)
        if left != self._users:
            self._write(left)

    def _write(self, users: set[UserKey]) -> None:
        text = json.dumps(sorted([one.owner, one.user_id] for one in users)).encode()
        if len(text) > _BYTES:
            raise OSError("too many erasures are pending")
        number = os.open(self._path, os.O_WRONLY)
        try:
            os.pwrite(number, text.ljust(_BYTES), 0)
            os.fsync(number)
        finally:
            os.close(number)
        self._users, self._stamp = users, self.stamp
