"""The contract of a profile store, whatever holds the profiles."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class UserKey:
    """Whose profile: the same id under two owners is two users who never meet."""

    owner: str
    user_id: str


@dataclass(frozen=True, slots=True)
class LearnedMessage:
    """One message of a user's own, masked.

    `text` is in the form of `models.text.masked_text`. `tokens` are its tokens by the tokenizer whose digest
    is `tokenizer`. `hashes` are those of its words (`models.text.folding`), eight bytes each. `learned_at` is
    in seconds since the epoch. `words` counts those of the text.
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
    """Another program holds the file; the same call may succeed soon."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"another program holds {path}; try again soon")


class StorageFullError(ProfileStoreError):
    """There is no room for a change."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"there is no room to change {path}; free some")


class ProfileStore(ABC):
    """Keeps what users let it learn until they erase it, within bounds of words and age. A change survives
    the end of the process once its method has returned. Every method may be called from any thread. `read`
    does not wait for the others.
    """

    @abstractmethod
    def learn(self, user: UserKey, message: LearnedMessage) -> None:
        """Keep a message; one with the same text is replaced, and the oldest beyond the bound are dropped."""

    @abstractmethod
    def forbid(self, user: UserKey, phrases: Sequence[str]) -> None:
        """Keep these phrases, in place of earlier ones, as never to be suggested to a user."""

    @abstractmethod
    def read(self, user: UserKey) -> StoredProfile | None:
        """All that is kept of a user; None when nothing is."""

    @abstractmethod
    def erase(self, user: UserKey) -> bool:
        """Forget a user; tell whether anything was kept.

        Nothing of the user is read from then on. The files hold nothing either, unless `erasing` says that
        this has to wait. Then `finish_erasing` does it.
        """

    @property
    @abstractmethod
    def erasing(self) -> bool:
        """Whether something of an erased profile may still be in the files."""

    @abstractmethod
    def finish_erasing(self) -> None:
        """Try again to erase what could not be erased."""

    @abstractmethod
    def version(self) -> tuple[object, ...]:
        """Changes whenever any program changes what is kept. Cheap."""

    @abstractmethod
    def fingerprint(self, user: UserKey) -> tuple[object, ...]:
        """Changes whenever any program changes what is kept of a user."""

    @abstractmethod
    def forget(self, before: float) -> list[UserKey]:
        """Drop messages learned before a moment; returns the users who lost some."""

    @abstractmethod
    def close(self) -> None:
        """Let go of files."""
