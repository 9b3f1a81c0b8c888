"""Finds where a message's own text ends and quoted or forwarded text begins."""

import re

from inkling.models.corpus.cleaning.attributions import attribution_length, next_line, stands_alone
from inkling.models.corpus.cleaning.fixed_phrases import Phrases

# "Ann Lee/HOU/ACME@ACME" or "Ann Lee@ACME": an address without a domain.
_LOTUS_NAME = re.compile(r".{0,60}[/@][A-Z][\w&-]+(?:[/@][\w& -]+)+.{0,60}|[\w .,'-]{2,60}@[A-Z][\w&-]{1,30}")
_LOTUS_DATE = re.compile(r".{0,80}\d{1,2}/\d{1,2}/\d{2,4} \d{1,2}:\d{2}(?::\d{2})? ?[AaPp]\.?[Mm].{0,20}")
_RULE = re.compile(r"[-_=*~#.\s]{8,}")
_HEADER_REACH = 7
_LOTUS_REACH = 3
_LONGEST_HEADER = 240
_MARKS = (">", "|>", "| >")
_TITLED_RULE = re.compile(r"[-_=]{3,}\s?[^\W\d_][^-_=]{2,50}[^\W_]\s?[-_=]{3,}")
_NOT_PROSE = re.compile(r"[@\d<]")
_LONGEST_REST = 40
_WRAPPED = 50


def cut_quoted(lines: list[str], phrases: Phrases) -> list[str]:
    """Return the lines that a person wrote, before and between quoted or forwarded text.

    Lines marked with ">" and the attribution above them are removed. Text below them is the writer's again.
    All text after a forward, a block of headers or an attribution without such marks is removed. `lines` are
    stripped of white space at both ends.
    """
    own: list[str] = []
    written = 0  # lines that are not empty
    skip_to = 0
    for index, line in enumerate(lines):
        if index < skip_to:
            continue
        tail = phrases.original_tail.search(line[-60:])
        if tail and tail.start():
            own.append(line[: len(line) - len(tail.group())].rstrip("-—–_ "))
            break
        if line.startswith(_MARKS):
            if not _is_escaped(lines, index):
                continue
            line = line[1:]
        if _is_rest_of_quote(lines, index):
            continue
        if _starts_quote(lines, index, phrases):
            _drop_lead(own, phrases)
            break
        if line and (length := attribution_length(lines, index, phrases)):
            below = next_line(lines, index + length)
            if below.startswith(_MARKS):
                skip_to = index + length
                continue
            text = " ".join(lines[index : index + length])
            if not below or phrases.header_line.fullmatch(below) or stands_alone(text, phrases):
                break
        if not written and _is_leading_header(lines, index, phrases):
            continue
        own.append(line)
        written += bool(line)
    return cut_header_block(own)


def _is_leading_header(lines: list[str], index: int, phrases: Phrases) -> bool:
    line = lines[index]
    if not phrases.header_line.fullmatch(line):
        return False
    # "From: the station it is ten minutes" is prose. A header stands among other headers, or holds more
    # than words.
    around = (*lines[max(0, index - 1) : index], *lines[index + 1 : index + 2])
    return _NOT_PROSE.search(line) is not None or any(map(phrases.header_line.fullmatch, around))


def _is_escaped(lines: list[str], index: int) -> bool:
    # An mbox file marks a line that begins with "From ", and some programs send it so.
    around = (lines[max(0, index - 1)] if index else "", *lines[index + 1 : index + 2])
    return lines[index].startswith(">From ") and not any(other.startswith(_MARKS) for other in around)


def _is_rest_of_quote(lines: list[str], index: int) -> bool:
    # A program broke a quoted line once more, and only its first piece kept the mark.
    line = lines[index]
    if not line or not index or index + 1 == len(lines) or len(line) > _LONGEST_REST:
        return False
    before, below = lines[index - 1], lines[index + 1]
    return (
        before.startswith(_MARKS)
        and below.startswith(_MARKS)
        and len(before) >= _WRAPPED
        and line[0].islower()
        and before[-1] not in ".!?:"
    )


_HEADER_SHAPE = re.compile(r"\W{0,4}[^\W\d_]{1,16}(?:[ -][^\W\d_]{1,12})?\s?[:：]\s?\S.{0,200}")
_ADDRESSED = re.compile(r"\w@\w")
_DATED = re.compile(r"\d{1,2}[:.h]\d{2}|\b(?:19|20)\d\d(?!\d)")
_HEADERS = 3


def cut_header_block(lines: list[str]) -> list[str]:
    """Lines before the first block of mail headers, by its shape alone, whatever its language.

    A block is three lines or more of a short label, a colon and text, with a date and an address among
    them. Fewer lines are not enough, because an invitation to a meeting gives place and time in such lines
    too.
    """
    begin = 0
    for index, line in enumerate([*lines, ""]):
        if len(line) <= _LONGEST_HEADER and _HEADER_SHAPE.fullmatch(line):
            continue
        block = lines[begin:index]
        if len(block) >= _HEADERS and any(map(_DATED.search, block)) and any(map(_ADDRESSED.search, block)):
            own = lines[:begin]
            while own and (not own[-1] or _RULE.fullmatch(own[-1][:_LONGEST_HEADER])):
                own.pop()
            return own
        begin = index + 1
    return lines


def _starts_quote(lines: list[str], index: int, phrases: Phrases) -> bool:
    line = lines[index]
    if not line:
        return False
    if len(line) < 200 and phrases.original_line.fullmatch(line):
        return True
    labelled = ":" in line or "：" in line
    if len(line) < 200 and (labelled or not line[0].isalnum()) and _is_mark(lines, index, phrases):
        return True
    if labelled and (
        (phrases.from_line.fullmatch(line) and _headers_follow(lines, index, phrases.header_line, 1))
        or (
            phrases.any_from_line.fullmatch(line)
            and _headers_follow(lines, index, phrases.any_header_line, 2)
        )
        or (phrases.header_line.fullmatch(line) and _headers_follow(lines, index, phrases.header_line, 2))
    ):
        return True
    return (
        len(line) <= 200
        and _LOTUS_NAME.fullmatch(line) is not None
        and _lotus_headers_follow(lines, index, phrases)
    )


def _is_mark(lines: list[str], index: int, phrases: Phrases) -> bool:
    line = lines[index]
    if phrases.forward_line.fullmatch(line) or phrases.reply_above_line.fullmatch(line):
        return True
    return _TITLED_RULE.fullmatch(line[:80]) is not None and (
        _HEADER_SHAPE.fullmatch(next_line(lines, index + 1)) is not None
    )


def _headers_follow(lines: list[str], index: int, header: re.Pattern[str], wanted: int) -> bool:
    found = 0
    for other in lines[index + 1 : index + _HEADER_REACH]:
        if header.fullmatch(other):
            found += 1
            if found >= wanted:
                return True
    return False


def _lotus_headers_follow(lines: list[str], index: int, phrases: Phrases) -> bool:
    return any(
        phrases.header_line.fullmatch(other) is not None
        for other in lines[index + 1 : index + 1 + _LOTUS_REACH]
    )


def _drop_lead(own: list[str], phrases: Phrases) -> None:
    """Remove the lines that introduce the quote: rules, the quoted sender's name and date."""
    for _ in range(_LOTUS_REACH):
        while own and not own[-1]:
            own.pop()
        if not own:
            return
        line = own[-1]
        if (
            _RULE.fullmatch(line)
            or (len(line) < 120 and (_LOTUS_DATE.fullmatch(line) or _LOTUS_NAME.fullmatch(line)))
            or phrases.header_line.fullmatch(line)
            or (_NOT_PROSE.search(line) and phrases.any_header_line.fullmatch(line))
        ):
            own.pop()
        else:
            return
