"""What is known of the contexts of open drafts."""

from collections import OrderedDict
from collections.abc import Callable

from inkling.models.facts.known_context import NOTHING_KNOWN, KnownContext
from inkling.models.text.context import Context
from inkling.service.sessions.session_store import SessionKey

_MOST = 512
"""Drafts of which it is kept; of others it is found out at each key."""


class KnownContexts:
    """Keeps the known context of each session that was active of late. No two sessions share one.

    Not thread-safe.
    """

    def __init__(self, most: int = _MOST) -> None:
        self._most = most
        self._kept: OrderedDict[SessionKey, KnownContext] = OrderedDict()

    def of(self, session: SessionKey | None, context: Context) -> KnownContext:
        """The session's, if its context is still this one, else a new one that is kept from now on."""
        kept = None if session is None else self._kept.pop(session, None)
        if context == NOTHING_KNOWN.context:
            return NOTHING_KNOWN
        if kept is None or kept.context != context:
            kept = KnownContext(context)
        if session is not None:
            self._kept[session] = kept
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return kept

    def drop(self, session: SessionKey) -> None:
        """Forget that of a session."""
        self._kept.pop(session, None)

    def retain(self, wanted: Callable[[SessionKey], bool]) -> None:
        """Forget those of sessions that are not wanted any more."""
        for session in [session for session in self._kept if not wanted(session)]:
            self.drop(session)
