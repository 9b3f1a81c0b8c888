"""Tells machine-made mail and mass mail from mail that a person wrote."""

import re
from collections.abc import Sequence

from inkling.models.corpus.cleaning.fixed_phrases import Phrases
from inkling.models.corpus.mail.message import RawMessage

_BULK_PRECEDENCE = ("bulk", "junk", "list", "auto_reply")
_MAX_SYMBOL_SHARE = 0.22
_MAX_TABLE_SHARE = 0.4
_MIN_TABLE_LINES = 4
_MIN_JUDGED = 60
_MIN_SHOUTED = 250
_MAX_UPPER_SHARE = 0.4
_MIN_LONG_RUNS = 2
_MIN_ADDRESSES = 6
_MIN_GAPS = 2
_ENDS = 3000
_VISIBLE = re.compile(r"\S")
_ODD = re.compile(r"[^\w\s.,'\"?!\-:;()$]|[\d_]")
_GAP = re.compile(r"(?:\s{3,}|\t+|\s*\|\s*)(?=\S)")
_UPPER = re.compile(r"[A-Z]")
_ADDRESS = re.compile(r"[\w.+-]+@[\w-]")
_LONG_RUN = re.compile(r"(?<!\S)(?!\S*(?:://|www\.|@|\.\.\.|___|---|===|\*\*\*))\S{32,}")


def has_machine_headers(raw: RawMessage, phrases: Phrases) -> bool:
    """Whether headers, sender or subject show machine-made mail or mass mail."""
    headers = raw.headers
    if (
        headers.get("auto-submitted", "no").lower() != "no"
        or "list-id" in headers
        or "list-unsubscribe" in headers
    ):
        return True
    if headers.get("precedence", "").lower() in _BULK_PRECEDENCE:
        return True
    if phrases.machine_sender.search(raw.sender):
        return True
    return phrases.machine_subject.search(raw.subject) is not None


def has_machine_text(body: str, phrases: Phrases) -> bool:
    """Whether set phrases at the beginning or the end of a text show that no person typed it."""
    body = body if len(body) <= 2 * _ENDS else f"{body[:_ENDS]}\n{body[-_ENDS:]}"
    return phrases.machine_text.occurs(body)


def is_tabular(lines: Sequence[str]) -> bool:
    """Whether a message is no prose: numbers and symbols, columns, capitals, codes or address lists."""
    text = "".join(lines)
    visible = len(_VISIBLE.findall(text))
    if not visible:
        return True
    if len(text) > _MIN_JUDGED and len(_ODD.findall(text)) > _MAX_SYMBOL_SHARE * visible:
        return True
    if len(text) > _MIN_SHOUTED and len(_UPPER.findall(text)) > _MAX_UPPER_SHARE * visible:
        return True
    if (
        len(_LONG_RUN.findall("\n".join(lines))) >= _MIN_LONG_RUNS
        or len(_ADDRESS.findall(text)) >= _MIN_ADDRESSES
    ):
        return True
    filled = [line for line in lines if line.strip()]
    columns = sum(len(_GAP.findall(line.strip())) >= _MIN_GAPS for line in filled)
    return len(filled) >= _MIN_TABLE_LINES and columns / len(filled) > _MAX_TABLE_SHARE
