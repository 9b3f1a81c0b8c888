"""Whether a silent process is busy, or frozen."""

from dataclasses import dataclass
from pathlib import Path

_STOPPED = "TtZXx"
_RUNNING = "RD"


@dataclass(frozen=True, slots=True)
class VitalSigns:
    """What the system tells of a process: its state, a letter, and the clock ticks that it has computed."""

    state: str
    ticks: int


def vital_signs(process: int, folder: Path = Path("/proc")) -> VitalSigns | None:
    """The signs of a process of this number; None where the system does not tell."""
    try:
        text = (folder / str(process) / "stat").read_text()
    except OSError:
        return None
    fields = text[text.rindex(")") + 2 :].split()  # the name before it may hold anything
    return VitalSigns(fields[0], int(fields[11]) + int(fields[12]))


def is_frozen(before: VitalSigns | None, now: VitalSigns | None) -> bool:
    """Whether a process that has been silent since `before` is stopped, or sleeps without computing.

    One that computes, or waits for a processor or a disk, is busy. Unknown signs are no reason to end it.
    """
    if before is None or now is None:
        return False
    return now.state in _STOPPED or (now.state not in _RUNNING and now.ticks == before.ticks)
