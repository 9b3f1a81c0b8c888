"""Recognises the lines that mail programs put before a quote: attributions, header blocks and marks."""

import re
from collections.abc import Sequence

from inkling.models.corpus.cleaning.fixed_phrases import Phrases

_TIME = re.compile(r"\d{1,2}\s?[:.h時]\s?\d{2}")
_YEAR = re.compile(r"(?<!\d)(?:19|20)\d\d(?!\d)|(?<!\d)\d{1,2}[/.-]\d{1,2}[/.-]\d{2}\b")
_ADDRESS = re.compile(r"[\w.*+-]@[\w*.-]")
_LONGEST = 240
_MOST_LINES = 3
_BETWEEN = 4


def attribution_length(lines: Sequence[str], index: int, phrases: Phrases) -> int:
    """The number of lines of the attribution at `index` ("On ..., Ann wrote:"); 0 if there is none.

    A mail program may have broken it at its width. An attribution has a verb of some language, or an
    address, a date and a time before a colon. A broken one must have a date in its first line.
    """
    first = lines[index]
    if len(first) > _LONGEST:
        return 0
    if _is_open(first):
        return int(_names_writer(first, phrases))
    if phrases.attribution_line.fullmatch(first):
        return 1
    if not _dated(first):
        return 0
    text = first
    for count, line in enumerate(lines[index + 1 : index + _MOST_LINES], 2):
        text = f"{text} {line}"
        if not line or line.startswith(">") or len(text) > _LONGEST:
            return 0
        if _is_open(line):
            return count * _names_writer(text, phrases)
    return 0


def stands_alone(text: str, phrases: Phrases) -> bool:
    """Whether a line is an attribution although no mark shows that the lines below it are quoted.

    A person who writes "she said at 10:30:" quotes a little and goes on writing. A program names a date and a
    time or an address, or ends the line with its verb.
    """
    if not _is_open(text):
        return False
    addressed, year = _ADDRESS.search(text) is not None, _YEAR.search(text) is not None
    if (addressed and _dated(text)) or (year and _TIME.search(text)):
        return True
    ends_in_verb = any(
        not re.search(r"\w", text[match.end() :]) for match in phrases.attribution_word.finditer(text)
    )
    return ends_in_verb and (addressed or (year and "," in text))


def next_line(lines: Sequence[str], index: int) -> str:
    """The first line with text from `index` on, within a few lines; empty where there is none."""
    return next((line for line in lines[index : index + _BETWEEN] if line), "")


def _is_open(text: str) -> bool:
    return text.rstrip("*_ ").endswith((":", "："))


def _names_writer(text: str, phrases: Phrases) -> bool:
    if phrases.attribution_line.fullmatch(text):
        return True
    addressed, dated = _ADDRESS.search(text) is not None, _dated(text)
    return (addressed and dated) or (
        (addressed or dated) and phrases.attribution_word.search(text) is not None
    )


def _dated(text: str) -> bool:
    return _YEAR.search(text) is not None or (_TIME.search(text) is not None and "," in text)
