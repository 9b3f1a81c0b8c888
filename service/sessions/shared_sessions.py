"""The contract of sessions that several processes share."""

from abc import ABC, abstractmethod
from dataclasses import dataclass

from inkling.service.sessions.session import Session
from inkling.service.sessions.session_store import SessionKey


class SharingError(Exception):
    """Sessions cannot be shared as the settings say; the message says why, in one line."""


@dataclass(frozen=True, slots=True)
class SharedStats:
    """Counters since the store was made, and `away`: how many stores are given up for now.

    `hits`, `misses` and `failures` count fetches. `written` counts sessions that were kept, `unwritten` those
    that were refused or lost on the way, and `dropped` those that were left out for room.
    """

    hits: int = 0
    misses: int = 0
    failures: int = 0
    written: int = 0
    unwritten: int = 0
    dropped: int = 0
    away: int = 0


class SharedSessions(ABC):
    """A second level of sessions, behind the memory of each process.

    It makes a draft start warm in a process that has not seen it. Whatever happens to it, nobody waits long
    and nothing is raised. All methods may be called from any thread; those that wait, in any event loop.
    """

    @abstractmethod
    async def fetch(self, key: SessionKey) -> Session | None:
        """The session that was last offered under this key; None where there is none, or not soon enough."""

    @abstractmethod
    def offer(self, key: SessionKey, session: Session) -> None:
        """Keep a session in place of any under the same key: soon or, if that is slow, not at all."""

    @abstractmethod
    async def delete(self, key: SessionKey) -> bool:
        """Forget a session; tells whether one was kept, as far as that can be told soon.

        One that cannot be reached now is forgotten once it can.
        """

    @abstractmethod
    def stats(self) -> SharedStats:
        """Return counters."""

    @abstractmethod
    def close(self) -> None:
        """Stop; what waits to be written is left out."""
