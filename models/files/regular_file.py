"""Reads a file by a path that a user gave, only if it is a regular file."""

import errno
import os
import stat
from pathlib import Path


def open_regular(path: Path) -> int:
    """A descriptor to read the file with. Raises `OSError` at once if it is no regular file.

    Opening a FIFO the usual way waits for a writer. A device may have no end.
    """
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return descriptor
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), str(path))
    raise OSError(errno.EINVAL, "not a regular file", str(path))


def read_regular(path: Path) -> bytes:
    """The content of a regular file. Raises `OSError` at once if there is none."""
    with open(open_regular(path), "rb") as file:
        return file.read()


def check_regular(path: Path) -> None:
    """For files that a library opens by their path. Raises `OSError` where it is not a regular file."""
    os.close(open_regular(path))
