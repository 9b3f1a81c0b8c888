"""Shows the progress of long work: bars on a terminal, elsewhere a line from time to time."""

import time
from dataclasses import dataclass
from types import TracebackType

from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TaskID,
    TextColumn,
    TimeRemainingColumn,
)

_SECONDS = 30.0
"""A line is written at most this often for a phase, besides that of its end."""


@dataclass(slots=True)
class _Phase:
    """The progress of a phase. A `total` of 0 means that it is not known."""

    done: float
    total: int
    task: TaskID | None
    told_at: float
    ended_at: int = 0


class Phases:
    """The phases of one piece of work. Each is named when its progress is first reported."""

    def __init__(self, console: Console, *, transient: bool = False) -> None:
        """`transient` bars are gone when the work is done."""
        self._console = console
        self._phases: dict[str, _Phase] = {}
        # Without a terminal, rich would only write an empty line for each set of bars.
        self._bars = _bars(console, transient) if console.is_interactive else None

    def __enter__(self) -> "Phases":
        if self._bars is not None:
            self._bars.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bars is not None:
            self._bars.stop()

    def tell(self, name: str, done: float, total: int, note: str = "") -> None:
        """Report that `done` of `total` is done. A total of 0 means that it is not known."""
        phase = self._phases.get(name)
        if phase is None:
            task = None if self._bars is None else self._bars.add_task(name, total=None, note="")
            phase = self._phases[name] = _Phase(done, total, task, time.monotonic())
            if self._bars is None and not total and not done:
                self.say(f"{name}: begun")
        phase.done, phase.total = done, total
        if self._bars is not None and phase.task is not None:
            self._bars.update(phase.task, completed=done, total=total or None, note=note)
        else:
            self._write(name, phase, note)

    def advance(self, name: str, count: float, note: str = "") -> None:
        """Report that `count` more is done of a phase that was reported before."""
        phase = self._phases[name]
        self.tell(name, phase.done + count, phase.total, note)

    def say(self, line: str) -> None:
        """Write a line above the bars."""
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def _write(self, name: str, phase: _Phase, note: str) -> None:
        ended = 0 < phase.total <= phase.done
        now = time.monotonic()
        if ended and phase.ended_at == phase.total:
            return
        if not ended and now - phase.told_at < _SECONDS:
            return
        phase.ended_at, phase.told_at = phase.total if ended else 0, now
        reached = f"{int(phase.done):,}" + (f" of {phase.total:,}" if phase.total else "")
        self.say(f"{name}: {reached}{f'  {note}' if note else ''}")


def _bars(console: Console, transient: bool) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
        console=console,
        transient=transient,
    )
