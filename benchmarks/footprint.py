"""Measures memory and start-up: bytes of a session, memory of the process, time to the first suggestion.

    python -m benchmarks.footprint --data mail.jsonl.gz --drafts 10000

Opens this many drafts over HTTP, each with a real message in it, and reads the process's resident memory on
the way. `--session-bytes` bounds the memory that the service may use for them.
"""

import time
from pathlib import Path

import click
import httpx

from benchmarks.people.typists import load_texts
from benchmarks.reporting.options import COUNT, FILE, FOLDER, Benchmark
from benchmarks.reporting.report import Report
from benchmarks.systems.serving import running

_MEBIBYTE = 1024 * 1024


@click.command(cls=Benchmark)
@click.option("--data", type=FILE, help="Mail to open drafts of; else invented.")
@click.option("--bundle", type=FOLDER, help="Bundle to serve.")
@click.option("--drafts", type=COUNT, default=10_000, show_default=True)
@click.option("--session-bytes", type=COUNT, default=1 << 30, show_default=True)
def main(data: Path | None, bundle: Path | None, drafts: int, session_bytes: int) -> None:
    """Measure memory and start-up."""
    texts = load_texts(data)
    report = Report("footprint", ["drafts", "resident MiB", "bytes a draft", "kept sessions"])
    with running(None, bundle, "--session-bytes", str(session_bytes)) as service, httpx.Client() as client:
        began = time.perf_counter()
        client.post(f"{service.url}/v1/suggestions", json={"prefix": "Can we schedule a meeting"})
        first = service.ready_seconds + time.perf_counter() - began
        empty = service.resident_bytes()
        report.add([0, empty / _MEBIBYTE, 0, 0], {"drafts": 0, "resident_bytes": empty})
        for number in range(1, drafts + 1):
            body = {"prefix": texts[number % len(texts)], "session_id": f"draft{number}"}
            client.post(f"{service.url}/v1/suggestions", json=body).raise_for_status()
            if number % max(drafts // 5, 1) == 0:
                resident = service.resident_bytes()
                kept = _metric(client.get(f"{service.url}/metrics").text, "inkling_sessions")
                each = (resident - empty) / number
                report.add(
                    [number, resident / _MEBIBYTE, each, kept],
                    {"drafts": number, "resident_bytes": resident, "kept": kept},
                )
    report.show(ready_seconds=service.ready_seconds, first_suggestion_seconds=first)


def _metric(text: str, name: str) -> float:
    for line in text.splitlines():
        if line.startswith(f"{name} "):
            return float(line.split()[1])
    return float("nan")


if __name__ == "__main__":
    main()
