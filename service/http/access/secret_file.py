"""A file of secrets: lines that not everybody of the machine may read."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from inkling.models.files.regular_file import open_regular


class SecretFileError(Exception):
    """The file cannot be used; the message says why, in one line, without its content."""


def secret_lines(path: Path, what: str) -> Iterator[tuple[int, str]]:
    """The numbered lines of a file that are neither blank nor comments, stripped.

    `what` names the file in errors. Raises `SecretFileError` where it is missing, no text, or open to others.
    """
    try:
        with open(open_regular(path), "rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if mode & (stat.S_IROTH | stat.S_IWOTH):
                raise SecretFileError(f"{path} is open to every user of this machine: run chmod 640 {path}")
            # Some editors begin a file with a byte-order mark.
            lines = file.read().decode("utf-8-sig").splitlines()
    except OSError as error:
        raise SecretFileError(f"cannot read {what} {path}: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SecretFileError(f"{what} {path} is not text") from None
    for number, line in enumerate(map(str.strip, lines), start=1):
        if line and not line.startswith("#"):
            yield number, line
