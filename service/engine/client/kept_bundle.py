"""A bundle as it was when it was taken, so that a lost worker comes back with the model that is served."""

import fcntl
import os
import shutil
import tempfile
import weakref
from contextlib import suppress
from pathlib import Path

from inkling.models.bundle.bundle import MANIFEST, BundleError, Manifest, read_manifest
from inkling.models.files.regular_file import open_regular

_PREFIX, _UNLOCKED = "inkling-served-", ".inkling-new-"


class KeptBundle:
    """A private copy of a bundle, in the system's folder of temporary files.

    Whoever puts another bundle in the place of this one changes nothing of the copy. Without a copy, workers
    read the bundle itself, and `digest` tells them to refuse any other. `why_not` says why there is no copy.
    The copy is locked while its service lives. One that a killed service left is removed by the next service.
    """

    def __init__(self, source: Path) -> None:
        """Raises BundleError where the bundle has no manifest that can be read."""
        self.source, self.why_not = source, ""
        self._copy: Path | None = None
        manifest = read_manifest(source)
        _remove_forsaken()
        try:
            self._copy, lock = _locked_folder()
            self._end = weakref.finalize(self, _remove, self._copy, lock)
            while not _copied(source, self._copy, manifest):  # another bundle took its place meanwhile
                manifest = read_manifest(source)
        except BundleError:
            self.remove()
            raise
        except OSError as error:
            self.remove()
            self._copy, self.why_not = None, error.strerror or type(error).__name__
        self.digest = manifest.digest

    @property
    def folder(self) -> Path:
        """Where a worker reads it."""
        return self._copy if self._copy is not None and (self._copy / MANIFEST).is_file() else self.source

    def public(self, message: str) -> str:
        """The message with the folder that the operator knows."""
        return message if self._copy is None else message.replace(str(self._copy), str(self.source))

    def remove(self) -> None:
        """Remove the copy. May be called again."""
        if self._copy is not None:
            self._end()


def _copied(source: Path, folder: Path, manifest: Manifest) -> bool:
    """Copy what the manifest lists; False where the manifest is another one at the end.

    Raises BundleError for a file that cannot be read.
    """
    for name in [one for one in manifest.files if Path(one).name == one] + [MANIFEST]:
        (folder / name).unlink(missing_ok=True)
        try:
            original = open_regular(source / name)
        except OSError as error:
            if read_manifest(source) != manifest:
                return False
            raise BundleError(f"bundle {source}: {name} cannot be read: {error.strerror}") from None
        with open(original, "rb") as reading, (folder / name).open("wb") as writing:
            shutil.copyfileobj(reading, writing)
    with suppress(BundleError):
        return read_manifest(folder) == manifest
    return False


def _locked_folder() -> tuple[Path, int]:
    """A new folder that nobody else may enter, and the descriptor that holds its lock."""
    unlocked = Path(tempfile.mkdtemp(prefix=_UNLOCKED))
    lock = os.open(unlocked, os.O_RDONLY | os.O_DIRECTORY)
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    # Only now has it the name that other services look for.
    return unlocked.rename(unlocked.with_name(_PREFIX + unlocked.name.removeprefix(_UNLOCKED))), lock


def _remove_forsaken() -> None:
    """Remove the copies of services of this user that were killed: nobody holds their lock."""
    for folder in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        with suppress(OSError):
            if folder.lstat().st_uid != os.getuid():
                continue
            lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                shutil.rmtree(folder)
            finally:
                os.close(lock)


def _remove(folder: Path, lock: int) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.close(lock)
