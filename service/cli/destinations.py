"""Checks before hours of work whether the result can be written."""

from pathlib import Path

from inkling.models.files.writable import check_writable


def check_file(path: Path) -> None:
    """Raise OSError if no file can be written at `path`."""
    if path.is_dir():
        raise IsADirectoryError(f"{path}: is a folder, give the name of a file")
    if not path.parent.is_dir():
        raise FileNotFoundError(f"{path}: there is no folder {path.parent}")
    check_writable(path.parent)


def check_folder(path: Path) -> None:
    """Raise OSError if the folder `path` cannot be made, or exists and cannot be written to."""
    existing = path
    while not existing.exists() and existing != existing.parent:
        existing = existing.parent
    if not existing.is_dir():
        raise NotADirectoryError(f"{path}: {existing} is a file, not a folder")
    check_writable(existing)
