"""Measures whether memory stays flat during minutes of typing in drafts that only grow.

    python -m benchmarks.endurance --data mail.jsonl.gz --minutes 10

Every writer types one endless draft, message after message, until the run ends. The exit code is 1 where
memory grows more than `--growth-mib` after the warm-up, or where requests fail.
"""

import asyncio
import math
import sys
from pathlib import Path
from urllib.parse import urlsplit

import click
import numpy as np

from benchmarks.people.traffic import Outcome, send
from benchmarks.people.typists import Keystroke, keystrokes, load_texts
from benchmarks.reporting.bounds import Bound, growth, verdict
from benchmarks.reporting.options import COUNT, FILE, FOLDER, POSITIVE, Benchmark
from benchmarks.reporting.report import Report
from benchmarks.systems.serving import Service, running

_LONGEST = 20_000
_ANSWERED, _SUPERSEDED, _REFUSED = 200, 409, 429


@click.command(cls=Benchmark)
@click.option("--data", type=FILE, help="Mail whose messages are typed; else invented.")
@click.option("--typists", type=COUNT, default=60, show_default=True)
@click.option("--minutes", type=POSITIVE, default=10.0, show_default=True)
@click.option(
    "--points", type=click.IntRange(min=2), default=10, show_default=True, help="How often the size is noted."
)
@click.option(
    "--warm-up",
    type=click.FloatRange(0, 1, max_open=True),
    default=0.2,
    show_default=True,
    help="Share of the run in which memory may grow.",
)
@click.option(
    "--growth-mib", type=POSITIVE, default=32.0, show_default=True, help="Bound on its growth after that."
)
@click.option("--bundle", type=FOLDER, help="Bundle to serve.")
@click.option("--seed", default=0, show_default=True)
def main(
    data: Path | None,
    typists: int,
    minutes: float,
    points: int,
    warm_up: float,
    growth_mib: float,
    bundle: Path | None,
    seed: int,
) -> None:
    """Watch the service's memory while drafts grow."""
    if points - math.ceil(points * warm_up) < 2:
        raise click.BadParameter(f"--points {points} leaves no two after the warm-up")
    texts = load_texts(data)
    seconds = minutes * 60
    drafts = [_draft(texts, first) for first in range(0, len(texts), max(1, len(texts) // 20))]
    keys = keystrokes(drafts, typists=typists, seconds=seconds, seed=seed)
    report = Report("endurance", ["minute", "resident MiB", "p50 ms", "p99 ms", "answered", "others"])
    with running(None, bundle) as service:
        outcomes, sizes = asyncio.run(_both(service, keys, seconds, points))
    for point, size in enumerate(sizes):
        part = [one for one in outcomes if point <= one.pressed / seconds * points < point + 1]
        times = [one.seconds * 1000 for one in part if one.status == _ANSWERED]
        p50, p99 = map(float, np.percentile(times, (50, 99))) if times else (None, None)
        minute = (point + 1) * minutes / points
        row = [minute, size / 2**20, p50, p99, len(times), len(part) - len(times)]
        report.add(row, {"minute": minute, "resident_bytes": size, "p50_ms": p50, "p99_ms": p99})
    grown = growth([size / 2**20 for size in sizes], warm_up)
    ended = [one.status for one in outcomes if one.status in (_ANSWERED, _SUPERSEDED, _REFUSED)]
    failed = len(keys) - len(ended)
    report.show(typists=typists, growth_mib=grown, failed=failed)
    bounds = [Bound("growth of memory, MiB", grown, growth_mib), Bound("failures", failed, 0)]
    sys.exit(verdict(bounds))


def _draft(texts: list[str], first: int) -> str:
    """Messages one after another, up to the longest prefix that the service takes."""
    joined, number = "", first
    while len(joined) < _LONGEST:
        joined += texts[number % len(texts)] + "\n\n"
        number += 1
    return joined[:_LONGEST]


async def _both(
    service: Service, keys: list[Keystroke], seconds: float, points: int
) -> tuple[list[Outcome], list[int]]:
    parts = urlsplit(service.url)
    assert parts.hostname is not None
    assert parts.port is not None
    asking = asyncio.create_task(send(keys, parts.hostname, parts.port))
    sizes = []
    for _ in range(points):
        await asyncio.sleep(seconds / points)
        sizes.append(service.resident_bytes())
    return await asking, sizes


if __name__ == "__main__":
    main()
