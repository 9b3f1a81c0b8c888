"""A file of secrets as it is now: read again when it changes, and when a SIGHUP comes."""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence, Sized
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

from inkling.service.engine.failure import describe_failure
from inkling.service.http.access.secret_file import SecretFileError

T = TypeVar("T", bound=Sized)

_log = logging.getLogger("inkling.server")

_PAUSE_SECONDS = 1.0
"""Between two looks at the file."""

_PAUSE_AFTER_FAILURE = 30.0

_CLOCK_SECONDS = 2.0
"""A file changed less than this before it was read may change again within one tick of its clock."""


@dataclass(frozen=True, slots=True)
class _FileVersion:
    """Tells one state of a file from another without reading it. `changed_at` is in Unix seconds."""

    device: int
    inode: int
    bytes: int
    mtime_ns: int
    ctime_ns: int

    @classmethod
    def of(cls, status: os.stat_result) -> "_FileVersion":
        return cls(status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns)

    @property
    def changed_at(self) -> float:
        return max(self.mtime_ns, self.ctime_ns) / 1e9


class WatchedFile(Generic[T]):
    """What a file holds. A file that cannot be used changes nothing: what it held before stays."""

    def __init__(
        self, path: Path, load: Callable[[Path], T], what: str, clock: Callable[[], float] = time.time
    ) -> None:
        """Read the file with `load`, which raises `SecretFileError`. `what`, a plural, names it in the log.

        `clock` gives Unix seconds.
        """
        self._path, self._load, self._what, self._clock = path, load, what, clock
        self._reading = threading.Lock()  # a SIGHUP may come while the file is read
        self._version = _version_of(path)
        self._settled = self._is_old(self._version)
        self._current = load(path)

    @property
    def current(self) -> T:
        """What it held when it was last found good."""
        return self._current

    def refresh(self, *, force: bool = False) -> None:
        """Read the file if it has changed, or if `force` says so, and log once what came of the change."""
        with self._reading:
            version = _version_of(self._path)
            changed = version != self._version
            if not (changed or force) and self._settled:
                return
            self._version, self._settled = version, self._is_old(version)
            try:
                found = self._load(self._path)
            except SecretFileError as error:
                if changed or force:
                    _log.error("the %s stay as they were: %s", self._what, error)
                return
            if force or found != self._current:
                _log.info("the %s were read again: %d", self._what, len(found))
            self._current = found

    def _is_old(self, version: _FileVersion | None) -> bool:
        return version is None or self._clock() - version.changed_at > _CLOCK_SECONDS


@asynccontextmanager
async def watched(
    files: Sequence[WatchedFile[Any]], reload: Callable[[], Awaitable[None]]
) -> AsyncIterator[None]:
    """Keep what files hold fresh. A SIGHUP reads them at once, calls `reload`, and never ends the process."""
    hangup = asyncio.Event()
    # Only the main thread gets signals; elsewhere somebody else's program decides about them.
    with_signals = threading.current_thread() is threading.main_thread()
    if with_signals:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hangup.set)
    watching = asyncio.create_task(_watch(files, hangup, reload))
    try:
        yield
    finally:
        watching.cancel()
        if with_signals:
            # Not the default of before, which would end the process while it finishes its work.
            asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)


async def _watch(
    files: Sequence[WatchedFile[Any]], hangup: asyncio.Event, reload: Callable[[], Awaitable[None]]
) -> None:
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(hangup.wait(), _PAUSE_SECONDS if files else None)
        force = hangup.is_set()
        hangup.clear()
        # In a thread: a file on another machine may let its reader wait.
        try:
            for file in files:
                await asyncio.to_thread(file.refresh, force=force)
            if force:
                await reload()
        except Exception as error:  # such as no thread to be had: later it may do better
            _log.error("a file of secrets or the bundle cannot be looked at: %s", describe_failure(error))
            await asyncio.sleep(_PAUSE_AFTER_FAILURE)


def _version_of(path: Path) -> _FileVersion | None:
    try:
        return _FileVersion.of(path.stat())
    except OSError:
        return None
