"""Words that are never suggested, or only when the writer uses them first.

The words of a list are never suggested. A gendered pronoun is suggested only if the writer has used one of
that gender in the draft, because a model can only guess a person's gender.
"""

import json
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib.resources import files
from pathlib import Path

from inkling.models.files.regular_file import read_regular
from inkling.models.text.chunks import UNSPACED, split_prefix
from inkling.models.text.typography import plain

_CHARACTERS_A_WORD = 40  # characters of a draft that are read at most for each word of a phrase
_WORD = re.compile(rf"[{UNSPACED}]|[^\W_{UNSPACED}]+(?:'[^\W_{UNSPACED}]+)*")


class WordListError(ValueError):
    """A word list cannot be used; the message says why, in one line."""


class WordFilter:
    """Decides about words, in any case of their letters."""

    def __init__(self, blocked: Iterable[str] = (), genders: Iterable[Iterable[str]] = ()) -> None:
        """`genders` are groups of words of which none is suggested before the writer has used one."""
        self._blocked = frozenset(map(_folded, blocked))
        groups = [frozenset(map(_folded, group)) for group in genders]
        self._gendered = {word: group for group in groups for word in group}

    def for_draft(self, written: str, forbidden: Sequence[str] = ()) -> Callable[[str], bool]:
        """Whether the words of a text may be suggested after the draft `written`.

        A text begins with the draft's unfinished word, if there is one. No text may complete one of the
        `forbidden` phrases, even where the draft has its first words.
        """
        phrases = _compiled(tuple(forbidden))
        before = cache(lambda: _end_of(written, phrases.longest))
        # A draft is long, so it is read only for a gendered word, and once.
        said = cache(lambda: set(_words(written)))
        standing = cache(lambda: _words(split_prefix(written)[1]))

        def allows(text: str) -> bool:
            if phrases.longest and phrases.end_in(*before(), text):
                return False
            found = _words(text)
            # The writer has typed the unfinished word; only what is added is judged.
            if not text[:1].isspace() and found[: len(standing())] == standing():
                found = found[len(standing()) :]
            words = set(found)
            return words.isdisjoint(self._blocked) and all(
                not self._gendered[word].isdisjoint(said()) for word in words & self._gendered.keys()
            )

        return allows


def default_filter(blocked_words: Path | None = None) -> WordFilter:
    """The filter that ships, with the words of a file in place of its list; raises WordListError."""
    data = files("inkling.models.search").joinpath("data")
    if blocked_words is None:
        lines = data.joinpath("blocked-words.txt").read_text("utf-8").splitlines()
    else:
        try:
            lines = read_regular(blocked_words).decode("utf-8-sig").splitlines()
        except OSError as error:
            raise WordListError(f"cannot read the word list {blocked_words}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise WordListError(f"the word list {blocked_words} is not UTF-8 text") from None
    words = [line.strip() for line in lines]
    genders = json.loads(data.joinpath("pronouns.json").read_text("utf-8"))
    return WordFilter([word for word in words if word and not word.startswith("#")], genders)


@dataclass(frozen=True, slots=True)
class _Phrases:
    """Phrases as words, by their last one."""

    by_last: Mapping[str, Sequence[tuple[str, ...]]]
    longest: int

    def end_in(self, before: Sequence[str], standing: Sequence[str], text: str) -> bool:
        """Whether a phrase ends in `text`, where it may begin among the words `before`.

        `standing` are the words at the caret. A phrase that ends in them was typed, not suggested.
        """
        words = (*before, *_WORD.findall(_folded(text)))
        first = len(before) + len(standing)
        if words[len(before) : first] != tuple(standing):
            first = len(before)
        return any(
            words[end - len(phrase) : end] == phrase
            for end in range(first + 1, len(words) + 1)
            for phrase in self.by_last.get(words[end - 1], ())
            if len(phrase) <= end
        )


@lru_cache(maxsize=256)
def _compiled(forbidden: tuple[str, ...]) -> _Phrases:
    by_last: dict[str, list[tuple[str, ...]]] = {}
    for phrase in filter(None, (tuple(_WORD.findall(_folded(one))) for one in forbidden)):
        by_last.setdefault(phrase[-1], []).append(phrase)
    return _Phrases(by_last, max((len(one) for some in by_last.values() for one in some), default=0))


def same_phrase(one: str, other: str) -> bool:
    """Whether two phrases forbid the same: their words are compared without regard to case or typography."""
    return _words(one) == _words(other)


def _end_of(written: str, words: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The last words of a draft before the unfinished word, and the words at the caret that stay."""
    before, tail = split_prefix(written)
    known = _WORD.findall(_folded(before[-_CHARACTERS_A_WORD * words :]))[-words:]
    return tuple(known), tuple(_WORD.findall(_folded(tail)))


def _words(text: str) -> list[str]:
    return _WORD.findall(_folded(text))


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", plain(text)).casefold()
