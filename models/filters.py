"""Words that are not suggested, whatever a model has read.

Gendered pronouns are suggested only where the writer has used one of that gender in the draft: a
model's guess of somebody's gender is a guess about a person. The words of a list never are.
"""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

from models.text import split_prefix

_CHARACTERS_A_WORD = 40  # at most that much is read of a draft for each word of a phrase
_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")


class WordListError(ValueError):
    """A word list cannot be used; the message says why, in one line."""


class WordFilter:
    """Decides about words, compared without regard to case."""

    def __init__(self, blocked: Iterable[str] = (), genders: Iterable[Iterable[str]] = ()) -> None:
        """`genders` are groups of words of which none is suggested before the writer has used one."""
        self._blocked = frozenset(map(_folded, blocked))
        groups = [frozenset(map(_folded, group)) for group in genders]
        self._gendered = {word: group for group in groups for word in group}

    def for_draft(self, written: str, forbidden: Sequence[str] = ()) -> Callable[[str], bool]:
        """Whether the words of a text may be suggested to somebody who has `written` that much.

        The text begins where the last word of `written` does, if the caret is in one. No text ends one
        of the `forbidden` phrases, of which the writer may have typed a part.
        """
        phrases = [tuple(_WORD.findall(_folded(phrase))) for phrase in forbidden]
        # Read at most once, and only for a gendered word: a draft is long, and few suggestions hold one.
        said = cache(lambda: _words(written))

        def allows(text: str) -> bool:
            if phrases and _ends_any(written, text, phrases):
                return False
            words = _words(text)
            return words.isdisjoint(self._blocked) and all(
                not self._gendered[word].isdisjoint(said()) for word in words & self._gendered.keys()
            )

        return allows


def default_filter(blocked_words: Path | None = None) -> WordFilter:
    """The filter that ships, with the words of a file in place of its list; raises WordListError."""
    data = files("models").joinpath("data")
    if blocked_words is None:
        lines = data.joinpath("blocked-words.txt").read_text("utf-8").splitlines()
    else:
        try:
            lines = blocked_words.read_text("utf-8").splitlines()
        except OSError as error:
            raise WordListError(f"cannot read the word list {blocked_words}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise WordListError(f"the word list {blocked_words} is not UTF-8 text") from None
    words = [line.strip() for line in lines]
    genders = json.loads(data.joinpath("pronouns.json").read_text("utf-8"))
    return WordFilter([word for word in words if word and not word.startswith("#")], genders)


def _ends_any(written: str, text: str, phrases: Sequence[tuple[str, ...]]) -> bool:
    """Whether one of the phrases ends within `text`, the end of `written` counted in."""
    longest = max(map(len, phrases))
    before, _ = split_prefix(written)
    known = _WORD.findall(_folded(before[-_CHARACTERS_A_WORD * longest :]))
    words = tuple(known + _WORD.findall(_folded(text)))
    return any(
        words[end - len(phrase) : end] == phrase
        for phrase in phrases
        if phrase
        for end in range(max(len(known) + 1, len(phrase)), len(words) + 1)
    )


def _words(text: str) -> set[str]:
    return set(_WORD.findall(_folded(text)))


def _folded(text: str) -> str:
    return text.casefold().replace("’", "'")
