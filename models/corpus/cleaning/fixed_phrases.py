"""The phrases that cleaning looks for, read from data files.

Each language has a file. The code knows no language, so a new language is a new file of the same shape. The
phrases that mail programs put around a quote are in one file for all languages: an answer in English may
quote a message under a German attribution.
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
    """Searches a text for many patterns. It first looks for a literal part of each pattern, which is faster.

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
    attribution_word: re.Pattern[str]
    any_from_line: re.Pattern[str]
    any_header_line: re.Pattern[str]
    forward_line: re.Pattern[str]
    reply_above_line: re.Pattern[str]
    banner: re.Pattern[str]
    list_mark: re.Pattern[str]
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
    data = _read(language)
    programs = _read("mail_programs")
    any_from, any_other = programs["quote_headers"]["from"], programs["quote_headers"]["others"]
    heads = data["quote_headers"]
    any_head = [*heads["from"], *heads["others"]]
    return Phrases(
        from_line=_compile(r"\W{0,4}(?:%s)\s?:.{0,400}", heads["from"]),
        header_line=_compile(r"\W{0,4}(?:%s)\s?:.{0,4000}", any_head),
        original_line=_compile(r"\W{0,80}(?:%s)\W{0,80}", data["original_message"]),
        original_tail=_compile(r"(?<=\w)[\W_]{1,20}(?:%s)\W{0,20}$", data["original_message"][:2]),
        attribution_line=_compile(r"\W{0,10}(?:%s)\s?:?\W{0,6}", data["attribution"]),
        attribution_word=_compile(r"(?:\b|(?<=\W))(?:%s)", programs["attribution_words"]),
        any_from_line=_compile(r"\W{0,4}(?:%s)\W{0,3}[:：].{0,400}", any_from),
        any_header_line=_compile(r"\W{0,4}(?:%s)\W{0,3}[:：].{0,4000}", [*any_from, *any_other]),
        forward_line=_compile(
            r"\W{0,4}(?:%s)\W{0,4}",
            [rf"[-_=]{{2,80}}\s?{mark}\W{{2,80}}" for mark in programs["original_message"]]
            + programs["forward_lines"],
        ),
        reply_above_line=_compile(
            r"\W{0,2}##\W? .{5,120} \W?##|[-#=*\s]{2,20}(?:%s)", programs["reply_above"]
        ),
        banner=_compile(r"(?:%s)", programs["banners"]),
        list_mark=_compile(r"(?:%s)", programs["list_marks"]),
        closing_line=_compile(
            r"[-~*\s]{0,3}(?:%s)\s?[,.!~;:-]{0,4}", [*data["closings"], *programs["closings"]]
        ),
        title_word=_compile(r"\b(?:%s)\b", data["title_words"]),
        contact_label=_compile(
            r"\W{0,4}(?:%s)\W{0,3}(?:number|no|#)?\W{0,4}[(+\d].{0,60}", data["contact_labels"]
        ),
        device_line=_compile(r"\W{0,8}(?:%s)\W{0,8}", [*data["device_lines"], *programs["device_lines"]]),
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


def _read(name: str) -> dict[str, Any]:
    data: dict[str, Any] = json.loads((_DATA / f"{name}.json").read_text(encoding="utf-8"))
    return data


def _compile(shape: str, alternatives: list[str], flags: int = 0) -> re.Pattern[str]:
    return re.compile(shape.replace("%s", "|".join(alternatives)), re.IGNORECASE | flags)
