"""Words and phrases that too few people wrote; they are not suggested.

A phrase is rare when it occurs at least twice in the training mail and fewer than `least_authors` people
wrote it. A phrase that occurs once or never is judged by its shorter endings. The last of these is the
single word, which at least that many people must have used. Training may withhold more
(`inkling.models.training.preparation.locality`).
"""

from collections.abc import Callable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load, save

from inkling.models.text.folding import LONGEST, Hashes, phrase_hash, phrase_hashes

_BITS_A_PHRASE = 12
_PROBES = 6
"""With twelve bits and six probes a phrase, one in 300 other phrases is taken for rare (Bloom, 1970)."""

_ROOM = 4
"""A joined table has so many times the room that the new phrases alone need."""

_NO_PHRASES: Hashes = np.zeros(0, np.uint64)
_STEP = 0x9E3779B97F4A7C15
_LEAST_OCCURRENCES = 2


class Authorship:
    """Knows the words that enough people used, and the phrases that too few people wrote. Immutable."""

    def __init__(
        self,
        least_authors: int,
        words: Hashes,
        table: NDArray[np.uint8],
        lifted: Hashes = _NO_PHRASES,
    ) -> None:
        """`words` are sorted; `table` is a Bloom filter of phrases of 2 to 4 words.

        `lifted`, sorted, are phrases that are allowed although the table holds them.
        Raises ValueError for tables that cannot be right.
        """
        if least_authors < 1 or not len(table) or not (_is_sorted(words) and _is_sorted(lifted)):
            raise ValueError("its tables are damaged")
        self.least_authors = least_authors
        self.words, self.table, self.lifted = words, table, lifted
        self._known = frozenset(words.tolist())
        self._lifted = frozenset(lifted.tolist())
        self._bytes = table.tobytes()
        self._size = 8 * len(self._bytes)

    def allows(self, words: Sequence[int], first: int, own: Callable[[int], bool] = lambda _: False) -> bool:
        """Whether the words of a text from number `first` on may be suggested after those before it.

        Words are hashes as in `models.text.folding`. `own` says whether the writer has written the phrase of
        a hash before. Such a phrase is allowed.
        """
        for end in range(first + 1, len(words) + 1):
            word = words[end - 1]
            if word not in self._known and not own(phrase_hash((word,))):
                return False
            for length in range(2, min(end, LONGEST) + 1):
                phrase = phrase_hash(words[end - length : end])
                if self.is_of_few(phrase) and not own(phrase):
                    return False
        return True

    def is_of_few(self, phrase: int) -> bool:
        """Whether too few people wrote a phrase. One in 300 others is taken for such a phrase."""
        bits = self._bytes
        # The first or second place already rules most phrases out.
        is_there = all(bits[place >> 3] >> (place & 7) & 1 for place in _places(phrase, self._size))
        return is_there and phrase not in self._lifted

    def joined(
        self,
        texts: Sequence[Hashes],
        authors: Sequence[int],
        *,
        least_authors: int,
        common: Hashes = _NO_PHRASES,
    ) -> "Authorship":
        """This one extended by texts of other authors. A phrase that enough people of either side wrote is
        allowed.

        This table does not tell a phrase of many people from one of nobody. `common` are phrases that are
        known to be of many. The other arguments are those of `estimate_authorship`.
        """
        words, few, shared = _phrases(texts, authors, least_authors)
        few = np.setdiff1d(few, common)
        table = self.table
        # A table that is repeated once holds the same phrases, and has room for twice as many.
        while len(few) * _BITS_A_PHRASE * _ROOM > 8 * len(table):
            table = np.concatenate((table, table))
        lifted = np.array([one for one in shared.tolist() if self.is_of_few(one)], np.uint64)
        return Authorship(
            min(least_authors, self.least_authors),
            np.union1d(self.words, words),
            _filled(table, few),
            np.union1d(self.lifted, lifted),
        )

    def to_bytes(self) -> bytes:
        """Read by `from_bytes`."""
        arrays = {"least_authors": np.array([self.least_authors]), "words": self.words, "table": self.table}
        return save(arrays | ({"lifted": self.lifted} if len(self.lifted) else {}))

    @classmethod
    def from_bytes(cls, data: bytes) -> "Authorship":
        """Raises ValueError for bytes that hold no such tables."""
        try:
            arrays = load(data)
            least, words, table = (arrays[name] for name in ("least_authors", "words", "table"))
            lifted = arrays.get("lifted", _NO_PHRASES)
        except (SafetensorError, KeyError):
            raise ValueError("it holds no authorship") from None
        if not words.dtype == lifted.dtype == np.uint64 or table.dtype != np.uint8 or len(least) != 1:
            raise ValueError("its tables are of other types")
        return cls(int(least[0]), words, table, lifted)


def _is_sorted(hashes: Hashes) -> bool:
    return len(hashes) < 2 or bool(np.all(hashes[:-1] < hashes[1:]))


def _places(phrase: int, size: int) -> Iterator[int]:
    """The bits of a phrase, by double hashing (Kirsch and Mitzenmacher, 2006)."""
    step = (phrase * _STEP >> 17) | 1
    for _ in range(_PROBES):
        yield phrase % size
        phrase += step


def estimate_authorship(
    texts: Sequence[Hashes],
    authors: Sequence[int],
    *,
    least_authors: int,
    withheld: tuple[Hashes, Hashes] = (_NO_PHRASES, _NO_PHRASES),
) -> Authorship:
    """Words and phrases that fewer than `least_authors` people wrote, from texts as hashes of their words.

    `authors` numbers the author of each text from 0. Six million words take half a minute and 1 GB.
    `withheld` are words and phrases that are not suggested however many people wrote them.
    """
    words, few, _ = _phrases(texts, authors, least_authors)
    words, few = np.setdiff1d(words, withheld[0]), np.union1d(few, withheld[1])
    size = max(len(few) * _BITS_A_PHRASE // 8, 8)
    return Authorship(least_authors, words, _filled(np.zeros(size, np.uint8), few))


def _phrases(
    texts: Sequence[Hashes], authors: Sequence[int], least_authors: int
) -> tuple[Hashes, Hashes, Hashes]:
    """Sorted words of enough people; phrases of two words and more of too few, and of enough, sorted."""
    words = np.concatenate([np.zeros(0, np.uint64), *texts])
    lengths = [len(text) for text in texts]
    author = np.repeat(np.asarray(authors, np.int64), lengths)
    text = np.repeat(np.arange(len(texts)), lengths)
    known, _, writers = _count(words, author)
    few, shared = [_NO_PHRASES], [_NO_PHRASES]
    for length in range(2, LONGEST + 1):
        last = max(len(words) - length + 1, 0)
        whole = text[:last] == text[length - 1 :]
        phrases, counts, people = _count(phrase_hashes(words, length)[whole], author[:last][whole])
        few.append(phrases[(counts >= _LEAST_OCCURRENCES) & (people < least_authors)])
        shared.append(phrases[people >= least_authors])
    return known[writers >= least_authors], np.concatenate(few), np.unique(np.concatenate(shared))


def _count(hashes: Hashes, author: NDArray[np.int64]) -> tuple[Hashes, NDArray[np.int64], NDArray[np.int64]]:
    """The distinct hashes, how often each occurs, and how many authors have it."""
    found, inverse, counts = np.unique(hashes, return_inverse=True, return_counts=True)
    people = int(author.max(initial=0)) + 1
    pairs = np.unique(inverse * people + author) // people
    return found, counts, np.bincount(pairs, minlength=len(found))


def _filled(table: NDArray[np.uint8], phrases: Hashes) -> NDArray[np.uint8]:
    """A table with these phrases besides."""
    bits = np.unpackbits(table, bitorder="little")
    for phrase in phrases.tolist():
        bits[list(_places(phrase, len(bits)))] = 1
    return np.packbits(bits, bitorder="little")
