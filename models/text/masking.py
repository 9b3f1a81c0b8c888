"""Masks text that must never be learned or suggested raw: addresses, numbers and the names of people.

Masking looks at one word at a time, in training and in serving. So a later word never changes a committed
one.
"""

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from hashlib import blake2b
from typing import Self

import numpy as np


class Placeholder(StrEnum):
    """The mark that replaces a masked stretch of a word."""

    EMAIL = "EMAIL"
    LINK = "LINK"
    PHONE = "PHONE"
    NUMBER = "NUMBER"
    NAME = "NAME"
    RECIPIENT = "RECIPIENT"


@dataclass(frozen=True, slots=True)
class KnownNames:
    """Names from a request or a message's headers, compared without regard to case.

    `recipient` is the given name of the recipient as it should be written, or empty. `others` are further
    names, which are masked like those of the lexicon.
    """

    recipient: str = ""
    others: frozenset[str] = frozenset()

    def __bool__(self) -> bool:
        return bool(self.recipient or self.others)


NO_NAMES = KnownNames()

Segment = tuple[str, Placeholder | None]
"""A stretch of a word as typed, and what stands for it; None for text that is kept."""

_SALT = b"inkling names 1"
_ITEM_BYTES = 8


class NameLexicon:
    """Names of people, kept only as salted 64-bit hashes so that no list can be read off.

    A name matches when its first letter is not lower case: "Jeff" and "JEFF" but not "jeff".
    """

    __slots__ = ("_hashes",)

    def __init__(self, hashes: frozenset[int] = frozenset()) -> None:
        self._hashes = hashes

    @classmethod
    def build(cls, names: Iterable[str]) -> Self:
        """Make a lexicon of names in any case; empty strings are left out."""
        return cls(frozenset(_name_hash(name) for name in names if name))

    def contains(self, token: str) -> bool:
        """Whether a token, as typed, is a name of the lexicon."""
        return is_capitalised(token) and _name_hash(token) in self._hashes

    def joined(self, other: "NameLexicon") -> Self:
        """The names of both."""
        return type(self)(self._hashes | other._hashes)

    def __len__(self) -> int:
        return len(self._hashes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, NameLexicon) and self._hashes == other._hashes

    def __hash__(self) -> int:
        return hash(self._hashes)

    def to_bytes(self) -> bytes:
        """The hashes as ascending little-endian unsigned 64-bit integers."""
        return np.array(sorted(self._hashes), dtype="<u8").tobytes()

    @classmethod
    def from_bytes(cls, data: bytes) -> Self:
        """Read what `to_bytes` wrote; raises ValueError when it is cut short or out of order."""
        if len(data) % _ITEM_BYTES:
            raise ValueError(f"name lexicon of {len(data)} bytes is not a multiple of {_ITEM_BYTES}")
        hashes = np.frombuffer(data, dtype="<u8")
        if len(hashes) > 1 and not bool(np.all(hashes[:-1] < hashes[1:])):
            raise ValueError("name lexicon is not in ascending order: the file is damaged")
        return cls(frozenset(hashes.tolist()))


def is_capitalised(token: str) -> bool:
    """Whether a token starts with a letter that is not lower case."""
    return bool(token) and token[0].isalpha() and not token[0].islower()


def fold_name(token: str) -> str:
    """The form under which names are compared, whatever their case."""
    return unicodedata.normalize("NFC", token).casefold()


def _name_hash(token: str) -> int:
    folded = fold_name(token).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(folded, digest_size=_ITEM_BYTES, salt=_SALT).digest(), "little")


# Each pattern starts only where its own characters start (a lookbehind). This keeps the search linear in the
# word's length.
_LINK = re.compile(
    r"""(?<![A-Za-z0-9])(?:https?|ftp|file)://[^\s<>"]*[^\s<>".,;:!?)\]}'*]"""
    r"""|(?<![\w.-])www\.[^\s<>"]*[^\s<>".,;:!?)\]}'*]"""
    r"""|(?<![\w.@-])(?:[\w-]{1,63}\.){1,8}(?:(?:com|org|net|edu|gov|mil|int|info|biz|io|ai|app|dev|eu|uk|ca|au"""
    r"""|de|fr|jp|cn|nl|ch|ru)|(?:COM|ORG|NET|EDU|GOV|MIL))(?![\w@-]|\.\w)"""
    r"""(?:[:/?][^\s<>"]*[^\s<>".,;:!?)\]}'*])?/?""",
)
_EMAIL = re.compile(
    r"(?<![\w.+%&/-])(?:mailto:)?[\w.+%&/-]+@(?=[\w&.-]{0,80}[^\W\d_])[\w&-]+(?:\.[\w&-]+)*",
)
# Paths of files, and names as programs have them: "/usr/share/doc", "max_length", "list()", "std::map".
_CODE = re.compile(
    r"(?<![\w/\\])(?:[A-Za-z]:|~|\.{1,2})?(?:[/\\][\w.+~@%-]+){2,}[/\\]?"
    r"|(?<![^\W_])[^\W_]+(?:_+[^\W_]+)+(?:\(\))?"
    r"|(?<!\w)[A-Za-z]\w*(?:(?:\.|::)\w+)*\(\)"
    r"|(?<!\w)[A-Za-z]\w*(?:::\w+)+",
)
_VERSION = re.compile(r"\d+(?:\.\d+){2,}")
_NUMERIC = re.compile(r"\+?(?<!\d)\(?\d[\d,./():#$–-]*")
_NUMERIC_TAIL = ",./():#$–-"

_DAY = r"[0-3]?\d"
_YEAR = r"(?:19|20)\d\d"
_MOMENT = (
    rf"(?:{_DAY}([/.-]){_DAY}\{{group}}(?:{_YEAR}|\d\d)|{_YEAR}[/.-]{_DAY}[/.-]{_DAY}"
    rf"|{_DAY}/{_DAY}|[0-2]?\d:[0-5]\d(?::[0-5]\d)?|{_YEAR}|{_DAY})"
)
_READABLE = re.compile(
    "(?:" + _MOMENT.format(group=1) + ")(?:[-–/](?:" + _MOMENT.format(group=2) + "))?",
)
_PHONE = re.compile(r"\+?[\d().\-/]+")
_MIN_NUMBER_DIGITS = 5
_MIN_PHONE_DIGITS = 7

# Letters with the combining marks on them; an apostrophe may join two runs.
_NAME_RUN = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*(?:['’](?:[^\W\d_]|[\u0300-\u036f])+)*")
# "Mark-to-market" is a word, "Smith-Jones" are names.
_LINKED_WORD = re.compile(r"[-‐‑](?=[^\W\d_])(?-i:[a-zà-öø-ÿ])")

MAX_WORD_CHARACTERS = 120
"""A longer "word" is a link or an encoding; as one placeholder it costs one token, not thousands."""

_CACHED_WORDS = 1 << 16
_CACHED_NAME_SETS = 1 << 10
_CACHED_WORD_LENGTH = 64


class Masker:
    """Splits words into kept text and placeholders; a pure function of the word and the names."""

    def __init__(self, lexicon: NameLexicon | None = None, fixed: Iterable[str] | None = None) -> None:
        """What is found in a word is remembered. With `fixed` that is so for these words alone.

        Then how long a word takes tells nothing of who asked about it before.
        """
        self.lexicon = NameLexicon() if lexicon is None else lexicon
        self._cached_find: Callable[[str], tuple[Segment, ...]]
        self._cached_know: Callable[[tuple[Segment, ...], KnownNames], tuple[Segment, ...]]
        if fixed is None:
            self._cached_find = lru_cache(maxsize=_CACHED_WORDS)(self._find)
            self._cached_know = lru_cache(maxsize=_CACHED_WORDS)(self._know)
        else:
            found = {word: self._find(word) for word in fixed}
            self._cached_find = lambda word: found.get(word) or self._find(word)
            self._cached_know = self._know
        self._cached_fold = lru_cache(maxsize=_CACHED_NAME_SETS)(_fold_names)

    def mask(self, word: str, names: KnownNames = NO_NAMES) -> tuple[str | Placeholder, ...]:
        """Return the word's kept stretches and placeholders, in order.

        `word` has no white space. Known `names` match in any case, but only where the word is
        capitalised. A `Placeholder` is also a `str`: tell them apart with isinstance.
        """
        if len(word) <= MAX_WORD_CHARACTERS and word.islower() and word.isalpha():
            return (word,)
        return tuple(text if kind is None else kind for text, kind in self.segments(word, names))

    def segments(self, word: str, names: KnownNames = NO_NAMES) -> tuple[Segment, ...]:
        """Like `mask`, with the masked originals: the texts joined give the word back."""
        if len(word) <= MAX_WORD_CHARACTERS and word.islower() and word.isalpha():
            return ((word, None),)
        is_long = len(word) > _CACHED_WORD_LENGTH
        found = self._find(word) if is_long else self._cached_find(word)
        if not names:
            return found
        return self._know(found, names) if is_long else self._cached_know(found, names)

    def _know(self, found: tuple[Segment, ...], names: KnownNames) -> tuple[Segment, ...]:
        """The names found in a word, and the known names."""
        recipient, folded = self._cached_fold(names)
        named = _apply(found, lambda text: _named(text, lambda token: fold_name(token) in folded))
        return _merged(
            (text, Placeholder.RECIPIENT)
            if kind is Placeholder.NAME and recipient and fold_name(text) == recipient
            else (text, kind)
            for text, kind in named
        )

    def _find(self, word: str) -> tuple[Segment, ...]:
        if len(word) > MAX_WORD_CHARACTERS:
            return ((word, Placeholder.LINK),)
        found: Iterable[Segment] = ((word, None),)
        if "." in word or "://" in word:
            found = _apply(found, lambda text: _replaced(text, _LINK, Placeholder.LINK))
        if "@" in word:
            found = _apply(found, lambda text: _replaced(text, _EMAIL, Placeholder.EMAIL))
        if any(mark in word for mark in "_/\\:("):
            found = _apply(found, lambda text: _replaced(text, _CODE, Placeholder.LINK))
        found = _apply(found, _numbered)
        if len(self.lexicon):
            found = _apply(found, lambda text: _named(text, self.lexicon.contains))
        return _merged(found)


def _fold_names(names: KnownNames) -> tuple[str, frozenset[str]]:
    """The recipient's name, and all names, as they are compared."""
    recipient = fold_name(names.recipient)
    others = frozenset(map(fold_name, names.others))
    return recipient, others | {recipient} if recipient else others


def _apply(segments: Iterable[Segment], split: Callable[[str], Iterable[Segment]]) -> Iterator[Segment]:
    """Split every stretch that is still kept."""
    for text, kind in segments:
        if kind is None:
            yield from split(text)
        else:
            yield text, kind


def _merged(segments: Iterable[Segment]) -> tuple[Segment, ...]:
    """Join neighbouring kept stretches, so that the split does not depend on how it was found."""
    merged: list[Segment] = []
    for text, kind in segments:
        if kind is None and merged and merged[-1][1] is None:
            merged[-1] = (merged[-1][0] + text, None)
        elif text:
            merged.append((text, kind))
    return tuple(merged)


def _replaced(text: str, pattern: re.Pattern[str], placeholder: Placeholder) -> Iterator[Segment]:
    end = 0
    for match in pattern.finditer(text):
        yield text[end : match.start()], None
        yield match.group(), placeholder
        end = match.end()
    yield text[end:], None


def _numbered(text: str) -> Iterator[Segment]:
    end = 0
    for match in _NUMERIC.finditer(text):
        number = match.group().rstrip(_NUMERIC_TAIL)
        start = match.start()
        if number.startswith("(") and ")" not in number:
            number, start = number[1:], start + 1
        placeholder = _kind_of_number(number)
        if placeholder is not None:
            yield text[end:start], None
            yield number, placeholder
            end = start + len(number)
    yield text[end:], None


def _kind_of_number(number: str) -> Placeholder | None:
    if _READABLE.fullmatch(number):
        return None
    digits = sum(character.isdigit() for character in number)
    if digits < _MIN_NUMBER_DIGITS:
        return Placeholder.NUMBER if _VERSION.fullmatch(number) else None
    if digits >= _MIN_PHONE_DIGITS and digits < len(number) and _PHONE.fullmatch(number):
        return Placeholder.PHONE
    return Placeholder.NUMBER


def _named(text: str, is_name: Callable[[str], bool]) -> Iterator[Segment]:
    end = 0
    for match in _NAME_RUN.finditer(text):
        token = match.group()
        if not is_capitalised(token) or _LINKED_WORD.match(text, match.end()):
            continue
        if not is_name(token):
            # A possessive or a contraction is kept: "Ann's" is a name and "'s".
            token = token[: max(token.rfind("'"), token.rfind("’"), 0)]
            if not token or not is_name(token):
                continue
        yield text[end : match.start()], None
        yield token, Placeholder.NAME
        end = match.start() + len(token)
    yield text[end:], None
