"""Putting a folder in the place of another in one step."""

import ctypes
import os
import sys
from pathlib import Path

_AT_CURRENT_FOLDER = -100
_LINUX_EXCHANGE = 2
_MACOS_SWAP = 2


def exchange(one: Path, other: Path) -> None:
    """Let two folders of one file system take each other's place; both names are there at all times.

    Raises OSError where the system or the file system cannot do that.
    """
    library = ctypes.CDLL(None, use_errno=True)
    first, second = os.fsencode(one), os.fsencode(other)
    try:
        if sys.platform == "darwin":
            failed = library.renamex_np(first, second, ctypes.c_uint(_MACOS_SWAP))
        else:
            here = ctypes.c_int(_AT_CURRENT_FOLDER)
            failed = library.renameat2(here, first, here, second, ctypes.c_uint(_LINUX_EXCHANGE))
    except AttributeError:
        raise OSError(f"{other}: this system cannot exchange folders") from None
    if failed:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number), str(other))
