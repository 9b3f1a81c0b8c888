"""Words that are not suggested, whatever a model has read.

Gendered pronouns are suggested only where the writer has used one of that gender in the draft: a
model's guess of somebody's gender is a guess about a person. The words of a list never are.
"""

import json
import re
from collections.abc import Iterable
from importlib.resources import files
from pathlib import Path

_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


class WordListError(ValueError):
    """A word list cannot be used; the message says why, in one line."""


class WordFilter:
    """Decides about words, compared without regard to case."""

    def __init__(self, blocked: Iterable[str] = (), genders: Iterable[Iterable[str]] = ()) -> None:
        """`genders` are groups of words of which none is suggested before the writer has used one."""
        self._blocked = frozenset(map(_folded, blocked))
        self._groups = [frozenset(map(_folded, group)) for group in genders]
        self._gendered = {word: group for group in self._groups for word in group}

    def allows(self, text: str, written: str) -> bool:
        """Whether the words of `text` may be suggested to somebody who has `written` that much."""
        words = set(_words(text))
        if not words.isdisjoint(self._blocked):
            return False
        gendered = {id(group): group for word in words if (group := self._gendered.get(word))}
        # Looked for only here: a draft is long, and most suggestions hold no such word.
        return not gendered or all(not group.isdisjoint(_words(written)) for group in gendered.values())


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


def _words(text: str) -> Iterable[str]:
    return (_folded(match) for match in _WORD.findall(text))


def _folded(word: str) -> str:
    return word.casefold().replace("’", "'")
