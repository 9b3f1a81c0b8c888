"""A folder with little room, which can be filled to the last byte."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks.reporting.extras import missing

try:
    import psutil
except ModuleNotFoundError:
    missing("psutil", "benchmarks")

_PAGE = 4096


@dataclass(frozen=True, slots=True)
class SmallDisk:
    """A file system of its own of one megabyte, or a stand-in for it: a plain folder.

    In the stand-in, no file of the writing process may grow beyond the size of the largest file
    (RLIMIT_FSIZE).
    """

    folder: Path
    is_mounted: bool

    def __str__(self) -> str:
        return "tmpfs of 1 MB" if self.is_mounted else "a plain folder, full by RLIMIT_FSIZE"

    @contextmanager
    def full(self, writer: psutil.Process) -> Iterator[None]:
        """No room for the files of `writer`, for the time of the block."""
        if not self.is_mounted:
            before = writer.rlimit(psutil.RLIMIT_FSIZE)
            largest = max(path.stat().st_size for path in self.folder.rglob("*") if path.is_file())
            writer.rlimit(psutil.RLIMIT_FSIZE, (largest, before[1]))
            try:
                yield
            finally:
                with suppress(psutil.NoSuchProcess):
                    writer.rlimit(psutil.RLIMIT_FSIZE, before)
            return
        filler = self.folder / "filler"
        try:
            with filler.open("wb", buffering=0) as file, suppress(OSError):
                while True:
                    file.write(bytes(_PAGE))
            yield
        finally:
            filler.unlink()

    def holds(self, text: str) -> bool:
        """Whether any file holds a text."""
        return any(text.encode() in path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


@contextmanager
def small_disk() -> Iterator[SmallDisk]:
    """A small disk for the time of the block; the stand-in where none may be mounted."""
    with tempfile.TemporaryDirectory(prefix="inkling-faults-") as name:
        command = ["mount", "-t", "tmpfs", "-o", "size=1m,mode=700", "tmpfs", name]
        try:
            is_mounted = not subprocess.run(command, capture_output=True, check=False).returncode
        except FileNotFoundError:
            is_mounted = False
        try:
            yield SmallDisk(Path(name), is_mounted)
        finally:
            if is_mounted:
                subprocess.run(["umount", name], check=True)
