"""The contract of a profile store."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class UserKey:
    """Names a profile. The same id under two owners means two separate users."""

    owner: str
    user_id: str


@dataclass(frozen=True, slots=True)
class LearnedMessage:
    """One message of a user's own, masked.

    `text` is in the form of `models.text.masked_text`. `tokens` are its tokens by the tokenizer whose digest
    is `tokenizer`. `hashes` are the hashes of its words (`models.text.folding`), eight bytes each.
    `learned_at` is in seconds since the epoch. `words` is the number of words of the text.
    """

    text: str = field(repr=False)
    tokens: bytes = field(repr=False)
    hashes: bytes = field(repr=False)
    tokenizer: str
    words: int
    learned_at: float


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """All that is kept of one user: messages, oldest first, and phrases that are never suggested."""

    messages: Sequence[LearnedMessage]
    forbidden: Sequence[str] = field(repr=False)

    @property
    def words(self) -> int:
        """Words learned."""
        return sum(message.words for message in self.messages)


class ProfileStoreError(Exception):
    """The profiles cannot be kept in this place; the message says why, in one line."""


class StorageBusyError(ProfileStoreError):
    """The place cannot be reached for now; the same call may succeed soon."""


class StorageFullError(ProfileStoreError):
    """There is no room for a change."""


class ProfileStore(ABC):
    """Keeps learned messages until their user erases them, within bounds of words and age. A change survives
    the end of the process once its method has returned. Every method may be called from any thread. `read`
    does not wait for the others.
    """

    @abstractmethod
    def learn(self, user: UserKey, message: LearnedMessage) -> None:
        """Keep a message. One with the same text is replaced. The oldest beyond the bound are dropped."""

    @abstractmethod
    def forbid(self, user: UserKey, phrases: Sequence[str]) -> None:
        """Replace the list of phrases that are never suggested to a user."""

    @abstractmethod
    def read(self, user: UserKey) -> StoredProfile | None:
        """All that is kept of a user; None if nothing is kept."""

    @abstractmethod
    def erase(self, user: UserKey) -> bool:
        """Forget a user. Returns whether anything was kept.

        Nothing of the user is read from then on. The files hold nothing either, unless `erasing` says that
        the erasure is pending. Then `finish_erasing` completes it.
        """

    @property
    @abstractmethod
    def erasing(self) -> bool:
        """Whether something of an erased profile may still be in the files."""

    @abstractmethod
    def finish_erasing(self) -> None:
        """Retry pending erasures."""

    @abstractmethod
    def version(self) -> tuple[object, ...]:
        """A value that changes when any program changes the store. Cheap."""

    @abstractmethod
    def fingerprint(self, user: UserKey) -> tuple[object, ...]:
        """A value that changes when any program changes the user's data."""

    @abstractmethod
    def forget(self, before: float) -> list[UserKey]:
        """Drop messages learned before a moment; returns the users who lost some."""

    @abstractmethod
    def close(self) -> None:
        """Close the files."""
