"""Writes the folder of a bundle. A reader always finds the whole old bundle or the whole new one."""

import ctypes
import os
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

_AT_CURRENT_FOLDER = -100
_LINUX_EXCHANGE = 2
_MACOS_SWAP = 2


def replace_files(folder: Path, files: Mapping[str, bytes], last: str, owned: frozenset[str]) -> None:
    """Put `files` into `folder` as a unit. The file named `last` makes the folder a bundle.

    Old files whose names are in `owned` and not in `files` are removed. Everything else stays. A new folder
    is written beside one that holds a bundle, and replaces it. If the system cannot do that, or there is no
    bundle yet, the files are written one by one, `last` at the end. Raises OSError.
    """
    folder = folder.resolve()  # of a link, the folder behind it is replaced
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not (folder / last).exists():
        folder.mkdir(exist_ok=True)
        _write(folder, files, last)
        return
    beside = folder.with_name(f".{folder.name}.new")
    if beside.is_dir():  # left by a process that was killed
        _clear(beside, folder, owned)
    try:
        beside.mkdir()
    except PermissionError:
        _write_over(folder, files, last, owned)
        return
    try:
        beside.chmod(folder.stat().st_mode & 0o7777)
        _write(beside, files, last)
        try:
            exchange(beside, folder)
        except OSError:
            _write_over(folder, files, last, owned)
    finally:
        _clear(beside, folder, owned)


def _clear(beside: Path, folder: Path, owned: frozenset[str]) -> None:
    """Move files that are no part of a bundle to `folder`, then remove the folder that is not needed."""
    for kept in beside.iterdir():
        if kept.name.removesuffix(".partial") not in owned:
            os.replace(kept, folder / kept.name)
    shutil.rmtree(beside)


def _write(folder: Path, files: Mapping[str, bytes], last: str) -> None:
    for name in (*(name for name in files if name != last), last):
        partial = folder / f"{name}.partial"
        try:
            with partial.open("wb") as stream:
                stream.write(files[name])
                stream.flush()
                os.fsync(stream.fileno())
            os.replace(partial, folder / name)
        except BaseException:
            partial.unlink(missing_ok=True)
            raise


def _write_over(folder: Path, files: Mapping[str, bytes], last: str, owned: frozenset[str]) -> None:
    """Write into a folder that cannot be replaced as a whole."""
    _write(folder, files, last)
    for name in owned - files.keys():
        (folder / name).unlink(missing_ok=True)


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
