"""Chunks, words and the split of a prefix into committed text and tail.

A word is a run of characters without white space (`str.isspace`); it is complete only when white
space follows it. A chunk is white space and the word after it. Committed text is the prefix up to
the end of its last complete word, so it is always a whole number of chunks; the tail is the rest.
"""

import re
import unicodedata
from collections.abc import Iterator

_CHUNK = re.compile(r"\s*\S+")
_JOINERS = frozenset("'’-_‐‑")


def split_prefix(prefix: str) -> tuple[str, str]:
    """Return (committed text, tail); their concatenation is `prefix`.

    >>> split_prefix("Can we sched")
    ('Can we', ' sched')
    >>> split_prefix("Can we ")
    ('Can we', ' ')
    """
    end = len(prefix)
    while end and not prefix[end - 1].isspace():
        end -= 1
    while end and prefix[end - 1].isspace():
        end -= 1
    return prefix[:end], prefix[end:]


def chunks(committed: str) -> Iterator[str]:
    """Yield the chunks of a committed text; white space after the last word is not yielded."""
    for match in _CHUNK.finditer(committed):
        yield match.group()


def split_chunk(chunk: str) -> tuple[str, str]:
    """Return (white space, word) of a chunk or a tail; the word may be empty for a tail."""
    word = chunk.lstrip()
    return chunk[: len(chunk) - len(word)], word


def continues_word(character: str) -> bool:
    """Whether a character, coming next, continues the word before it.

    Letters, marks, digits, apostrophes, hyphens and underscores do; white space, other
    punctuation and symbols do not.
    """
    return character in _JOINERS or unicodedata.category(character)[0] in "LMN"
