"""Does a service that is asked ten times what it can answer stay quick, small and without failures?

    python -m benchmarks.overload --data mail.jsonl.gz --minutes 2 --wide

Measures first how many requests a second the service answers, then sends that many times `--times`. The
exit code is 1 where a bound does not hold. Answers are timed from the key press on, as the generator sees
them, and refusals as the service measures them. The table has both of both. The generator shares the
machine's cores with the service.

On few cores, ten times the capacity for ordinary searches is more than a generator can send and a process can
refuse. `--wide` asks for twice the beam, and for every search to its end, so that the capacity is smaller.
"""

import asyncio
import sys
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import click
import httpx

from benchmarks.overload.figures import ANSWERED, bounds_of, figures_of
from benchmarks.people.traffic import Outcome, send
from benchmarks.people.typists import MEAN_INTERVAL, keystrokes, load_texts
from benchmarks.reporting.bounds import verdict
from benchmarks.reporting.histograms import buckets, percentile
from benchmarks.reporting.options import COUNT, FILE, FOLDER, POSITIVE, Benchmark
from benchmarks.reporting.report import Report
from benchmarks.systems.serving import Service, running
from inkling.service.http.connections import raise_handle_limit

_MEBIBYTE = 1 << 20
_DRAFTS_MIB = 32
"""So little memory for drafts is full after seconds. What grows then is something else."""
_WIDE = {"beam_width": 8, "max_words": 8, "min_confidence": 0, "interruption_ms": 0}
_HISTOGRAMS = ("inkling_suggestion_seconds", "inkling_refusal_seconds")
_PROBE_SECONDS = 8.0
_PROBE_TYPISTS = 400
"""More than one service answers on any machine of today."""


@click.command(cls=Benchmark)
@click.option("--data", type=FILE, help="Mail whose messages are typed; else invented.")
@click.option("--minutes", type=POSITIVE, default=2.0, show_default=True)
@click.option(
    "--times", type=POSITIVE, default=10.0, show_default=True, help="How often the capacity is asked."
)
@click.option("--capacity", type=POSITIVE, help="Answers a second of the service; else measured first.")
@click.option(
    "--warm-up", type=POSITIVE, default=5.0, show_default=True, help="Seconds whose times do not count."
)
@click.option("--accepted-ms", type=POSITIVE, default=120.0, show_default=True, help="Bound on their p99.")
@click.option("--refused-ms", type=POSITIVE, default=10.0, show_default=True, help="Bound on their p99.")
@click.option(
    "--growth-mib", type=POSITIVE, default=64.0, show_default=True, help="Bound on memory's growth."
)
@click.option("--wide", is_flag=True, help="Ask for wide searches, each to its end.")
@click.option("--replicas", type=COUNT, default=1, show_default=True, help="Processes that hold the model.")
@click.option("--bundle", type=FOLDER, help="Bundle to serve.")
@click.option("--seed", default=0, show_default=True)
def main(
    data: Path | None,
    minutes: float,
    times: float,
    capacity: float | None,
    warm_up: float,
    accepted_ms: float,
    refused_ms: float,
    growth_mib: float,
    wide: bool,
    replicas: int,
    bundle: Path | None,
    seed: int,
) -> None:
    """Ask a service for far more than it can answer, and hold what it does against bounds."""
    texts, more = load_texts(data), _WIDE if wide else {}
    seconds = minutes * 60
    raise_handle_limit()  # each writer has two connections
    options = ("--replicas", str(replicas), "--no-spare", "--max-connections-per-address", "1000000")
    drafts = ("--session-bytes", str(_DRAFTS_MIB * _MEBIBYTE))
    with running(None, bundle, *options, *drafts) as service:
        if capacity is None:
            probe = _asked(service, texts, _PROBE_TYPISTS, _PROBE_SECONDS, seed, more)[1]
            capacity = sum(one.status == ANSWERED for one in probe) / _PROBE_SECONDS
        typists = max(1, round(times * capacity * MEAN_INTERVAL))
        before, read_before = service.resident_bytes() / _MEBIBYTE, _metrics(service)
        asked, outcomes = _asked(service, texts, typists, seconds, seed + 1, more)
        after, read_after = service.resident_bytes() / _MEBIBYTE, _metrics(service)
    answers, refusals = (
        1000 * percentile(buckets(read_before, name), buckets(read_after, name), 99) for name in _HISTOGRAMS
    )
    figures = figures_of(asked, outcomes, min(warm_up, seconds / 2), (answers, refusals), (before, after))
    row = {"typists": typists, "capacity_per_second": capacity, **figures.row()}
    report = Report("overload", list(row))
    report.add(list(row.values()), row)
    report.show(minutes=minutes, times=times, replicas=replicas, wide=wide)
    sys.exit(verdict(bounds_of(figures, accepted_ms, refused_ms, growth_mib)))


def _metrics(service: Service) -> str:
    return httpx.get(f"{service.url}/metrics", timeout=60, trust_env=False).text


def _asked(
    service: Service, texts: list[str], typists: int, seconds: float, seed: int, more: Mapping[str, object]
) -> tuple[int, list[Outcome]]:
    """How many keys so many people press, and what became of them."""
    keys = keystrokes(texts, typists=typists, seconds=seconds, seed=seed)
    where = urlsplit(service.url)
    assert where.hostname is not None
    assert where.port is not None
    return len(keys), asyncio.run(send(keys, where.hostname, where.port, more=more))


if __name__ == "__main__":
    main()
