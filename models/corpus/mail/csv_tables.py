"""Messages from a CSV file."""

import codecs
import csv
import re
from collections.abc import Iterator
from pathlib import Path

from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.corpus.mail.json_lines import BODY_FIELDS, message_of_row
from inkling.models.corpus.mail.mail_parts import parse_mail
from inkling.models.corpus.mail.message import RawMessage

_MAX_FIELD = 1 << 26
_SAMPLE = 1 << 16
_OUTLOOK_COLUMNS = {"from: (name)": "from", "to: (name)": "to"}
_WHOLE_MAIL = re.compile(
    r"\s*(?:Message-ID|Received|Return-Path|Date|From|MIME-Version|Delivered-To):[^\n]*\n"
    r"(?:[A-Za-z][\w-]*:[^\n]*\n|[ \t][^\n]*\n){3}",
    re.IGNORECASE,
)


def read_csv(path: Path) -> Iterator[RawMessage | None]:
    """Yield a message a row, None for a row without text; column names in any case.

    Raises CorpusError when no column holds text. A file that is neither UTF-8 nor
    UTF-16 is read as Windows-1252.
    """
    limit = csv.field_size_limit(_MAX_FIELD)
    try:
        encoding = _encoding(path)
        with path.open(encoding=encoding, errors="replace", newline="") as stream:
            # A NUL ends the csv module's row with an error, so it is dropped beforehand.
            lines = (line.replace("\0", "") for line in stream)
            rows = csv.reader(lines, delimiter=_delimiter(path, encoding))
            columns = [_column(name) for name in next(rows, [])]
            if not columns:
                raise CorpusError(path, "holds no messages")
            if not set(columns) & set(BODY_FIELDS):
                raise CorpusError(path, f"has no column named {', '.join(BODY_FIELDS)}")
            for number, row in enumerate(rows, 2):
                if row:
                    yield _message(dict(zip(columns, row, strict=False)), path, number)
    except csv.Error as error:
        raise CorpusError(path, f"is not CSV: {error}") from error
    except OSError as error:
        raise CorpusError(path, f"cannot be read: {error.strerror or error}") from error
    finally:
        csv.field_size_limit(limit)


def _message(row: dict[str, str], path: Path, number: int) -> RawMessage | None:
    raw = message_of_row(row, path, number)
    if raw is None or not _WHOLE_MAIL.match(raw.body):
        return raw
    # Some exports keep a message with all its headers in one column.
    return parse_mail(raw.body.encode("utf-8", "replace"), raw.corpus, raw.id) or raw


def _column(name: str) -> str:
    # Outlook's export has "From: (Name)" and "From: (Address)".
    name = name.strip().lower()
    return _OUTLOOK_COLUMNS.get(name, name)


def _encoding(path: Path) -> str:
    with path.open("rb") as stream:
        sample = stream.read(_SAMPLE)
    if sample.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    # A character cut off at the end of the sample is no damage.
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(sample)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8-sig"


def _delimiter(path: Path, encoding: str) -> str:
    with path.open(encoding=encoding, errors="replace", newline="") as stream:
        head = stream.readline(_SAMPLE)
    return max(",;\t", key=head.count)
