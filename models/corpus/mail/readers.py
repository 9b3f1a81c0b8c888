"""Reads messages from a path. The format is recognised from the path and the file's first bytes."""

import gzip
from collections.abc import Iterator
from pathlib import Path

from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.corpus.mail.csv_tables import read_csv
from inkling.models.corpus.mail.json_lines import read_json_lines
from inkling.models.corpus.mail.mail_files import is_maildir, read_eml, read_maildir, read_mbox
from inkling.models.corpus.mail.message import RawMessage

_JSON_ENDINGS = (".jsonl", ".ndjson", ".json", ".jsonl.gz", ".ndjson.gz", ".json.gz")
_CSV_ENDINGS = (".csv", ".tsv")
_MBOX_ENDINGS = (".mbox", ".mbx")
_EML_ENDINGS = (".eml", ".emlx", ".mail")
_KNOWN_ENDINGS = (*_JSON_ENDINGS, *_CSV_ENDINGS, *_MBOX_ENDINGS, *_EML_ENDINGS)
_HEAD_BYTES = 4096


def read_messages(path: Path) -> Iterator[RawMessage | None]:
    """Yield the messages of a path as they are read, and None for each entry without readable text.

    A file is mbox, EML, CSV or JSON lines (plain or gzip) by its ending or else by its first bytes; a
    folder is a Maildir or holds such files at any depth. Raises CorpusError, before the first message
    or while reading, when the path is missing, empty, of no known format or cannot be read.
    """
    if path.is_dir():
        return read_maildir(path) if is_maildir(path) else _read_folder(path)
    if not path.exists():
        raise CorpusError(path, "does not exist")
    try:
        if not path.stat().st_size:
            raise CorpusError(path, "is empty")
        return _read_file(path)
    except OSError as error:
        raise CorpusError(path, f"cannot be read: {error.strerror or error}") from error


def _read_file(path: Path) -> Iterator[RawMessage | None]:
    name = path.name.lower()
    if name.endswith(_JSON_ENDINGS):
        return read_json_lines(path)
    if name.endswith(_CSV_ENDINGS):
        return read_csv(path)
    if name.endswith(_EML_ENDINGS):
        return read_eml([path], path.parent.name)
    head = _head(path)
    if head.startswith(b"From ") or name.endswith(_MBOX_ENDINGS):
        if name.endswith(".gz"):
            raise CorpusError(path, "is a compressed mbox: unpack it first")
        return read_mbox(path)
    if _holds_objects(head):
        return read_json_lines(path)
    if _looks_like_mail(head):
        return read_eml([path], path.parent.name)
    raise CorpusError(path, "is none of mbox, Maildir, EML, CSV and JSON lines")


def is_json_lines(path: Path) -> bool:
    """Whether `read_messages` reads a path as JSON lines."""
    name = path.name.lower()
    if name.endswith(_KNOWN_ENDINGS) or not path.is_file():
        return name.endswith(_JSON_ENDINGS)
    try:
        return _holds_objects(_head(path))
    except OSError:
        return False


def _head(path: Path) -> bytes:
    with gzip.open(path) if path.name.lower().endswith(".gz") else path.open("rb") as stream:
        return stream.read(_HEAD_BYTES).lstrip()


def _holds_objects(head: bytes) -> bool:
    return head.startswith(b"{")


def _looks_like_mail(head: bytes) -> bool:
    name, colon, _ = head.partition(b"\n")[0].partition(b":")
    return bool(colon) and name.replace(b"-", b"").isalnum()


def _read_folder(path: Path) -> Iterator[RawMessage | None]:
    files = sorted(file for file in path.rglob("*") if file.is_file() and not file.name.startswith("."))
    if not files:
        raise CorpusError(path, "is a folder without files")
    known = [file for file in files if file.name.lower().endswith(_KNOWN_ENDINGS)]
    # Exports of a PST file name their messages "1", "2" or "mbox", beside attachments of any ending.
    plain = [file for file in files if not file.suffix]
    for file in sorted([*known, *plain]) or files:
        try:
            yield from read_messages(file)
        except CorpusError:
            # One bad file among others is counted like one bad message.
            yield None
