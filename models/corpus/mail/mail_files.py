"""Messages from mbox files, Maildir folders and folders of EML files."""

import re
from collections.abc import Iterator
from os import SEEK_END
from pathlib import Path
from typing import BinaryIO

from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.corpus.mail.mail_parts import parse_mail
from inkling.models.corpus.mail.message import RawMessage

_MAX_MESSAGE = 1 << 26
_HEADER = re.compile(rb"[A-Za-z][\w-]*:")
_QUOTED_FROM = re.compile(rb">+From ")
_LENGTH = re.compile(rb"Content-Length:\s*(\d{1,12})\s*$", re.IGNORECASE)
_DATE_PARTS = tuple(
    map(
        re.compile,
        (
            rb"\b(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)\b",
            rb"\b(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\b",
            rb"\b\d{1,2}:\d\d",
            rb"\b(?:19|20)\d\d\b",
        ),
    )
)


def read_mbox(path: Path) -> Iterator[RawMessage | None]:
    """Yield the messages of an mbox file, None for those without text."""
    try:
        with path.open("rb") as stream:
            for number, content in enumerate(_mbox_messages(stream)):
                yield parse_mail(content, path.stem, f"{path.name}:{number}")
    except OSError as error:
        raise CorpusError(path, f"cannot be read: {error.strerror or error}") from error


def _mbox_messages(stream: BinaryIO) -> Iterator[bytes]:
    """The bytes of each message, without the line that separates it from the one before.

    A line of text may begin with "From " too. A separator has a date or nothing behind that word, and a
    header on the next line, as Thunderbird requires. One ">" is removed from a quoted "From ". If a message's
    Content-Length ends at a separator or at the end of the file (mboxcl2), it decides instead, because such a
    file quotes nothing.
    """
    lines: list[bytes] = []
    size, begun, in_headers, length = 0, False, False, 0
    line = stream.readline()
    while line:
        following = stream.readline()
        if line.startswith(b"From ") and (not begun or _separates(line, following)):
            if begun:
                yield b"".join(lines)
            lines, size, begun, in_headers, length = [], 0, True, True, 0
        elif begun or line.strip():
            begun = True
            if size < _MAX_MESSAGE:
                lines.append(line[1:] if _QUOTED_FROM.match(line) else line)
                size += len(line)
            counted = _LENGTH.match(line) if in_headers else None
            if counted:
                length = int(counted.group(1))
            elif in_headers and not line.strip():
                in_headers = False
                start = stream.tell() - len(following)
                if length and _ends_message(stream, start + length):
                    stream.seek(start)
                    lines.append(stream.read(min(length, _MAX_MESSAGE)))
                    stream.seek(start + length)
                    following = stream.readline()
                    while following and not following.strip():
                        following = stream.readline()
                else:
                    stream.seek(start + len(following))
        line = following
    if begun:
        yield b"".join(lines)


def _ends_message(stream: BinaryIO, position: int) -> bool:
    """Whether a separator or the end of the file follows at a position, after blank lines."""
    end = stream.seek(0, SEEK_END)
    if position > end:
        return False
    stream.seek(position - 1)
    if stream.read(1) != b"\n" and position != end:
        return False
    line = stream.readline()
    while line and not line.strip():
        line = stream.readline()
    return not line or (line.startswith(b"From ") and _separates(line, stream.readline()))


def _separates(line: bytes, following: bytes) -> bool:
    # The parts of the date may stand in any order, behind an address or a dash.
    dated = not line[5:].strip() or all(part.search(line) for part in _DATE_PARTS)
    return dated and _HEADER.match(following) is not None


def is_maildir(path: Path) -> bool:
    """Whether a folder has the shape of a Maildir."""
    return (path / "cur").is_dir() and (path / "new").is_dir()


def read_maildir(path: Path) -> Iterator[RawMessage | None]:
    """Yield the messages of a Maildir and its subfolders; nothing in it is moved or marked."""
    folders = [
        path,
        *sorted(child for child in path.iterdir() if child.name.startswith(".") and is_maildir(child)),
    ]
    for folder in folders:
        for place in ("cur", "new"):
            yield from _read_each(sorted((folder / place).iterdir()), path.name)


def read_eml(files: list[Path], corpus: str) -> Iterator[RawMessage | None]:
    """Yield a message for each file, or None for a file that cannot be read."""
    return _read_each(files, corpus)


def _read_each(files: list[Path], corpus: str) -> Iterator[RawMessage | None]:
    for file in files:
        if not file.is_file():
            continue
        try:
            with file.open("rb") as stream:
                content = stream.read(_MAX_MESSAGE)
        except OSError:
            yield None
        else:
            yield parse_mail(content, corpus, file.name)
