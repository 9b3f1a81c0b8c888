"""Finding where a message's own text ends and what it quotes or forwards begins."""

import re

from models.corpus.phrases import Phrases

# "Ann Lee/HOU/ACME@ACME" or "Ann Lee@ACME": an address without a domain.
_LOTUS_NAME = re.compile(r".{0,60}[/@][A-Z][\w&-]+(?:[/@][\w& -]+)+.{0,60}|[\w .,'-]{2,60}@[A-Z][\w&-]{1,30}")
_LOTUS_DATE = re.compile(r".{0,80}\d{1,2}/\d{1,2}/\d{2,4} \d{1,2}:\d{2}(?::\d{2})? ?[AaPp]\.?[Mm].{0,20}")
_RULE = re.compile(r"[-_=*~#.\s]{8,}")
_HEADER_REACH = 7
_LOTUS_REACH = 3
_LONGEST_HEADER = 240


def cut_quoted(lines: list[str], phrases: Phrases) -> list[str]:
    """Return the lines a person wrote: before any quoted or forwarded message, without "> " lines.

    `lines` are stripped of white space at both ends.
    """
    own: list[str] = []
    written = 0  # lines that are not empty
    for index, line in enumerate(lines):
        tail = phrases.original_tail.search(line[-60:])
        if tail and tail.start():
            own.append(line[: len(line) - len(tail.group())].rstrip("-—–_ "))
            break
        if _starts_quote(lines, index, phrases):
            _drop_lead(own, phrases)
            break
        if not written and phrases.header_line.fullmatch(line):
            continue
        if line.startswith((">", "|>", "| >")):
            if own and phrases.attribution_line.fullmatch(own[-1]):
                own.pop()
                written -= 1
            continue
        own.append(line)
        written += bool(line)
    return own


_HEADER_SHAPE = re.compile(r"\W{0,4}[^\W\d_]{1,16}(?:[ -][^\W\d_]{1,12})?\s?[:：]\s?\S.{0,200}")
_DATED = re.compile(r"@|\d{1,2}[:.h]\d{2}|\b(?:19|20)\d\d\b")
_HEADERS = 3


def cut_header_block(lines: list[str]) -> list[str]:
    """Lines before the first block of mail headers, by its shape alone, whatever its language.

    Three lines or more of a short label, a colon and something, an address or a date among them.
    """
    begin = 0
    for index, line in enumerate([*lines, ""]):
        if len(line) <= _LONGEST_HEADER and _HEADER_SHAPE.fullmatch(line):
            continue
        block = lines[begin:index]
        if len(block) >= _HEADERS and any(map(_DATED.search, block)):
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
    if phrases.from_line.fullmatch(line) and _headers_follow(lines, index, phrases, 1):
        return True
    if phrases.header_line.fullmatch(line) and _headers_follow(lines, index, phrases, 2):
        return True
    if len(line) > 200 or not phrases.attribution_line.fullmatch(line):
        return _LOTUS_NAME.fullmatch(line) is not None and _lotus_headers_follow(lines, index, phrases)
    following = next((other for other in lines[index + 1 : index + 4] if other), "")
    if not following or following.startswith((">", "|")) or phrases.header_line.fullmatch(following):
        return True
    return line.endswith(":") and any(character.isdigit() for character in line)


def _headers_follow(lines: list[str], index: int, phrases: Phrases, wanted: int) -> bool:
    found = 0
    for other in lines[index + 1 : index + _HEADER_REACH]:
        if phrases.header_line.fullmatch(other):
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
    """Take away what leads into the quote: rules, the quoted sender's name and date."""
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
        ):
            own.pop()
        else:
            return
