"""A change of the phrases that are never suggested to a user."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from inkling.models.search.word_filter import same_phrase


class PhraseLimitError(Exception):
    """A change would leave more phrases than one user may forbid."""


@dataclass(frozen=True, slots=True)
class PhraseChange:
    """Takes phrases off a list, in whatever case they are, then adds others that are not on it.

    No more than `most` may be left.
    """

    add: Sequence[str] = field(repr=False)
    remove: Sequence[str] = field(repr=False)
    most: int

    def of(self, before: Sequence[str]) -> list[str]:
        """The list after the change. Raises PhraseLimitError."""
        phrases = [one for one in before if not any(same_phrase(one, other) for other in self.remove)]
        for one in self.add:
            if not any(same_phrase(one, other) for other in phrases):
                phrases.append(one)
        if len(phrases) > self.most:
            raise PhraseLimitError(f"a user may forbid {self.most} phrases")
        return phrases
