"""How much of the machine the control groups of this process allow: a container has less than the machine."""

import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

_UNBOUNDED = 1 << 60
"""Version 1 writes a number about as large where there is no limit."""


class ControlGroups:
    """Reads version 2 and version 1. Anything that cannot be read is no limit."""

    def __init__(self, proc: Path = Path("/proc"), mounts: Path = Path("/sys/fs/cgroup")) -> None:
        self._proc, self._mounts = proc, mounts

    def cores(self) -> float | None:
        """Processors' worth of time that may be used; None for no limit."""
        return min(self._cores(), default=None)

    def free_memory(self) -> int | None:
        """Bytes that may still be taken; None for no limit."""
        return min(self._free_memory(), default=None)

    def _cores(self) -> Iterator[float]:
        for folder in self._folders(""):
            quota, _, period = _text(folder / "cpu.max").partition(" ")
            if quota.isdigit() and period.isdigit():
                yield int(quota) / int(period)
        for folder in self._folders("cpu"):
            microseconds, whole = _number(folder / "cpu.cfs_quota_us"), _number(folder / "cpu.cfs_period_us")
            if microseconds is not None and whole and microseconds > 0:
                yield microseconds / whole

    def _free_memory(self) -> Iterator[int]:
        for controller, limit, used in (
            ("", "memory.max", "memory.current"),
            ("memory", "memory.limit_in_bytes", "memory.usage_in_bytes"),
        ):
            for folder in self._folders(controller):
                most, taken = _number(folder / limit), _number(folder / used)
                if most is not None and taken is not None and most < _UNBOUNDED:
                    # What the system keeps of files goes first when memory is needed.
                    yield max(0, most - taken + _statistic(folder / "memory.stat", "inactive_file"))

    def _folders(self, controller: str) -> Iterator[Path]:
        """The groups that hold this process, inmost first; with a namespace of its own only the outmost."""
        for line in _text(self._proc / "self" / "cgroup").splitlines():
            _, controllers, path = line.split(":", 2)
            if controller not in controllers.split(","):
                continue
            top = self._mounts / controller if controller else self._mounts
            folder = top / path.lstrip("/")
            while folder != top:
                yield folder
                folder = folder.parent
            yield top


def usable_cores(groups: ControlGroups | None = None) -> float:
    """Processors' worth of time that this process may use, of those that it may run on."""
    listed, allowed = len(os.sched_getaffinity(0)), (groups or ControlGroups()).cores()
    return listed if allowed is None else min(listed, allowed)


def _text(path: Path) -> str:
    with suppress(OSError, UnicodeDecodeError):
        return path.read_text().strip()
    return ""


def _number(path: Path) -> int | None:
    text = _text(path)
    return int(text) if text.lstrip("-").isdigit() else None


def _statistic(path: Path, name: str) -> int:
    for line in _text(path).splitlines():
        key, _, value = line.partition(" ")
        if key == name and value.isdigit():
            return int(value)
    return 0
