"""Shows what people notice while parts of a company's setup fail, and whether any answer was wrong.

    python -m benchmarks.outages --typists 12 --seconds 6

Two services, two Redis servers and HAProxy run on this machine. People type through the proxy all the while,
and ask again when no answer comes. Others send messages of which the service learns. Afterwards every answer
is compared with that of a service that nothing happened to and that knows no draft. The exit code is 1 if an
answer was wrong, a keystroke was never answered, or an acknowledged message was lost.
"""

import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable
from itertools import chain
from pathlib import Path

import click
import httpx
import numpy as np

from benchmarks.people.patient import TIMEOUT, Notes, Typed, lost, send_on, type_on
from benchmarks.reporting.report import Report
from benchmarks.systems.company import Company, company
from benchmarks.systems.serving import running
from benchmarks.trials.company_cases import CASES, CLOCK, Case

_QUIET = 2.0
"""Seconds without harm before and after each case."""


@click.command()
@click.option("--typists", default=12, show_default=True)
@click.option("--senders", default=3, show_default=True, help="People whose messages are learned.")
@click.option("--seconds", default=6.0, show_default=True, help="How long each harm lasts.")
@click.option(
    "--case", "names", multiple=True, type=click.Choice(list(CASES)), help="Only this one; repeatable."
)
@click.option("--bundle", type=click.Path(path_type=Path), help="Bundle to serve.")
def main(typists: int, senders: int, seconds: float, names: tuple[str, ...], bundle: Path | None) -> None:
    """Do harm to a company's parts while people type."""
    columns = ["harm", "keys", "wrong", "never", "asked again", "p50 ms", "p99 ms", "slowest ms", "learned"]
    report = Report("outages", [*columns, "refused", "lost"])
    rows: list[tuple[str, Notes, int]] = []
    wanted = names or tuple(CASES)
    # All requests come from one address, so no limit by address may count.
    options = ("--max-connections-per-address", "2000", "--max-wait-ms", "1000", "--max-queue", "1000")
    with tempfile.TemporaryDirectory(prefix="inkling-outages-") as folder:
        with company(Path(folder), bundle, *options) as parts:
            if parts.clock is None and CLOCK in wanted:
                raise SystemExit("faketime is not installed; on Debian: apt-get install faketime")
            for number, name in enumerate(wanted):
                notes = asyncio.run(_live_through(parts, CASES[name], str(number), typists, senders, seconds))
                rows.append((name, notes, lost(parts.url, notes.kept)))
        right = _answers(bundle, {one.prefix for _, notes, _ in rows for one in notes.typed})
    good = True
    for name, notes, missing in rows:
        wrong = sum(one.answered and one.texts != right[one.prefix] for one in notes.typed)
        never = sum(not one.answered for one in notes.typed)
        good = good and not wrong and not never and not missing
        _add(report, name, notes, wrong, never, missing)
    report.show(typists=typists, senders=senders, seconds=seconds)
    sys.exit(0 if good else 1)


async def _live_through(
    parts: Company, case: Case, name: str, typists: int, senders: int, seconds: float
) -> Notes:
    # Users and drafts of its own: what an earlier case left behind proves nothing here.
    notes, over = Notes(name=name), asyncio.Event()
    people = [asyncio.create_task(type_on(parts.url, one, notes, over)) for one in range(typists)]
    people += [asyncio.create_task(send_on(parts.url, one, notes, over)) for one in range(senders)]
    await asyncio.sleep(_QUIET)
    try:
        await asyncio.to_thread(case, parts, seconds)
        await asyncio.sleep(_QUIET)
    finally:
        over.set()
        await asyncio.gather(*people)
    return notes


def _answers(bundle: Path | None, prefixes: Iterable[str]) -> dict[str, tuple[tuple[str, float], ...]]:
    """The right answers, from a service of its own that keeps no draft."""
    found = {}
    with running(None, bundle, "--max-wait-ms", "60000") as service, httpx.Client(timeout=TIMEOUT) as client:
        for prefix in sorted(prefixes):
            body = {"prefix": prefix, "min_confidence": 0, "interruption_ms": 0}
            answer = client.post(f"{service.url}/v1/suggestions", json=body).raise_for_status().json()
            texts = ((str(one["text"]), round(float(one["confidence"]), 6)) for one in answer["suggestions"])
            found[prefix] = tuple(texts)
    return found


def _add(report: Report, name: str, notes: Notes, wrong: int, never: int, missing: int) -> None:
    typed: list[Typed] = notes.typed
    again = Counter(chain.from_iterable(one.statuses[:-1] for one in typed))
    times = np.array([one.seconds * 1000 for one in typed if one.answered])
    p50, p99 = (float(np.percentile(times, share)) for share in (50, 99))
    refused = Counter(notes.refused)
    kept = sum(map(len, notes.kept.values()))
    cells = [name, len(typed), wrong, never, _told(again)]
    row = {
        "harm": name,
        "keys": len(typed),
        "wrong": wrong,
        "never": never,
        "first_statuses": dict(again),
        "p50_ms": p50,
        "p99_ms": p99,
        "slowest_ms": float(times.max()),
        "learned": kept,
        "refused": dict(refused),
        "lost": missing,
    }
    report.add([*cells, p50, p99, float(times.max()), kept, _told(refused), missing], row)


def _told(counts: Counter[int]) -> str:
    names = {0: "cut"}
    return ", ".join(f"{count} x {names.get(status, status)}" for status, count in counts.items()) or "none"


if __name__ == "__main__":
    main()
