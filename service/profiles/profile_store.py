"""The contract of a profile store."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from inkling.models.personal.outcomes import Outcomes
from inkling.service.profiles.phrase_change import PhraseChange

SAME_SENDING_SECONDS = 60.0
"""A text that comes again sooner was sent once: a client tries again where an answer was lost."""


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
    `learned_at` is in seconds since the epoch. `words` is the number of words of the text. `times` is how
    often it was sent.
    """

    text: str = field(repr=False)
    tokens: bytes = field(repr=False)
    hashes: bytes = field(repr=False)
    tokenizer: str
    words: int
    learned_at: float
    times: int = 1

    def after(self, times: int, learned_at: float) -> "LearnedMessage":
        """This message where the same text was sent so many times before, last at that moment."""
        is_again = self.learned_at - learned_at >= SAME_SENDING_SECONDS
        return replace(self, times=times + is_again)


@dataclass(frozen=True, slots=True)
class StoredProfile:
    """All that is kept of one user: messages, oldest first, phrases that are never suggested, and what became
    of suggestions.
    """

    messages: Sequence[LearnedMessage]
    forbidden: Sequence[str] = field(repr=False)
    outcomes: Outcomes = field(default_factory=Outcomes)

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
        """Keep a message. One with the same text is replaced, and counted. The oldest beyond the bound are
        dropped.
        """

    @abstractmethod
    def forbid(self, user: UserKey, phrases: Sequence[str]) -> None:
        """Replace the list of phrases that are never suggested to a user."""

    @abstractmethod
    def amend(self, user: UserKey, change: PhraseChange) -> list[str]:
        """Change the list of phrases in one step, so that no change of another process is lost; returns it.

        Raises PhraseLimitError, and then nothing is changed.
        """

    @abstractmethod
    def count(self, user: UserKey, outcomes: Outcomes, moment: float) -> None:
        """Add to what became of a user's suggestions, at a moment in seconds since the epoch."""

    @abstractmethod
    def outcomes(self, user: UserKey) -> Outcomes:
        """What became of a user's suggestions."""

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

    @property
    def away(self) -> bool:
        """Whether the place could not be used when it was last looked at. A file of this machine is there."""
        return False

    def look(self) -> None:  # noqa: B027
        """Find out whether the place can be used."""

    @abstractmethod
    def version(self) -> tuple[object, ...]:
        """A value that changes when any program changes the store. Cheap."""

    @abstractmethod
    def fingerprint(self, user: UserKey) -> tuple[object, ...]:
        """A value that changes when any program changes the user's messages or phrases."""

    @abstractmethod
    def forget(self, before: float) -> list[UserKey]:
        """Drop messages learned, and outcomes last counted, before a moment.

        Returns the users who lost some.
        """

    @abstractmethod
    def close(self) -> None:
        """Close the files."""
