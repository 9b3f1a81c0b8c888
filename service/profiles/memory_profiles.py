"""Profiles in memory: for tests, and for programs that keep nothing."""

import threading
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from inkling.models.personal.outcomes import Outcomes
from inkling.service.profiles.phrase_change import PhraseChange
from inkling.service.profiles.profile_store import LearnedMessage, ProfileStore, StoredProfile, UserKey


class MemoryProfileStore(ProfileStore):
    """See `ProfileStore`; forgets everything when the process ends."""

    def __init__(self, *, max_words: int) -> None:
        self._max_words = max_words
        self._lock = threading.Lock()
        self._kept: dict[UserKey, StoredProfile] = {}
        self._changes: Counter[UserKey] = Counter()
        self._counted = 0
        self._outcomes: dict[UserKey, tuple[Outcomes, float]] = {}

    def learn(self, user: UserKey, message: LearnedMessage) -> None:
        """See `ProfileStore.learn`."""
        with self._lock:
            kept = self._kept.get(user, StoredProfile((), ()))
            before = next((one for one in kept.messages if one.text == message.text), None)
            if before is not None:
                message = message.after(before.times, before.learned_at)
            messages = [one for one in kept.messages if one.text != message.text] + [message]
            while len(messages) > 1 and sum(one.words for one in messages) > self._max_words:
                del messages[0]
            self._keep(user, StoredProfile(messages, kept.forbidden))

    def forbid(self, user: UserKey, phrases: Sequence[str]) -> None:
        """See `ProfileStore.forbid`."""
        with self._lock:
            self._write_phrases(user, phrases)

    def amend(self, user: UserKey, change: PhraseChange) -> list[str]:
        """See `ProfileStore.amend`."""
        with self._lock:
            before = list(self._kept.get(user, StoredProfile((), ())).forbidden)
            phrases = change.of(before)
            if phrases != before:
                self._write_phrases(user, phrases)
            return phrases

    def _write_phrases(self, user: UserKey, phrases: Sequence[str]) -> None:
        messages = self._kept.get(user, StoredProfile((), ())).messages
        self._keep(user, StoredProfile(messages, list(phrases)))

    def count(self, user: UserKey, outcomes: Outcomes, moment: float) -> None:
        """See `ProfileStore.count`."""
        with self._lock:
            before, _ = self._outcomes.get(user, (Outcomes(), 0.0))
            self._outcomes[user] = before.plus(outcomes), moment
            self._counted += 1

    def outcomes(self, user: UserKey) -> Outcomes:
        """See `ProfileStore.outcomes`."""
        with self._lock:
            return self._outcomes.get(user, (Outcomes(), 0.0))[0]

    def _keep(self, user: UserKey, profile: StoredProfile) -> None:
        self._changes[user] += 1
        if profile.messages or profile.forbidden:
            self._kept[user] = profile
        else:
            self._kept.pop(user, None)

    def read(self, user: UserKey) -> StoredProfile | None:
        """See `ProfileStore.read`."""
        with self._lock:
            kept, (outcomes, _) = self._kept.get(user), self._outcomes.get(user, (Outcomes(), 0.0))
            if kept is None:
                return StoredProfile((), (), outcomes) if outcomes else None
            return replace(kept, outcomes=outcomes)

    def erase(self, user: UserKey) -> bool:
        """See `ProfileStore.erase`."""
        with self._lock:
            self._changes[user] += 1
            counted = self._outcomes.pop(user, None) is not None
            return self._kept.pop(user, None) is not None or counted

    def forget(self, before: float) -> list[UserKey]:
        """See `ProfileStore.forget`."""
        with self._lock:
            lost = [user for user, (_, moment) in self._outcomes.items() if moment < before]
            for user in lost:
                del self._outcomes[user]
            for user, kept in list(self._kept.items()):
                messages = [one for one in kept.messages if one.learned_at >= before]
                if len(messages) < len(kept.messages):
                    lost += [user] * (user not in lost)
                    self._keep(user, StoredProfile(messages, kept.forbidden))
            return lost

    @property
    def erasing(self) -> bool:
        """See `ProfileStore.erasing`."""
        return False

    def finish_erasing(self) -> None:
        """See `ProfileStore.finish_erasing`."""

    def version(self) -> tuple[object, ...]:
        """See `ProfileStore.version`."""
        with self._lock:
            return (self._changes.total(), self._counted)

    def fingerprint(self, user: UserKey) -> tuple[object, ...]:
        """See `ProfileStore.fingerprint`."""
        with self._lock:
            return (self._changes[user],)

    def close(self) -> None:
        """See `ProfileStore.close`."""
