"""Messages from a CSV file."""

import csv
from collections.abc import Iterator
from pathlib import Path

from models.corpus.errors import CorpusError
from models.corpus.json_lines import BODY_FIELDS, message_of_row
from models.corpus.message import RawMessage

_MAX_FIELD = 1 << 26
_SAMPLE = 1 << 16


def read_csv(path: Path) -> Iterator[RawMessage | None]:
    """Yield a message a row, None for a row without text; column names in any case.

    Raises CorpusError when no column holds text. Bytes that are not UTF-8 are replaced.
    """
    limit = csv.field_size_limit(_MAX_FIELD)
    try:
        with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
            # A NUL ends the csv module's row with an error, so it is dropped beforehand.
            rows = csv.reader((line.replace("\0", "") for line in stream), delimiter=_delimiter(path))
            columns = [name.strip().lower() for name in next(rows, [])]
            if not columns:
                raise CorpusError(path, "holds no messages")
            if not set(columns) & set(BODY_FIELDS):
                raise CorpusError(path, f"has no column named {', '.join(BODY_FIELDS)}")
            for number, row in enumerate(rows, 2):
                if row:
                    yield message_of_row(dict(zip(columns, row, strict=False)), path, number)
    except csv.Error as error:
        raise CorpusError(path, f"is not CSV: {error}") from error
    except OSError as error:
        raise CorpusError(path, f"cannot be read: {error.strerror or error}") from error
    finally:
        csv.field_size_limit(limit)


def _delimiter(path: Path) -> str:
    with path.open(encoding="utf-8-sig", errors="replace", newline="") as stream:
        head = stream.readline(_SAMPLE)
    return max(",;\t", key=head.count)
