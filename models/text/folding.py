"""Words in the form in which they are compared: folded, without punctuation around them, names and numbers
masked.
"""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from inkling.models.text.chunks import chunks, split_chunk
from inkling.models.text.masking import NO_NAMES, KnownNames, Masker, Placeholder

Hashes = NDArray[np.uint64]

LONGEST = 4
"""Words of the longest phrases that are told apart."""

LETTER_WORD = re.compile(r"[^\W\d_]+(?:'[^\W\d_]+)*")
"""A word of letters, as spelling knows words: apostrophes are within it, digits and hyphens end it."""

_MASKED = "\x00"
_EDGES = re.compile(r"^[\W_]+|[\W_]+$")
_SALT = b"inkling words 1"
_MIX = 0x9E3779B97F4A7C15  # 2**64 divided by the golden ratio: odd, and spreads well
_BITS = (1 << 64) - 1
_CACHED = 1 << 16


def words_of(text: str, masker: Masker, names: KnownNames = NO_NAMES) -> list[int]:
    """The hashes of a text's words. All words that hold something masked have the same hash."""
    return [hash_word(bare) for _, _, bare in bare_words(text, masker, names) if bare]


def bare_words(text: str, masker: Masker, names: KnownNames = NO_NAMES) -> Iterator[tuple[str, str, str]]:
    """Each word of a text: the white space before it, the word, and how it is compared, empty for none."""
    for chunk in chunks(text.rstrip()):
        space, word = split_chunk(chunk)
        yield space, word, _bare(word, masker, names)


def last_words(text: str, count: int, masker: Masker, names: KnownNames = NO_NAMES) -> list[int]:
    """The hashes of a text's last `count` words, or fewer where it has fewer: the end of `words_of`."""
    found: list[int] = []
    for chunk in reversed(list(chunks(text.rstrip()))):
        word = _bare(split_chunk(chunk)[1], masker, names)
        if word:
            found.append(hash_word(word))
        if len(found) == count:
            break
    return found[::-1]


def _bare(word: str, masker: Masker, names: KnownNames) -> str:
    if any(isinstance(part, Placeholder) for part in masker.mask(word, names)):
        return _MASKED
    return _EDGES.sub("", word.casefold())


@lru_cache(_CACHED)
def hash_word(word: str) -> int:
    """A 64-bit hash of a bare word."""
    data = word.encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(data, digest_size=8, salt=_SALT).digest(), "little")


def phrase_hash(words: Sequence[int]) -> int:
    """The hash of a phrase from those of its words."""
    value = 0
    for word in words:
        value = ((value ^ word) * _MIX) & _BITS
        value ^= value >> 29
    return value


def phrase_hashes(words: Hashes, length: int) -> Hashes:
    """The hashes of all phrases of `length` words of a text, in order of their beginnings."""
    count = max(len(words) - length + 1, 0)
    values = np.zeros(count, np.uint64)
    for offset in range(length):
        values = (values ^ words[offset : offset + count]) * np.uint64(_MIX)
        values ^= values >> np.uint64(29)
    return values
