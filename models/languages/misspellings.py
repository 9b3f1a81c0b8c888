"""Words that are known to be wrong, each with the right one."""

from bisect import bisect_left
from collections.abc import Iterable, Mapping

from inkling.models.languages.lexicon import Lexicon

_BEGINNINGS = ("un", "in", "im", "dis", "re", "pre", "mis", "non", "over", "inter")
_LEAST_STEM = 5
"""A shorter word has no inflections of its own: too many other words begin like it."""


class Misspellings:
    """Misspellings in lower case, and the right words. Immutable."""

    def __init__(self, right: Mapping[str, str]) -> None:
        """`right` has the right word for each wrong one."""
        self._right = dict(right)
        self._wrong = sorted(self._right)

    @classmethod
    def inflected(cls, listed: Iterable[tuple[str, str]], lexicon: Lexicon) -> "Misspellings":
        """Pairs of a wrong and a right word, and what follows from them for longer words.

        "convience" for "convenience" stands for "conviences" and "inconvience" too. Words of the lexicon are
        never wrong.
        """
        found: dict[str, str] = {}
        for wrong, right in listed:
            found.setdefault(wrong, right)
            same = 1 if wrong[-1] == right[-1] == "e" else 0
            stem, begun = right[: len(right) - same], wrong[: len(wrong) - same]
            if len(stem) >= _LEAST_STEM and "'" not in right:
                for word in lexicon.plain_from(stem):
                    found.setdefault(begun + word[len(stem) :], word)
        for wrong, right in list(found.items()):
            if len(right) >= _LEAST_STEM:
                for before in _BEGINNINGS:
                    if lexicon.knows_common(before + right):
                        found.setdefault(before + wrong, before + right)
        return cls({wrong: right for wrong, right in found.items() if not lexicon.knows(wrong)})

    def __len__(self) -> int:
        return len(self._right)

    def correction(self, word: str) -> str | None:
        """The right word for a wrong one in any case; None for a word that is not listed."""
        return self._right.get(word.casefold())

    def begun(self, start: str) -> list[tuple[str, str]]:
        """The wrong words, with the right ones, that begin with `start`, which is in lower case."""
        found = []
        for place in range(bisect_left(self._wrong, start), len(self._wrong)):
            wrong = self._wrong[place]
            if not wrong.startswith(start):
                break
            found.append((wrong, self._right[wrong]))
        return found
