"""English as it is known here: its words, its misspellings, and the slips of those who write it."""

import gzip
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from inkling.models.languages.lexicon import Lexicon
from inkling.models.languages.misspellings import Misspellings
from inkling.models.languages.slips import Slips

ENGLISH = "en"

_LEAST_SLIP = 6
"""Letters of an unknown word from which on it may be a known one with a letter doubled or swapped."""

_PLAIN_WORD = re.compile(r"[a-z]{2,}")


@dataclass(frozen=True, slots=True)
class English:
    """The lexicon, the listed misspellings, and what slips make of the words of the lexicon."""

    lexicon: Lexicon
    misspellings: Misspellings
    slips: Slips

    def is_wrong(self, word: str) -> bool:
        """Whether a word in any case is misspelled: it is listed, or unknown and a slip away from a known
        one. A name is never wrong.
        """
        if self.lexicon.knows(word):
            return False
        if self.misspellings.correction(word) is not None:
            return True
        return (
            len(word) >= _LEAST_SLIP and _PLAIN_WORD.fullmatch(word) is not None and self.slips.is_slip(word)
        )

    def extended(self, words: Iterable[str]) -> "English":
        """This one with more known words; those that are wrong by what is known already are left out."""
        unknown = (word for word in words if _PLAIN_WORD.fullmatch(word) and not self.lexicon.knows(word))
        new = [word for word in unknown if not self.is_wrong(word)]
        return _made(self.lexicon.extended(new), self.misspellings)


@cache
def load_english() -> English:
    """The words and misspellings that ship."""
    data = files("inkling.models.languages").joinpath("data")
    common, rare = (
        _uncoded(gzip.decompress(data.joinpath(name).read_bytes()).decode("ascii"))
        for name in ("words-en.gz", "rare-words-en.gz")
    )
    terms = _lines(data.joinpath("terms-en.txt").read_text("utf-8"))
    lexicon = Lexicon(common, [*rare, *(word for line in terms for word in line.split())])
    listed = [
        (wrong, right)
        for right, _, several in (
            line.partition(":") for line in _lines(data.joinpath("misspellings-en.txt").read_text("utf-8"))
        )
        for wrong in several.split()
    ]
    return _made(lexicon, Misspellings.inflected(listed, lexicon))


def _made(lexicon: Lexicon, misspellings: Misspellings) -> English:
    return English(lexicon, misspellings, Slips(lexicon, misspellings))


def _lines(text: str) -> list[str]:
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def _uncoded(coded: str) -> Iterator[str]:
    """The words of a list in which each line has the number of letters shared with the one before."""
    before = ""
    for line in coded.splitlines():
        before = before[: ord(line[0]) - ord("a")] + line[1:]
        yield before
