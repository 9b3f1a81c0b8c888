"""The jobs that wait for the model."""

from collections import deque

from service.engine.worker.ticket import Ticket
from service.sessions.session_store import SessionKey


class WaitingLine:
    """First come, first served, at most `capacity` tickets and at most one for each session.

    Not thread-safe: its owner holds a lock.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise ValueError(f"The queue holds {capacity} jobs; it must hold at least 1.")
        self._capacity = capacity
        self._tickets: deque[Ticket] = deque()

    def __len__(self) -> int:
        return len(self._tickets)

    @property
    def full(self) -> bool:
        """Whether there is no room for another session's ticket."""
        return len(self._tickets) >= self._capacity

    def find(self, session: SessionKey | None) -> Ticket | None:
        """Return the ticket of a session; None for no session."""
        if session is None:
            return None
        return next((ticket for ticket in self._tickets if ticket.job.session == session), None)

    def append(self, ticket: Ticket) -> None:
        """Add a ticket at the end."""
        self._tickets.append(ticket)

    def replace(self, old: Ticket, new: Ticket) -> None:
        """Give `old`'s place to `new`, so that fast typing does not send a writer to the end."""
        self._tickets[self._tickets.index(old)] = new

    def take(self) -> Ticket | None:
        """Remove and return the first ticket; None when nobody waits."""
        return self._tickets.popleft() if self._tickets else None

    def remove(self, ticket: Ticket) -> bool:
        """Remove a ticket; tell whether it was there."""
        try:
            self._tickets.remove(ticket)
        except ValueError:
            return False
        return True
