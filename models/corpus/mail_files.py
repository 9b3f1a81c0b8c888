"""Messages from mbox files, Maildir folders and folders of EML files."""

import mailbox
from collections.abc import Iterator
from email.errors import MessageError
from pathlib import Path

from models.corpus.errors import CorpusError
from models.corpus.mail_parts import parse_mail
from models.corpus.message import RawMessage

_MAX_MESSAGE = 1 << 26


def read_mbox(path: Path) -> Iterator[RawMessage | None]:
    """Yield the messages of an mbox file, None for those without text."""
    try:
        box = mailbox.mbox(path, create=False)
    except (OSError, mailbox.Error) as error:
        raise CorpusError(path, f"cannot be read: {error}") from error
    try:
        for key in box.iterkeys():
            try:
                content = box.get_bytes(key)
            except (OSError, MessageError, KeyError, ValueError):
                yield None
            else:
                yield parse_mail(content, path.stem, f"{path.name}:{key}")
    finally:
        box.close()


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
    """Yield a message a file, None for those that cannot be read."""
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
