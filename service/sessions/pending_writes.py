"""What waits to be written to a store: the newest of each session, and deletions, within a bound."""

import time
from collections import OrderedDict
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field
from math import inf

from inkling.service.sessions.session import Session
from inkling.service.sessions.session_store import SessionKey


@dataclass(slots=True, eq=False)
class Pending:
    """A session to keep or, without one, to forget; `done` gets whether one was forgotten."""

    key: SessionKey
    session: Session | None
    done: Future[bool] = field(default_factory=Future)
    since: float = field(default_factory=time.monotonic)

    def finish(self, found: bool) -> None:
        """Tell who waits for it."""
        with suppress(InvalidStateError):  # nobody waits for it any more
            self.done.set_result(found)


class PendingWrites:
    """Two lines in the order of coming. Deletions go first, and are left out last.

    A session that comes after its deletion does not take its place: it may be left out, and then the older
    value would stay.
    """

    def __init__(self, most: int, lasting: float = inf) -> None:
        """At most `most` wait. A deletion is given up after `lasting` seconds: its value is gone then."""
        self._most, self._lasting = most, lasting
        self._deletions: OrderedDict[SessionKey, Pending] = OrderedDict()
        self._sessions: OrderedDict[SessionKey, Pending] = OrderedDict()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._deletions) + len(self._sessions)

    def add(self, pending: Pending) -> None:
        """Let one wait, in place of an older one of the same session."""
        line = self._sessions if pending.session is not None else self._deletions
        for older in (line.pop(pending.key, None), self._sessions.pop(pending.key, None)):
            if older is not None:
                older.finish(False)
        line[pending.key] = pending
        if len(self) > self._most:
            self._drop()

    def put_back(self, pending: Pending) -> None:
        """Let a deletion that was taken wait again, unless there is a newer one, or it is given up."""
        if pending.key not in self._deletions and time.monotonic() - pending.since < self._lasting:
            self._deletions[pending.key] = pending
            if len(self) > self._most:
                self._drop()

    def take(self, *, deletions: bool = True) -> Pending | None:
        """Take the next one out of its line; None where none waits. Without `deletions`, those stay."""
        if deletions and self._deletions:
            return self._deletions.popitem(last=False)[1]
        return self._sessions.popitem(last=False)[1] if self._sessions else None

    def forgets(self, key: SessionKey) -> bool:
        """Whether a session is still to be forgotten."""
        return key in self._deletions

    def _drop(self) -> None:
        _, victim = (self._sessions or self._deletions).popitem(last=False)
        victim.finish(False)
        self.dropped += 1
