"""Common misspellings in training text, corrected with codespell's dictionary.

The dictionary comes with the package `codespell` (CC BY-SA 3.0), which the extra `spelling` installs. A
model that has read only the corrected words does not suggest the misspelled ones.
"""

import re
from collections.abc import Mapping
from importlib.resources import files

_WORD = re.compile(r"[A-Za-z]+(?:'[A-Za-z]+)?")
_MIN_LENGTH = 4
"""Shorter entries are often abbreviations."""


class SpellingError(ValueError):
    """The dictionary is missing; the message says how to install it, in one line."""


class Corrections:
    """Corrects words that have exactly one correction in the dictionary."""

    def __init__(self, corrections: Mapping[str, str]) -> None:
        """`corrections` maps lower-case misspellings to corrections, one word each."""
        self._corrections = corrections

    @classmethod
    def load(cls) -> "Corrections":
        """Read codespell's main dictionary. Raises SpellingError when it is not installed."""
        try:
            lines = (files("codespell_lib") / "data" / "dictionary.txt").read_text("utf-8").splitlines()
        except (ModuleNotFoundError, OSError):
            raise SpellingError(
                "the misspelling dictionary is not installed: run pip install 'inkling[spelling]'"
            ) from None
        return cls(dict(found for line in lines if (found := _parse(line)) is not None))

    def correct(self, text: str) -> str:
        """`text` with its misspelled words corrected; lower case and a capital first letter only."""
        return _WORD.sub(self._replaced, text)

    def __len__(self) -> int:
        return len(self._corrections)

    def _replaced(self, match: re.Match[str]) -> str:
        word = match.group()
        corrected = self._corrections.get(word)
        if corrected is None and word[0].isupper():
            lower = self._corrections.get(word[0].lower() + word[1:])
            corrected = None if lower is None else lower[0].upper() + lower[1:]
        return word if corrected is None else corrected


def _parse(line: str) -> tuple[str, str] | None:
    """A misspelling and its only correction; None where there are several, or a remark against it."""
    wrong, arrow, right = line.strip().partition("->")
    if not arrow or "," in right or len(wrong) < _MIN_LENGTH or " " in right or not wrong.islower():
        return None
    return wrong, right
