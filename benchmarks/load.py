"""Measures how many people can type at once: an open-loop simulation over HTTP.

    python -m benchmarks.load --data mail.jsonl.gz --typists 20,60,120,200
    python -m benchmarks.load --typists 120 --replicas 1,2 --rounds 5

Starts the service as a process of its own, unless `--url` names one, and prints a table and one JSON line.
Services of several numbers of replicas take turns, round by round. The generator shares the machine's cores
with the service.
"""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import click
import numpy as np

from benchmarks.people.traffic import Outcome, send
from benchmarks.people.typists import Keystroke, keystrokes, load_texts
from benchmarks.reporting.options import COUNT, FILE, FOLDER, POSITIVE, Benchmark, counts
from benchmarks.reporting.report import Report, card_name
from benchmarks.systems.serving import Service, running

ANSWERED, SUPERSEDED, SHED = 200, 409, 429


@click.command(cls=Benchmark)
@click.option("--data", type=FILE, help="Mail whose messages are typed; else invented.")
@click.option(
    "--typists", type=counts, default="20,60,120,160,200", show_default=True, help="How many, with commas."
)
@click.option("--seconds", type=POSITIVE, default=15.0, show_default=True, help="Length of each run.")
@click.option(
    "--warm-up",
    type=click.FloatRange(min=0),
    default=3.0,
    show_default=True,
    help="Seconds at its start that are not counted.",
)
@click.option(
    "--rounds", type=COUNT, default=1, show_default=True, help="Runs of each; the table shows medians."
)
@click.option("--url", help="A service that runs already; its own CPU and memory are not measured then.")
@click.option("--bundle", type=FOLDER, help="Bundle to serve.")
@click.option("--device", type=click.Choice(["cpu", "cuda"]), default="cpu", show_default=True)
@click.option(
    "--replicas",
    type=counts,
    default="1",
    show_default=True,
    help="Processes that hold the model; several numbers, with commas, take turns.",
)
@click.option("--seed", default=0, show_default=True)
def main(
    data: Path | None,
    typists: tuple[int, ...],
    seconds: float,
    warm_up: float,
    rounds: int,
    url: str | None,
    bundle: Path | None,
    device: str,
    replicas: tuple[int, ...],
    seed: int,
) -> None:
    """Measure latency, shedding and CPU at several numbers of simultaneous writers."""
    texts = load_texts(data)
    report = Report(
        "load",
        [
            "typists",
            "replicas",
            "asked/s",
            "p50 ms",
            "p95 ms",
            "p99 ms",
            "superseded",
            "shed",
            "shed p99 ms",
            "failed",
            "livez p99 ms",
            "service CPU",
            "web ms",
            "model ms",
        ],
    )
    if warm_up >= seconds:
        raise click.BadParameter(f"--warm-up {warm_up:g} leaves nothing of --seconds {seconds:g}")
    if url is not None and len(replicas) > 1:
        raise click.BadParameter("--url names one service, --replicas several")
    with ExitStack() as stack:
        services = {
            count: stack.enter_context(
                running(url, bundle, "--device", device, "--replicas", str(count), "--no-spare")
            )
            for count in replicas
        }
        for number in typists:
            runs: dict[int, list[dict[str, float]]] = {count: [] for count in services}
            for turn in range(rounds):
                for count, service in services.items():
                    runs[count].append(_run(service, texts, number, seconds, warm_up, seed + turn))
            for count, measured in runs.items():
                middle = {key: float(np.median([run[key] for run in measured])) for key in measured[0]}
                row = {"typists": number, "replicas": count, **middle}
                report.add(list(row.values()), row)
    report.show(card=card_name(device), rounds=rounds)


def _run(
    service: Service, texts: list[str], typists: int, seconds: float, warm_up: float, seed: int
) -> dict[str, float]:
    keys = keystrokes(texts, typists=typists, seconds=seconds, seed=seed)
    before, web_before = service.cpu_seconds(), service.web_seconds()
    began = time.perf_counter()
    outcomes, health = asyncio.run(_both(service, keys, seconds))
    took = time.perf_counter() - began
    used, web = service.cpu_seconds() - before, service.web_seconds() - web_before
    each = 1000 / max(1, len(outcomes))
    counted = [one for one in outcomes if one.pressed >= warm_up]
    statuses = Counter(one.status for one in counted)
    times = np.array([one.seconds for one in counted if one.status == ANSWERED]) * 1000
    shedding = np.array([one.seconds for one in counted if one.status == SHED]) * 1000
    p50, p95, p99 = np.percentile(times, (50, 95, 99)) if len(times) else (np.nan,) * 3
    failed = (
        len(keys)
        - len(outcomes)
        + sum(count for status, count in statuses.items() if status not in (ANSWERED, SUPERSEDED, SHED))
    )
    return {
        "asked_per_second": len(keys) / seconds,
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "superseded": statuses[SUPERSEDED],
        "shed": statuses[SHED],
        "shed_p99_ms": float(np.percentile(shedding, 99)) if len(shedding) else 0.0,
        "failed": failed,
        "livez_p99_ms": float(np.percentile(health, 99)) * 1000 if health else float("nan"),
        "service_cores": used / took,
        "web_cpu_ms": web * each,
        "model_cpu_ms": (used - web) * each,
    }


async def _both(
    service: Service, keys: Sequence[Keystroke], seconds: float
) -> tuple[list[Outcome], list[float]]:
    parts = urlsplit(service.url)
    assert parts.hostname is not None
    assert parts.port is not None
    asking = asyncio.create_task(send(keys, parts.hostname, parts.port))
    health = await _watch(parts.hostname, parts.port, seconds)
    return await asking, health


async def _watch(host: str, port: int, seconds: float) -> list[float]:
    """The seconds of each /livez request, ten requests a second."""
    reader, writer = await asyncio.open_connection(host, port)
    times = []
    end = time.perf_counter() + seconds
    while time.perf_counter() < end:
        began = time.perf_counter()
        writer.write(f"GET /livez HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
        await reader.readexactly(length)
        times.append(time.perf_counter() - began)
        await asyncio.sleep(0.1)
    writer.close()
    return times


if __name__ == "__main__":
    main()
