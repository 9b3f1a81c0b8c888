"""Measures what writers notice when a process that holds the model is killed under load.

    python -m benchmarks.killed --typists 40 --replicas 2 --kills 5

The service keeps a spare. A process is killed when a spare is ready, so each kill is like the first.
"""

import asyncio
import re
import time
import urllib.request
from collections import Counter
from pathlib import Path
from urllib.parse import urlsplit

import click
import numpy as np

from benchmarks.load import ANSWERED
from benchmarks.people.traffic import Outcome, send
from benchmarks.people.typists import Keystroke, keystrokes, load_texts
from benchmarks.reporting.report import Report
from benchmarks.systems.serving import Service, running

_HEAD_START = 1.0
"""Of the load, see `send`."""

_FIRST = 4.0
_AFTER = 3.0
"""Seconds after a kill in which its effect is looked for."""

_PATIENCE = 120.0

_SPARE = re.compile(r"^inkling_spare_ready 1", re.MULTILINE)


@click.command()
@click.option("--data", type=click.Path(path_type=Path), help="Mail whose messages are typed; else invented.")
@click.option("--typists", default=40, show_default=True)
@click.option("--replicas", default=2, show_default=True)
@click.option("--seconds", default=60.0, show_default=True)
@click.option("--kills", default=5, show_default=True, help="At most so many.")
@click.option("--bundle", type=click.Path(path_type=Path), help="Bundle to serve.")
@click.option("--seed", default=0, show_default=True)
def main(
    data: Path | None, typists: int, replicas: int, seconds: float, kills: int, bundle: Path | None, seed: int
) -> None:
    """Kill processes of the model while people type."""
    keys = keystrokes(load_texts(data), typists=typists, seconds=seconds, seed=seed)
    report = Report("killed", ["kill at s", "longest pause ms", "longest elsewhere ms", "p99 ms", "not 200"])
    with running(None, bundle, "--replicas", str(replicas)) as service:
        _wait_for_spare(service)
        outcomes, moments = asyncio.run(_both(service, keys, seconds, kills))
    answers = np.sort([one.pressed + one.seconds for one in outcomes if one.status == ANSWERED])
    gaps = np.diff(answers)
    near = np.zeros(len(gaps), bool)
    for moment in moments:
        near |= (answers[1:] >= moment) & (answers[:-1] <= moment + _AFTER)
    elsewhere = float(gaps[~near].max()) * 1000
    for moment in moments:
        part = [one for one in outcomes if moment - 1 <= one.pressed <= moment + _AFTER]
        bad = Counter(one.status for one in part if one.status != ANSWERED)
        times = [one.seconds * 1000 for one in part if one.status == ANSWERED]
        pause = float(gaps[(answers[1:] >= moment) & (answers[:-1] <= moment + _AFTER)].max()) * 1000
        p99 = float(np.percentile(times, 99))
        row = {"at": moment, "pause_ms": pause, "elsewhere_ms": elsewhere, "p99_ms": p99, "others": dict(bad)}
        told = ", ".join(f"{count} x {status}" for status, count in bad.items()) or "none"
        report.add([moment, pause, elsewhere, p99, told], row)
    report.show(typists=typists, replicas=replicas, lost=len(keys) - len(outcomes))


async def _both(
    service: Service, keys: list[Keystroke], seconds: float, kills: int
) -> tuple[list[Outcome], list[float]]:
    parts = urlsplit(service.url)
    assert parts.hostname is not None
    assert parts.port is not None
    began = time.perf_counter() + _HEAD_START
    asking = asyncio.create_task(send(keys, parts.hostname, parts.port))
    moments: list[float] = []
    await asyncio.sleep(_HEAD_START + _FIRST)
    while len(moments) < kills and time.perf_counter() - began < seconds - _AFTER:
        if await asyncio.to_thread(_has_spare, service):
            service.workers()[0].kill()
            moments.append(time.perf_counter() - began)
            await asyncio.sleep(_AFTER)
        await asyncio.sleep(0.2)
    return await asking, moments


def _wait_for_spare(service: Service) -> None:
    end = time.monotonic() + _PATIENCE
    while not _has_spare(service):
        if time.monotonic() > end:
            raise SystemExit(f"there is no spare after {_PATIENCE:.0f} s")
        time.sleep(0.1)


def _has_spare(service: Service) -> bool:
    with urllib.request.urlopen(f"{service.url}/metrics", timeout=10) as answer:
        return _SPARE.search(answer.read().decode()) is not None


if __name__ == "__main__":
    main()
