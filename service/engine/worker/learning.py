"""Learning from sent mail, and what a user may ask about it."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from inkling.models.personal.eagerness import fit_eagerness
from inkling.models.personal.outcomes import Outcomes
from inkling.models.text.masked_text import readable
from inkling.service.engine.errors import StorageBusy, StorageFull, TooManyPhrases
from inkling.service.engine.job import ProfileExport, ProfileSizes
from inkling.service.engine.worker.turns import Turns
from inkling.service.engine.worker.writers import Writers
from inkling.service.profiles.phrase_change import PhraseChange, PhraseLimitError
from inkling.service.profiles.profile_store import (
    LearnedMessage,
    ProfileStore,
    ProfileStoreError,
    StorageBusyError,
    StorageFullError,
    UserKey,
)

_MOST_WAITING = 128
"""Calls about users that may wait for one another; half of them for a tenant alone."""

MOST_PHRASES = 200
"""Phrases that one user may forbid."""

_BUSY_SECONDS = 0.5

_log = logging.getLogger("inkling.profiles")


ReadMessage = Callable[[str, str | None, float], LearnedMessage | None]
"""From a message as sent, its recipient's name and the time to what is kept; None for nothing to learn."""


class Learning:
    """Keeps the store and what the model knows of users in step.

    Whatever takes long is done in other threads. Calls about users are done one after the other, tenants in
    turn. A tenant that has too many is refused with Overloaded; what erases is never refused for that.
    """

    def __init__(
        self,
        store: ProfileStore,
        writers: Writers,
        read: ReadMessage,
        *,
        max_age_seconds: float,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._writers, self._read = store, writers, read
        self._max_age, self._clock = max_age_seconds, clock
        self._turns = Turns(_MOST_WAITING)
        self._busy_until = 0.0

    async def learn(self, user: UserKey, text: str, recipient: str | None) -> ProfileSizes:
        """Learn from a message as it was sent. Once this returns, it is kept, and used from then on.

        Raises Overloaded when too many of the tenant wait.
        """
        async with self._turns.turn(user.owner):
            message = await asyncio.to_thread(self._read, text, recipient, self._clock())
            if message is not None:
                with self._changing():
                    await asyncio.to_thread(self._store.learn, user, message)
                await self._renew(user)
            with self._storage():
                kept = await asyncio.to_thread(self._store.read, user)
            return ProfileSizes(0, 0) if kept is None else ProfileSizes(len(kept.messages), kept.words)

    async def forbid(self, user: UserKey, phrases: Sequence[str]) -> None:
        """Never suggest these phrases to a user, in place of those forbidden before."""
        async with self._turns.turn(user.owner):
            with self._changing():
                await asyncio.to_thread(self._store.forbid, user, phrases)
            await self._renew(user)

    async def amend(self, user: UserKey, add: Sequence[str], remove: Sequence[str]) -> Sequence[str]:
        """Take phrases off the user's list, in whatever case they are, then add others; return the list.

        Raises TooManyPhrases.
        """
        async with self._turns.turn(user.owner):
            change = PhraseChange(add, remove, MOST_PHRASES)
            try:
                with self._changing():
                    phrases = await asyncio.to_thread(self._store.amend, user, change)
            except PhraseLimitError:
                raise TooManyPhrases from None
            await self._renew(user)
            return phrases

    async def count(self, user: UserKey, outcomes: Outcomes) -> None:
        """Add to what became of a user's suggestions. It counts from their next request on."""
        async with self._turns.turn(user.owner):
            with self._changing():
                await asyncio.to_thread(self._store.count, user, outcomes, self._clock())

    async def export(self, user: UserKey) -> ProfileExport | None:
        """All that is kept of a user; None when nothing is."""
        with self._storage():
            kept = await asyncio.to_thread(self._store.read, user)
        if kept is None:
            return None
        messages = [(one.learned_at, readable(one.text), one.times) for one in kept.messages]
        eager = fit_eagerness(kept.outcomes)
        return ProfileExport(
            messages, kept.words, kept.forbidden, kept.outcomes.shown, eager.cost, eager.trust
        )

    async def erase(self, user: UserKey) -> bool:
        """Forget a user; tell whether anything was kept. Nothing of it is suggested from then on.

        It waits for what its tenant asked before, so that nothing is learned after it.
        """
        async with self._turns.turn(user.owner, refusable=False):
            try:
                with self._storage():
                    return await asyncio.to_thread(self._store.erase, user)
            finally:
                self._writers.forget(user)

    async def forget_stale(self) -> None:
        """Drop what was learned too long ago."""
        async with self._turns.turn(refusable=False):
            for user in await asyncio.to_thread(self._store.forget, self._clock() - self._max_age):
                self._writers.forget(user)

    @contextmanager
    def _changing(self) -> Iterator[None]:
        """As `_storage`, for what may be refused.

        For a moment after the store was busy, those who wait in line are refused at once: each would wait
        as long as the one before, and the last of them far too long.
        """
        if time.monotonic() < self._busy_until:
            raise StorageBusy
        with self._storage():
            yield

    @contextmanager
    def _storage(self) -> Iterator[None]:
        """The store's failures as the engine's."""
        try:
            yield
        except StorageBusyError:
            self._busy_until = time.monotonic() + _BUSY_SECONDS
            raise StorageBusy from None
        except StorageFullError:
            raise StorageFull from None
        except ProfileStoreError as error:  # its message holds nothing of a user
            _log.error("Profiles cannot be kept: %s", error)
            raise StorageBusy from None

    async def finish_erasing(self) -> None:
        """Try again to erase what could not be erased."""
        if self._store.erasing:
            await asyncio.to_thread(self._store.finish_erasing)

    @property
    def is_away(self) -> bool:
        """Whether profiles cannot be used for now."""
        return self._store.away

    async def look(self) -> None:
        """Find out whether profiles can be used."""
        await asyncio.to_thread(self._store.look)

    async def _renew(self, user: UserKey) -> None:
        try:
            self._writers.install(user, await asyncio.to_thread(self._writers.prepare, user))
        except ProfileStoreError:  # what was asked for is done; the profile is read again when it is needed
            self._writers.forget(user)
