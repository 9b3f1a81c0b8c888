"""Near-duplicate messages and boilerplate paragraphs, by exact shingles.

A shingle is a run of `SHINGLE_WORDS` words (Broder, "On the resemblance and containment of
documents", 1997). All shingles fit in memory as 64-bit hashes, so no sketch is needed.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

_WORD = re.compile(r"[^\W_]+")
SHINGLE_WORDS = 7
_MAX_SEEN_SHARE = 0.5
_MULTIPLIER = 0x9E3779B97F4A7C15
_MASK = (1 << 64) - 1


def fingerprint(text: str) -> bytes:
    """Hash of a text that ignores case, white space and punctuation."""
    return blake2b(
        " ".join(_WORD.findall(text.casefold())).encode("utf-8", "replace"), digest_size=8
    ).digest()


def near_duplicates(texts: Sequence[str]) -> set[int]:
    """Indices of texts most of whose shingles occur in a longer text, or in an equal text before them.

    Texts shorter than a shingle are never near-duplicates: people do write the same few words.
    """
    ids: dict[str, int] = {}
    shingles = [_shingles(text, ids) for text in texts]
    order = sorted(range(len(texts)), key=lambda index: (-len(shingles[index]), index))
    sizes = np.array([len(shingles[index]) for index in order], dtype=np.int64)
    if not sizes.sum():
        return set()
    owners = np.repeat(np.arange(len(order), dtype=np.int64), sizes)
    _, first, inverse = np.unique(
        np.concatenate([shingles[index] for index in order]), return_index=True, return_inverse=True
    )
    seen = owners[first[inverse]] < owners
    seen_counts = np.bincount(owners, weights=seen, minlength=len(order))
    return {order[rank] for rank in np.flatnonzero(seen_counts > sizes * _MAX_SEEN_SHARE)}


def _shingles(text: str, ids: dict[str, int]) -> NDArray[np.uint64]:
    words = [ids.setdefault(word, len(ids) + 1) for word in _WORD.findall(text.casefold())]
    count = len(words) - SHINGLE_WORDS + 1
    if count <= 0:
        return np.empty(0, dtype=np.uint64)
    numbers = np.array(words, dtype=np.uint64)
    hashes = np.zeros(count, dtype=np.uint64)
    for offset in range(SHINGLE_WORDS):
        hashes = (hashes ^ numbers[offset : offset + count]) * np.uint64(_MULTIPLIER)
        hashes ^= hashes >> np.uint64(29)
    return np.unique(hashes)


def boilerplate_paragraphs(
    bodies: Sequence[str], *, min_words: int = 15, min_messages: int = 4
) -> Callable[[str], bool]:
    """Return a test for paragraphs that occur, word for word, in at least `min_messages` bodies.

    Short paragraphs are kept: writers want set phrases to be finished.
    """
    seen: defaultdict[bytes, int] = defaultdict(int)
    for body in bodies:
        for mark in {fingerprint(part) for part in body.split("\n") if part.count(" ") >= min_words - 1}:
            seen[mark] += 1
    common = frozenset(mark for mark, count in seen.items() if count >= min_messages)
    return lambda paragraph: paragraph.count(" ") >= min_words - 1 and fingerprint(paragraph) in common
