"""Chunks, words and the split of a prefix into committed text and tail.

A word is a run of characters without white space (`str.isspace`); it is complete only when white
space follows it. In scripts that put no spaces between words (Han, kana, Thai, Lao, Khmer, Myanmar) each
letter, with the marks on it, is a word of its own, complete when anything else follows. A chunk is a word
and the white space before it. Committed text is the prefix up to the end of its last complete word, so
it is always a whole number of chunks; the tail is the rest.
"""

import re
import unicodedata
from collections.abc import Iterator

_MARKS = (
    "\u0300-\u036f\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ecd"
    "\u102b-\u103e\u1056-\u1059\u105e-\u1060\u1062-\u1064\u1067-\u106d\u1071-\u1074\u1082-\u108d"
    "\u17b4-\u17d3\u17dd\u3099\u309a\ufe00-\ufe0f"
)
UNSPACED = (
    "\u0e01-\u0e30\u0e32\u0e33\u0e40-\u0e46\u0e81-\u0eb0\u0eb2\u0eb3\u0ebd-\u0ec6\u0edc-\u0edf"
    "\u1000-\u102a\u103f\u1050-\u1055\u105a-\u105d\u1061\u1065\u1066\u106e-\u1070\u1075-\u1081\u108e"
    "\u1780-\u17b3\u17d7\u17dc\u3005-\u3007\u3041-\u3096\u309d-\u309f\u30a1-\u30fa\u30fc-\u30ff"
    "\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003134f"
)
"""Letters of scripts without spaces, for a class of a regular expression."""

_CHUNK = re.compile(rf"\s*(?:[{UNSPACED}][{_MARKS}]*|[^\s{UNSPACED}]+)")
_UNSPACED = re.compile(f"[{UNSPACED}]")
_MARK = re.compile(f"[{_MARKS}]")
_ONLY_MARKS = re.compile(f"[{_MARKS}]*")
_JOINERS = frozenset("'’-_‐‑")


def split_prefix(prefix: str) -> tuple[str, str]:
    """Return (committed text, tail); their concatenation is `prefix`.

    >>> split_prefix("Can we sched")
    ('Can we', ' sched')
    >>> split_prefix("Can we ")
    ('Can we', ' ')
    >>> split_prefix("明日の会")
    ('明日の', '会')
    """
    end = len(prefix)
    while end and not prefix[end - 1].isspace() and not _UNSPACED.match(prefix, end - 1):
        end -= 1
    if end and not prefix[end - 1].isspace():  # a letter of a script without spaces, and what follows it
        marked = _ONLY_MARKS.match(prefix, end)
        assert marked is not None
        end = end - 1 if marked.end() == len(prefix) else marked.end()
    while end and prefix[end - 1].isspace():
        end -= 1
    return prefix[:end], prefix[end:]


def ends_chunk(text: str, offset: int) -> bool:
    """Whether a chunk of `text` ends at `offset`, which is behind a character that is no white space."""
    if offset >= len(text) or text[offset].isspace() or _UNSPACED.match(text, offset):
        return True
    if _MARK.match(text, offset):
        return False
    begin = offset - 1
    while begin and _MARK.match(text, begin):
        begin -= 1
    return _UNSPACED.match(text, begin) is not None


def chunks(committed: str) -> Iterator[str]:
    """Yield the chunks of a committed text; white space after the last word is not yielded."""
    for match in _CHUNK.finditer(committed):
        yield match.group()


def count_words(text: str) -> int:
    """Words of a text, a letter of a script without spaces counted as one."""
    if text.isascii() or not _UNSPACED.search(text):
        return len(text.split())  # the same number, sooner
    return sum(1 for _ in chunks(text.rstrip()))


def split_chunk(chunk: str) -> tuple[str, str]:
    """Return (white space, word) of a chunk or a tail; the word may be empty for a tail."""
    word = chunk.lstrip()
    return chunk[: len(chunk) - len(word)], word


def continues_word(character: str) -> bool:
    """Whether a character, coming next, continues the word before it.

    Letters, marks, digits, apostrophes, hyphens and underscores do. White space, other punctuation, symbols
    and letters of scripts without spaces do not.
    """
    if _UNSPACED.match(character):
        return False
    return character in _JOINERS or unicodedata.category(character)[0] in "LMN"
