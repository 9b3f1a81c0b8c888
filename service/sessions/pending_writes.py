"""What waits to be written to a store: the newest of each session, within a bound."""

from collections import OrderedDict
from concurrent.futures import Future, InvalidStateError
from contextlib import suppress
from dataclasses import dataclass, field

from inkling.service.sessions.session import Session
from inkling.service.sessions.session_store import SessionKey


@dataclass(slots=True, eq=False)
class Pending:
    """A session to keep or, without one, to forget; `done` gets whether one was forgotten."""

    key: SessionKey
    session: Session | None
    done: Future[bool] = field(default_factory=Future)

    def finish(self, found: bool) -> None:
        """Tell who waits for it."""
        with suppress(InvalidStateError):  # nobody waits for it any more
            self.done.set_result(found)


class PendingWrites:
    """A line in the order of coming, but what is to be forgotten goes first and is left out last."""

    def __init__(self, most: int) -> None:
        """At most `most` wait."""
        self._most = most
        self._line: OrderedDict[SessionKey, Pending] = OrderedDict()
        self.dropped = 0

    def __len__(self) -> int:
        return len(self._line)

    def add(self, pending: Pending) -> None:
        """Let one wait, in place of an older one of the same session."""
        older = self._line.pop(pending.key, None)
        if older is not None:
            older.finish(False)
        self._line[pending.key] = pending
        if pending.session is None:
            self._line.move_to_end(pending.key, last=False)
        if len(self._line) > self._most:
            self._drop()

    def put_back(self, pending: Pending) -> None:
        """Let one that was taken wait again, unless there is a newer one of its session."""
        if pending.key not in self._line:
            self.add(pending)

    def take(self) -> Pending:
        """Take the next one out of the line."""
        return self._line.popitem(last=False)[1]

    def _drop(self) -> None:
        kept = (one for one in self._line.values() if one.session is not None)
        victim = next(kept, None) or next(iter(self._line.values()))
        del self._line[victim.key]
        victim.finish(False)
        self.dropped += 1
