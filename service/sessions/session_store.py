"""The contract of a session store."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from inkling.service.sessions.session import Session, SessionSizes


@dataclass(frozen=True, slots=True)
class SessionKey:
    """Names a draft and its owner. The same id under two owners means two separate sessions."""

    owner: str
    session_id: str


@dataclass(frozen=True, slots=True)
class StoreStats:
    """The contents of a store (`sessions`, `bytes`, `max_bytes`), and its counters since it was made.

    `hits` and `misses` count `get`; `evicted` were dropped for room, `expired` for idleness, and
    `refused` were too large to keep.
    """

    sessions: int = 0
    bytes: int = 0
    max_bytes: int = 0
    hits: int = 0
    misses: int = 0
    evicted: int = 0
    expired: int = 0
    refused: int = 0


class SessionStore(ABC):
    """Keeps sessions between requests, within a bound of bytes and of idle time.

    A session is only an accelerator, so a store may forget any session at any time. A session is only
    returned for the key under which it was put. Sessions are not changed after `put`, so one may be read
    while another thread works on a copy. Every method may be called from any thread.
    """

    @abstractmethod
    def get(self, key: SessionKey) -> Session | None:
        """Return the session and count it as used now; None when it is not (or no longer) kept."""

    @abstractmethod
    def peek(self, key: SessionKey) -> Session | None:
        """Return the session, which does not count as use nor as looked for; None when it is not kept."""

    @abstractmethod
    def put(self, key: SessionKey, session: Session) -> bool:
        """Keep a session in place of any under the same key. Others may be evicted to make room.

        A session that is too large loses checkpoints. If that is not enough it is refused: the result is
        False, nothing is kept under the key, and no other session is evicted.
        """

    @abstractmethod
    def delete(self, key: SessionKey) -> bool:
        """Forget a session; tell whether one was kept."""

    @abstractmethod
    def describe(self, key: SessionKey) -> SessionSizes | None:
        """Return the sizes of a session, which does not count as use; None when it is not kept."""

    @abstractmethod
    def expire(self) -> int:
        """Drop all sessions that have been idle too long; return how many."""

    @abstractmethod
    def stats(self) -> StoreStats:
        """Return counters and totals."""
