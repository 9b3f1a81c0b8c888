"""Known words, by their beginnings."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from copy import copy


class Lexicon:
    """Common and rare words in the case of their letters. Immutable.

    Words in lower case may be written in any case. A word with a capital letter is a name or a short form;
    its lower-case form is known as well.
    """

    def __init__(self, common: Iterable[str], rare: Iterable[str] = ()) -> None:
        frequent = set(common)
        found = frequent.union(rare)
        self._common = sorted(word for word in frequent if word.islower())
        self._plain = sorted(word for word in found if word.islower())
        self._names = frozenset(word for word in found if not word.islower())
        self._capital = sorted({word.casefold() for word in self._names})

    def __len__(self) -> int:
        return len(self._plain) + len(self._capital)

    def extended(self, words: Iterable[str]) -> "Lexicon":
        """This lexicon with more words in lower case, which are rare."""
        longer = copy(self)
        more = {word for word in words if not _is_in(self._plain, word)}
        longer._plain = sorted([*self._plain, *sorted(more)])
        return longer

    def knows(self, word: str) -> bool:
        """Whether this is a word, whatever the case of its letters."""
        lower = word.casefold()
        return _is_in(self._plain, lower) or _is_in(self._capital, lower)

    def knows_as_written(self, word: str) -> bool:
        """Whether this is a word in lower case, or a name that is written like this."""
        return word in self._names or _is_in(self._plain, word.casefold())

    def knows_common(self, word: str) -> bool:
        """Whether a word in lower case is a common one."""
        return _is_in(self._common, word)

    def begins(self, start: str) -> bool:
        """Whether any word begins with `start`, whatever the case of its letters."""
        start = start.casefold()
        return _has(self._plain, start) or _has(self._capital, start)

    def begins_plain(self, start: str) -> bool:
        """Whether a word in lower case begins with `start`, which is in lower case."""
        return _has(self._plain, start)

    def begins_common(self, start: str) -> bool:
        """Whether a common word in lower case begins with `start`, which is in lower case."""
        return _has(self._common, start)

    def plain_from(self, start: str) -> Sequence[str]:
        """The words in lower case that begin with `start`, which is not empty."""
        begin = bisect_left(self._plain, start)
        return self._plain[begin : bisect_left(self._plain, start[:-1] + chr(ord(start[-1]) + 1))]


def _is_in(words: Sequence[str], word: str) -> bool:
    place = bisect_left(words, word)
    return place < len(words) and words[place] == word


def _has(words: Sequence[str], start: str) -> bool:
    place = bisect_left(words, start)
    return place < len(words) and words[place].startswith(start)
