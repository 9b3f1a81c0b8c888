"""One training at a time in a folder."""

from pathlib import Path

from filelock import BaseFileLock, FileLock, Timeout

from inkling.models.networks.config import ConfigError


def lock_folder(folder: Path) -> BaseFileLock:
    """Lock the folder until the lock is released or the process ends in any way.

    Raises ConfigError where another training has it.
    """
    lock = FileLock(folder / "lock", thread_local=False)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise ConfigError(
            f"{folder}: another training is at work there; wait for its end, or give another --out"
        ) from None
    return lock
