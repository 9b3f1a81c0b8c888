"""Known words, by their beginnings."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence


class Lexicon:
    """Words in the case of their letters, sorted. Immutable.

    Words in lower case may be written in any case. A word with a capital letter is a name or a short form;
    its lower-case form is known as well, but it is never a correction.
    """

    def __init__(self, words: Iterable[str]) -> None:
        found = set(words)
        self._plain = sorted(word for word in found if word.islower())
        self._names = frozenset(word for word in found if not word.islower())
        self._capital = sorted({word.casefold() for word in self._names})

    def __len__(self) -> int:
        return len(self._plain) + len(self._capital)

    def knows(self, word: str) -> bool:
        """Whether this is a word, whatever the case of its letters."""
        lower = word.casefold()
        return _is_at(self._plain, lower) or _is_at(self._capital, lower)

    def knows_as_written(self, word: str) -> bool:
        """Whether this is a word in lower case, or a name that is written like this."""
        return word in self._names or _is_at(self._plain, word.casefold())

    def extended(self, words: Iterable[str]) -> "Lexicon":
        """This lexicon with more words."""
        return Lexicon([*self._plain, *self._names, *words])

    def begins(self, start: str) -> bool:
        """Whether any word begins with `start`, whatever the case of its letters."""
        start = start.casefold()
        return _has(self._plain, start) or _has(self._capital, start)

    def begins_plain(self, start: str) -> bool:
        """Whether a word in lower case begins with `start`, which is in lower case."""
        return _has(self._plain, start)

    def plain_from(self, start: str) -> Sequence[str]:
        """The words in lower case that begin with `start`, which is not empty."""
        begin = bisect_left(self._plain, start)
        return self._plain[begin : bisect_left(self._plain, start[:-1] + chr(ord(start[-1]) + 1))]


def _is_at(words: Sequence[str], word: str) -> bool:
    place = bisect_left(words, word)
    return place < len(words) and words[place] == word


def _has(words: Sequence[str], start: str) -> bool:
    place = bisect_left(words, start)
    return place < len(words) and words[place].startswith(start)
