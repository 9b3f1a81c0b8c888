"""Sessions in this process's memory."""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

from inkling.service.sessions.session import Session, SessionSizes
from inkling.service.sessions.session_store import SessionKey, SessionStore, StoreStats

_ENTRY_BYTES = 512
"""What the store itself holds for a session: its key, its entry and its place in the dictionary."""

_SESSIONS_AT_LEAST = 8
"""By default one session may take this fraction of the whole store."""


@dataclass(slots=True)
class _Entry:
    session: Session
    bytes: int
    used: float


class MemorySessionStore(SessionStore):
    """Sessions within a bound of bytes. The least recently used is evicted first; idle sessions expire.

    `max_bytes` bounds all sessions and `max_session_bytes` (an eighth of it unless given) each;
    a session unused for `idle_seconds` is gone. `clock` gives seconds that never go back.
    """

    def __init__(
        self,
        max_bytes: int,
        idle_seconds: float,
        clock: Callable[[], float] = time.monotonic,
        *,
        max_session_bytes: int | None = None,
    ) -> None:
        if max_bytes < 1 or idle_seconds <= 0:
            raise ValueError("max_bytes and idle_seconds must be positive.")
        if max_session_bytes is None:
            max_session_bytes = max_bytes // _SESSIONS_AT_LEAST
        self._max_bytes = max_bytes
        self._max_session_bytes = min(max_session_bytes, max_bytes)
        self._idle_seconds = idle_seconds
        self._clock = clock
        self._lock = Lock()
        # Ordered by last use, oldest first, which serves eviction and expiry alike.
        self._entries: OrderedDict[SessionKey, _Entry] = OrderedDict()
        self._bytes = 0
        self._hits = self._misses = self._evicted = self._expired = self._refused = 0

    def get(self, key: SessionKey) -> Session | None:
        with self._lock:
            self._expire()
            entry = self._entries.get(key)
            if entry is None:
                self._misses += 1
                return None
            self._hits += 1
            entry.used = self._clock()
            self._entries.move_to_end(key)
            return entry.session

    def peek(self, key: SessionKey) -> Session | None:
        with self._lock:
            self._expire()
            entry = self._entries.get(key)
            return None if entry is None else entry.session

    def put(self, key: SessionKey, session: Session) -> bool:
        fitted = session.shrink(self._max_session_bytes - _ENTRY_BYTES)
        with self._lock:
            self._expire()
            self._remove(key)
            if fitted is None:
                self._refused += 1
                return False
            entry = _Entry(fitted, fitted.size + _ENTRY_BYTES, self._clock())
            self._entries[key] = entry
            self._bytes += entry.bytes
            while self._bytes > self._max_bytes:
                self._remove(next(iter(self._entries)))
                self._evicted += 1
            return True

    def delete(self, key: SessionKey) -> bool:
        with self._lock:
            self._expire()
            return self._remove(key)

    def describe(self, key: SessionKey) -> SessionSizes | None:
        session = self.peek(key)
        return None if session is None else session.sizes()

    def expire(self) -> int:
        with self._lock:
            return self._expire()

    def stats(self) -> StoreStats:
        with self._lock:
            return StoreStats(
                sessions=len(self._entries),
                bytes=self._bytes,
                max_bytes=self._max_bytes,
                hits=self._hits,
                misses=self._misses,
                evicted=self._evicted,
                expired=self._expired,
                refused=self._refused,
            )

    def _expire(self) -> int:
        limit = self._clock() - self._idle_seconds
        dropped = 0
        while self._entries:
            key, entry = next(iter(self._entries.items()))
            if entry.used > limit:
                break
            self._remove(key)
            dropped += 1
        self._expired += dropped
        return dropped

    def _remove(self, key: SessionKey) -> bool:
        entry = self._entries.pop(key, None)
        if entry is None:
            return False
        self._bytes -= entry.bytes
        return True
