"""Do a few typists notice clients that ask for far more than they do?

    python -m benchmarks.greedy --typists 5 --greedy 0,1,8

A greedy client sends cold drafts of 20,000 characters with the widest search, one after the other as fast as
they are answered, never with a session. With `--short` each has 30 short requests in flight instead.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlsplit

import click
import httpx
import numpy as np

from benchmarks.people.traffic import Outcome, send
from benchmarks.people.typists import Keystroke, keystrokes, load_texts
from benchmarks.reporting.options import COUNT, FILE, FOLDER, POSITIVE, Benchmark, counts_or_none
from benchmarks.reporting.report import Report
from benchmarks.systems.serving import running

_SENTENCE = "Thank you for your mail about the meeting, I will look at the numbers and come back by noon. "
_CHARACTERS = 20_000
_SHORT_AT_ONCE = 30


def greedy_body(number: int) -> bytes:
    """A request for the most that one may ask for; texts of equal number are equal."""
    text = f"Case {number:06d}. " + _SENTENCE * (_CHARACTERS // len(_SENTENCE) + 1)
    options = {"beam_width": 16, "max_words": 15, "min_confidence": 0, "interruption_ms": 0}
    return json.dumps({"prefix": text[:_CHARACTERS], **options}).encode()


def short_body(number: int) -> bytes:
    """A request that is soon answered."""
    return json.dumps({"prefix": f"Can we meet on {number % 28 + 1} May"}).encode()


async def _ask_for_much(
    client: int, url: str, until: float, statuses: Counter[int], body: Callable[[int], bytes]
) -> None:
    number = client * 10_000
    async with httpx.AsyncClient(timeout=60.0) as session:
        while time.perf_counter() < until:
            number += 1
            answer = await session.post(
                f"{url}/v1/suggestions",
                content=body(number),
                headers={"Content-Type": "application/json"},
            )
            statuses[answer.status_code] += 1
            if answer.status_code == 429:
                await asyncio.sleep(0.2)


async def _both(
    url: str, keys: Sequence[Keystroke], greedy: int, seconds: float, *, short: bool
) -> tuple[list[Outcome], Counter[int]]:
    statuses: Counter[int] = Counter()
    until = time.perf_counter() + seconds + 1.0
    body = short_body if short else greedy_body
    others = [
        asyncio.create_task(_ask_for_much(number, url, until, statuses, body))
        for number in range(greedy * (_SHORT_AT_ONCE if short else 1))
    ]
    where = urlsplit(url)
    assert where.hostname is not None
    assert where.port is not None
    outcomes = await send(keys, where.hostname, where.port)
    await asyncio.gather(*others, return_exceptions=True)
    return outcomes, statuses


@click.command(cls=Benchmark)
@click.option("--data", type=FILE, help="Mail whose messages are typed; else invented.")
@click.option("--typists", type=COUNT, default=5, show_default=True, help="How many ordinary writers.")
@click.option(
    "--greedy",
    type=counts_or_none,
    default="0,1,8",
    show_default=True,
    help="How many greedy clients, with commas.",
)
@click.option("--short", is_flag=True, help="Many short requests at a time in place of long ones.")
@click.option("--seconds", type=POSITIVE, default=15.0, show_default=True, help="Length of each run.")
@click.option(
    "--rounds", type=COUNT, default=3, show_default=True, help="Runs of each; the table shows medians."
)
@click.option("--url", help="A service that runs already.")
@click.option("--bundle", type=FOLDER, help="Bundle to serve.")
@click.option("--seed", default=0, show_default=True)
def main(
    data: Path | None,
    typists: int,
    greedy: tuple[int, ...],
    short: bool,
    seconds: float,
    rounds: int,
    url: str | None,
    bundle: Path | None,
    seed: int,
) -> None:
    """Measure the latency of a few writers beside clients that ask for the most they may."""
    texts = load_texts(data)
    columns = [
        "greedy",
        "keys",
        "p50 ms",
        "p95 ms",
        "p99 ms",
        "refused",
        "failed",
        "greedy answered",
        "refused",
    ]
    report = Report("greedy", columns)
    with running(url, bundle) as service:
        for number in greedy:
            runs = []
            for turn in range(rounds):
                keys = keystrokes(texts, typists=typists, seconds=seconds, seed=seed + turn)
                outcomes, theirs = asyncio.run(_both(service.url, keys, number, seconds, short=short))
                runs.append(_figures(keys, outcomes, theirs))
            middle = {key: float(np.median([run[key] for run in runs])) for key in runs[0]}
            report.add([number, *middle.values()], {"greedy": number, **middle})
    report.show(card=None)


def _figures(
    keys: Sequence[Keystroke], outcomes: Sequence[Outcome], theirs: Counter[int]
) -> dict[str, float]:
    times = np.array([one.seconds for one in outcomes if one.status == 200]) * 1000
    p50, p95, p99 = np.percentile(times, (50, 95, 99)) if len(times) else (np.nan,) * 3
    ended = Counter(one.status for one in outcomes)
    return {
        "keys": len(keys),
        "p50_ms": p50,
        "p95_ms": p95,
        "p99_ms": p99,
        "refused": ended[429],
        "failed": len(keys) - ended[200] - ended[409] - ended[429],
        "greedy_answered": theirs[200],
        "greedy_refused": theirs[429],
    }


if __name__ == "__main__":
    main()
