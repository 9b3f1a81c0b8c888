"""Removes signature blocks, device lines and legal notices. Keeps "Thanks," and a first name."""

import re
from collections.abc import Collection

from inkling.models.corpus.cleaning.fixed_phrases import Phrases

_PHONE = re.compile(r"(?:\+?\d{1,3}[-. ])?\(?\d{3}\)?\s?[-./ ]\s?\d{3}\s?[-. ]\s?\d{4}|\b\d{3}-\d{4}\b")
_ADDRESS = re.compile(r"[^\s@]@[^\s@]{1,255}\.[^\s@]|https?://|www\.")
_POSTAL = re.compile(
    r"\b[A-Z][\w.]+,? \d{5}(?:-\d{4})?$|^\d{1,5} [A-Z0-9]\w*(?: \w+){0,3}\.?,?$|^P\.?\s?O\.? "
)
_RULE = re.compile(r"[-_=*~#.+|<>\s]{3,}")
_NAME_WORD = re.compile(r"[A-Z][\w.'’-]*,?")
_FOOTER_RULE = re.compile(r"--|[-_=*~#]{8,}")
_FOOTER_LINES = 12
_LONGEST_BANNER = 600
_ENDED = re.compile(r"\w[.!?]$")
_DELIMITERS = ("--", "---", "____")
_BARE_WORDS = 2
_MAX_TAIL = 100
_BLOCK_LINES = 14
_SIGNATURE_WORDS = 12
_LEGAL_MARKS = 2
_LEGAL_LONG = 3
_LEGAL_LONG_WORDS = 60


def cut_footer(lines: list[str], phrases: Phrases) -> list[str]:
    """Drop the footer of a mailing list at the end, below a rule or the mark of a signature."""
    first = max(0, len(lines) - _FOOTER_LINES)
    for index in range(first, len(lines)):
        if not _FOOTER_RULE.fullmatch(lines[index]):
            continue
        if any(phrases.list_mark.search(line) for line in lines[index + 1 :]):
            return lines[:index]
    return lines


def cut_notices(lines: list[str], phrases: Phrases) -> list[str]:
    """Drop device lines ("Sent from my ...") and paragraphs of legal notice."""
    kept: list[str] = []
    paragraph: list[str] = []
    own = [_cut_tail(line, phrases) for line in lines if not phrases.device_line.fullmatch(line)]
    for line in [*own, ""]:
        if line:
            paragraph.append(line)
            continue
        if not _is_notice(" ".join(paragraph), phrases):
            kept.extend(paragraph)
        paragraph = []
        kept.append("")
    return kept


def _cut_tail(line: str, phrases: Phrases) -> str:
    # Only the end of a line can be a device's mark; a long line is searched no further back.
    start = max(0, len(line) - _MAX_TAIL)
    match = phrases.device_tail.search(line, start)
    return line if match is None or not match.start() else line[: match.start()]


def _is_notice(paragraph: str, phrases: Phrases) -> bool:
    if len(paragraph) <= _LONGEST_BANNER and phrases.banner.match(paragraph):
        return True
    marks = phrases.disclaimer.count(paragraph)
    if marks < _LEGAL_MARKS:
        return False
    return marks >= _LEGAL_LONG or paragraph.count(" ") < _LEGAL_LONG_WORDS


def cut_signature(lines: list[str], phrases: Phrases, sender_names: Collection[str]) -> list[str]:
    """Reduce the block at the end of a message to its closing words and a first name.

    `lines` are stripped; `sender_names` are case-folded name tokens of the sender.
    """
    lines = _before_delimiter(lines, phrases)
    while lines and (not lines[-1] or _RULE.fullmatch(lines[-1])):
        lines.pop()
    start = max(0, len(lines) - _BLOCK_LINES)
    for index in range(len(lines) - 1, start - 1, -1):
        if phrases.closing_line.fullmatch(lines[index]):
            return _close(lines, index, phrases, sender_names)
    lines, named = _cut_below_sender(lines, phrases, sender_names)
    if named:
        return lines
    end = len(lines)
    contacts = 0
    while end > 0 and (
        not lines[end - 1] or is_contact_line(lines[end - 1], phrases) or _RULE.fullmatch(lines[end - 1])
    ):
        contacts += bool(lines[end - 1])
        end -= 1
    if end == 0:
        return []
    kept = lines[:end]
    if _is_name_line(kept[-1]) and (contacts or _names_sender(kept[-1], sender_names)):
        kept[-1] = _first_name(kept[-1])
    return kept


def _cut_below_sender(
    lines: list[str], phrases: Phrases, sender_names: Collection[str]
) -> tuple[list[str], bool]:
    """Cut below the sender's full name when only short lines that are no sentences follow."""
    filled = 0
    for index in range(len(lines) - 1, 0, -1):
        line = lines[index]
        if not line:
            continue
        if filled >= _BLOCK_LINES or _is_sentence(line, phrases):
            return lines, False
        filled += 1
        words = line.split()
        if (
            len(words) > 1
            and _is_name_line(line)
            and _names_sender(words[0], sender_names)
            and _names_sender(words[-1], sender_names)
        ):
            return [*lines[:index], _first_name(line)], True
    return lines, False


def is_contact_line(line: str, phrases: Phrases) -> bool:
    """Whether a line is a title, a telephone number, an address or the like, not a sentence."""
    words = line.split()
    if not words or len(words) > _SIGNATURE_WORDS:
        return False
    if phrases.contact_label.fullmatch(line):
        return True
    lower = sum(word[0].islower() for word in words)
    if len(words) <= _BARE_WORDS and _ADDRESS.search(line) and words[0][-1] not in ",.!":
        return True
    if _PHONE.search(line) or _ADDRESS.search(line):
        return lower * 2 <= len(words) and not (line.endswith((".", "?", "!")) and lower > 1)
    if line.endswith((".", "?", "!", ":")) and not line.lower().endswith(
        ("inc.", "corp.", "co.", "ltd.", "l.p.")
    ):
        return False
    if lower * 3 > len(words):
        return False
    return (phrases.title_word.search(line) is not None and len(words) > 1 and words[0][0].isupper()) or (
        _POSTAL.search(line) is not None
    )


def _before_delimiter(lines: list[str], phrases: Phrases) -> list[str]:
    for index in range(len(lines) - 1, max(-1, len(lines) - _BLOCK_LINES), -1):
        if not index or lines[index] not in _DELIMITERS:
            continue
        # A line of dashes may also separate sections. Text directly below "--" is a signature, whatever it
        # says.
        below = lines[index + 1 :]
        signed = lines[index] == "--" and (not below or below[0] or not any(map(_ENDED.search, below)))
        if signed or (lines[index] != "--" and not any(_is_sentence(line, phrases) for line in below)):
            return lines[:index]
    return list(lines)


def _close(lines: list[str], index: int, phrases: Phrases, sender_names: Collection[str]) -> list[str]:
    kept = lines[: index + 1]
    rest = lines[index + 1 :]
    filled = [line for line in rest if line]
    if not filled:
        return kept
    if _is_name_line(filled[0]) and not phrases.title_word.search(filled[0]):
        others = filled[1:]
        if any(_is_sentence(line, phrases) for line in others):
            return lines
        name = filled[0]
        if len(name.split()) > 1 and (others or _names_sender(name, sender_names)):
            name = _first_name(name)
        return [*kept, *([""] if not rest[0] else []), name]
    if any(_is_sentence(line, phrases) for line in filled):
        return lines
    return kept


def _is_sentence(line: str, phrases: Phrases) -> bool:
    words = line.split()
    return (
        len(words) >= 4
        and not is_contact_line(line, phrases)
        and sum(w[0].islower() for w in words) * 2 > len(words)
    )


def _is_name_line(line: str) -> bool:
    words = line.strip("-–—~* ").split()
    return 1 <= len(words) <= 4 and all(_NAME_WORD.fullmatch(word) for word in words)


def _names_sender(line: str, sender_names: Collection[str]) -> bool:
    return any(word.strip(".,-").casefold() in sender_names for word in line.split())


def _first_name(line: str) -> str:
    return line.strip("-–—~* ").split()[0].rstrip(",")
