"""Messages from JSON lines, plain or gzip."""

import gzip
import json
from collections.abc import Iterator, Mapping
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.corpus.mail.message import RawMessage

BODY_FIELDS = ("body", "text", "content", "message")
_HEADER_FIELDS = ("auto-submitted", "precedence", "list-id", "list-unsubscribe")


def read_json_lines(path: Path) -> Iterator[RawMessage | None]:
    """Yield a message for each line, or None for a line without a message."""
    try:
        with gzip.open(path, "rb") if path.suffix == ".gz" else path.open("rb") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    yield _parse(line, path, number)
    except (OSError, EOFError) as error:
        raise CorpusError(path, f"cannot be read: {error}") from error


def _parse(line: bytes, path: Path, number: int) -> RawMessage | None:
    try:
        row = json.loads(line.decode("utf-8", "replace"))
    except (ValueError, RecursionError):
        return None
    if not isinstance(row, dict):
        return None
    return message_of_row({str(key).lower(): value for key, value in row.items()}, path, number)


def message_of_row(row: Mapping[str, Any], path: Path, number: int) -> RawMessage | None:
    """Make a message of a row with lower-case field names; None when it has no text."""
    body = next(
        (row[name] for name in BODY_FIELDS if isinstance(row.get(name), str) and row[name].strip()), None
    )
    if body is None and isinstance(row.get("turns"), list):
        body = "\n".join(turn for turn in map(_turn_text, row["turns"]) if turn)
    if not body:
        return None
    return RawMessage(
        id=_text(row.get("id")) or f"{path.name}:{number}",
        corpus=_text(row.get("corpus")) or path.name.split(".")[0],
        body=body,
        sender=_text(row.get("from")) or _text(row.get("sender")),
        to=_text(row.get("to")) or _text(row.get("recipients")),
        date=parse_date(_text(row.get("date"))),
        subject=_text(row.get("subject")),
        previous_id=_text(row.get("previous_id")) or _text(row.get("in_reply_to")) or None,
        previous_body=_text(row.get("previous_body")) or None,
        person=_text(row.get("person")) or None,
        headers={name: _text(row.get(name)) for name in _HEADER_FIELDS if row.get(name)},
    )


def _turn_text(turn: object) -> str:
    if isinstance(turn, dict):
        return next(
            (turn[name] for name in ("text", "utterance", "content") if isinstance(turn.get(name), str)), ""
        )
    return turn if isinstance(turn, str) else ""


def _text(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(str(item) for item in value)
    return "" if value is None else str(value).strip()


def parse_date(text: str) -> datetime | None:
    """Read an ISO 8601 or an RFC 5322 date; None when it is neither."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        pass
    try:
        return parsedate_to_datetime(text)
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
