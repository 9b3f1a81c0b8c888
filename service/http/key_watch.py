"""The key file as it is now: read again when it changes, and when a SIGHUP comes."""

import asyncio
import logging
import os
import signal
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from inkling.service.engine.failure import describe_failure
from inkling.service.http.middleware.auth import KeyFileError, load_api_keys

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


class KeyFile:
    """The keys of a file. A file that cannot be used changes nothing: the keys before it stay known."""

    def __init__(self, path: Path, clock: Callable[[], float] = time.time) -> None:
        """Read the file. `clock` gives Unix seconds. Raises `KeyFileError`."""
        self._path = path
        self._clock = clock
        self._reading = threading.Lock()  # a SIGHUP may come while the file is read
        self._version = _version_of(path)
        self._settled = self._is_old(self._version)
        self._keys = load_api_keys(path)

    def owner(self, key: bytes) -> str | None:
        """The name of the key's owner, or None."""
        return self._keys.owner(key)

    def refresh(self, *, force: bool = False) -> None:
        """Read the file if it has changed, or if `force` says so, and log once what came of the change."""
        with self._reading:
            version = _version_of(self._path)
            changed = version != self._version
            if not (changed or force) and self._settled:
                return
            self._version, self._settled = version, self._is_old(version)
            try:
                keys = load_api_keys(self._path)
            except KeyFileError as error:
                if changed or force:
                    _log.error("the API keys stay as they were: %s", error)
                return
            if force or keys != self._keys:
                _log.info("the API keys were read again: %d", len(keys.digests))
            self._keys = keys

    def _is_old(self, version: _FileVersion | None) -> bool:
        return version is None or self._clock() - version.changed_at > _CLOCK_SECONDS


@asynccontextmanager
async def watched(keys: KeyFile | None) -> AsyncIterator[None]:
    """Keep the keys fresh. A SIGHUP reads them at once, and never ends the process, with keys or without."""
    hangup = asyncio.Event()
    # Only the main thread gets signals; elsewhere somebody else's program decides about them.
    with_signals = threading.current_thread() is threading.main_thread()
    if with_signals:
        asyncio.get_running_loop().add_signal_handler(signal.SIGHUP, hangup.set)
    watching = None if keys is None else asyncio.create_task(_watch(keys, hangup))
    try:
        yield
    finally:
        if watching is not None:
            watching.cancel()
        if with_signals:
            # Not the default of before, which would end the process while it finishes its work.
            asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)
            signal.signal(signal.SIGHUP, signal.SIG_IGN)


async def _watch(keys: KeyFile, hangup: asyncio.Event) -> None:
    while True:
        with suppress(TimeoutError):
            await asyncio.wait_for(hangup.wait(), _PAUSE_SECONDS)
        force = hangup.is_set()
        hangup.clear()
        # In a thread: a file on another machine may let its reader wait.
        try:
            await asyncio.to_thread(keys.refresh, force=force)
        except Exception as error:  # such as no thread to be had: later it may do better
            _log.error("the API key file cannot be looked at: %s", describe_failure(error))
            await asyncio.sleep(_PAUSE_AFTER_FAILURE)


def _version_of(path: Path) -> _FileVersion | None:
    try:
        return _FileVersion.of(path.stat())
    except OSError:
        return None
