"""Profiles in use, by number."""

from inkling.models.ngram.backoff import PhraseModel
from inkling.models.ngram.profile import FACTORS

_NUMBERS = 1 << 22  # as many as two half-precision numbers can hold


class Profiles:
    """Numbers profiles, so that model states can name them. Not thread-safe.

    A number stands for one profile while the profile is kept. It is reused only after all other numbers.
    """

    def __init__(self) -> None:
        self._kept: dict[int, PhraseModel] = {}
        self._last = 0

    @property
    def history(self) -> int:
        """The longest history of any profile, in tokens."""
        return len(FACTORS)

    def add(self, profile: PhraseModel) -> int:
        """Keep a profile; returns its number, at least 1."""
        number = self._last % (_NUMBERS - 1) + 1
        while number in self._kept:
            number = number % (_NUMBERS - 1) + 1
        self._kept[number] = profile
        self._last = number
        return number

    def get(self, number: int) -> PhraseModel | None:
        """The profile with this number, or None if it is not kept. Number 0 has no profile."""
        return self._kept.get(number)

    def remove(self, number: int) -> None:
        """Keep a profile no longer."""
        self._kept.pop(number, None)
