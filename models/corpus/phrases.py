"""The phrases of one language that cleaning looks for, read from a data file.

The code knows no language: another one is another file of the same shape.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

_GROUP = re.compile(r"(?<!\\)\((?:[^()\\]|\\.)*(?<!\\)\)(?:[?*+]|\{[^}]*\})?")
_SPECIAL = re.compile(r".?(?:[?*]|\{[^}]*\})|\\.|\[[^\]]*\]|[.^$|+()\0]")
_DATA = Path(__file__).parent / "data"


class PhraseFinder:
    """Searches a text for many patterns; a plain stretch of each decides first, which is quicker.

    Patterns are given in lower case and match in any case.
    """

    __slots__ = ("_patterns",)

    def __init__(self, patterns: Iterable[str]) -> None:
        self._patterns = [
            (_plain_stretch(pattern), re.compile(pattern, re.MULTILINE)) for pattern in patterns
        ]

    def occurs(self, text: str) -> bool:
        """Whether any pattern occurs."""
        text = text.lower()
        return any(plain in text and pattern.search(text) for plain, pattern in self._patterns)

    def count(self, text: str) -> int:
        """How many of the patterns occur."""
        text = text.lower()
        return sum(plain in text and pattern.search(text) is not None for plain, pattern in self._patterns)


def _plain_stretch(pattern: str) -> str:
    """The longest text that every match of a pattern holds; it may be empty."""
    depth_free = pattern
    while (shorter := _GROUP.sub("\0", depth_free)) != depth_free:
        depth_free = shorter
    return max(_SPECIAL.split(depth_free), key=len)


@dataclass(frozen=True, slots=True)
class Phrases:
    """Compiled patterns; those named `*_line` match a whole stripped line, the others search."""

    from_line: re.Pattern[str]
    header_line: re.Pattern[str]
    original_line: re.Pattern[str]
    original_tail: re.Pattern[str]
    attribution_line: re.Pattern[str]
    closing_line: re.Pattern[str]
    title_word: re.Pattern[str]
    contact_label: re.Pattern[str]
    device_line: re.Pattern[str]
    device_tail: re.Pattern[str]
    scan_line: re.Pattern[str]
    scan_insert: re.Pattern[str]
    disclaimer: PhraseFinder
    machine_sender: re.Pattern[str]
    machine_subject: re.Pattern[str]
    machine_text: PhraseFinder
    wire_mark: PhraseFinder
    press_mark: PhraseFinder
    generic_mailboxes: frozenset[str]
    list_mailboxes: frozenset[str]
    one_letter_words: frozenset[str]


@lru_cache(maxsize=4)
def load_phrases(language: str = "english") -> Phrases:
    """Read the phrases of a language; raises FileNotFoundError for one without a file."""
    data: dict[str, Any] = json.loads((_DATA / f"{language}.json").read_text(encoding="utf-8"))
    heads = data["quote_headers"]
    any_head = [*heads["from"], *heads["others"]]
    return Phrases(
        from_line=_compile(r"\W{0,4}(?:%s)\s?:.{0,400}", heads["from"]),
        header_line=_compile(r"\W{0,4}(?:%s)\s?:.{0,4000}", any_head),
        original_line=_compile(r"\W{0,80}(?:%s)\W{0,80}", data["original_message"]),
        original_tail=_compile(r"(?<=\w)[\W_]{1,20}(?:%s)\W{0,20}$", data["original_message"][:2]),
        attribution_line=_compile(r"\W{0,10}(?:%s)\s?:?\W{0,6}", data["attribution"]),
        closing_line=_compile(r"[-~*\s]{0,3}(?:%s)\s?[,.!~;:-]{0,4}", data["closings"]),
        title_word=_compile(r"\b(?:%s)\b", data["title_words"]),
        contact_label=_compile(
            r"\W{0,4}(?:%s)\W{0,3}(?:number|no|#)?\W{0,4}[(+\d].{0,60}", data["contact_labels"]
        ),
        device_line=_compile(r"\W{0,8}(?:%s)\W{0,8}", data["device_lines"]),
        device_tail=_compile(r"[\s(*-]{0,3}\b(?:%s)$", data["device_tails"]),
        scan_line=_compile(r"\W{0,8}(?:%s)\W{0,8}", data["scan_lines"]),
        scan_insert=_compile(r"(?:%s)", data["scan_inserts"]),
        disclaimer=PhraseFinder(data["disclaimer_phrases"]),
        machine_sender=_compile(r"(?:%s)", data["machine_senders"]),
        machine_subject=_compile(r"(?:%s)", data["machine_subjects"]),
        machine_text=PhraseFinder(data["machine_text"]),
        wire_mark=PhraseFinder(data["wire_marks"]),
        press_mark=PhraseFinder(data["press_marks"]),
        generic_mailboxes=frozenset(data["generic_mailboxes"]),
        list_mailboxes=frozenset(data["list_mailboxes"]),
        one_letter_words=frozenset(data["one_letter_words"]),
    )


def _compile(shape: str, alternatives: list[str], flags: int = 0) -> re.Pattern[str]:
    return re.compile(shape.replace("%s", "|".join(alternatives)), re.IGNORECASE | flags)
