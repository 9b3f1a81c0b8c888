"""Measures the time of one keystroke over HTTP by the words before the caret: one session, one connection.

    python -m benchmarks.typing.http_keystroke --data mail.jsonl.gz

The same words are typed behind texts of each length, and lengths alternate key by key. A request is encoded
before its time begins. "As served" ends a search when its choice is settled, "whole" goes on to its end.
Medians are shown, and how many times the shortest draft's the longest one's is.
"""

import http.client
import json
import time
from collections.abc import Mapping
from pathlib import Path
from random import Random
from urllib.parse import urlsplit

import click
import numpy as np

from benchmarks.keystroke import LENGTHS, text_to_type
from benchmarks.people.typists import load_texts
from benchmarks.reporting.options import COUNT, FILE, FOLDER, Benchmark
from benchmarks.reporting.report import Report
from benchmarks.systems.serving import running

_WAYS: Mapping[str, Mapping[str, object]] = {
    "as served": {},
    "whole": {"min_confidence": 0, "interruption_ms": 0},
}
_JSON = {"Content-Type": "application/json"}


@click.command(cls=Benchmark)
@click.option("--data", type=FILE, help="Mail whose messages are typed; else invented.")
@click.option("--bundle", type=FOLDER, help="Bundle to serve.")
@click.option("--rounds", type=COUNT, default=10, show_default=True)
@click.option("--keys", type=COUNT, default=40, show_default=True, help="Keys at each length in a round.")
def main(data: Path | None, bundle: Path | None, rounds: int, keys: int) -> None:
    """Time keystrokes over HTTP by the length of the draft."""
    texts = load_texts(data)
    times: dict[tuple[str, int], list[float]] = {(way, words): [] for way in _WAYS for words in LENGTHS}
    with running(None, bundle, "--no-spare") as service:
        where = urlsplit(service.url)
        assert where.hostname is not None
        client = http.client.HTTPConnection(where.hostname, where.port, timeout=60)
        for turn in range(rounds):
            drafts = {words: text_to_type(texts, words, Random(f"{turn}"), keys) for words in LENGTHS}
            for way, more in _WAYS.items():
                for left in range(keys + 1, 0, -1):
                    for words, text in drafts.items():
                        asked = {"prefix": text[:-left], "session_id": f"{way[:2]}-{turn}-{words}", **more}
                        seconds = _seconds(client, json.dumps(asked).encode())
                        if left <= keys:  # the first one opens the draft
                            times[way, words].append(seconds)
        client.close()
    report = Report("typing.http_keystroke", ["way", *(f"{words:,} words, ms" for words in LENGTHS), "times"])
    for way in _WAYS:
        middle = [1000 * float(np.median(times[way, words])) for words in LENGTHS]
        report.add(
            [way, *middle, middle[-1] / middle[0]],
            {
                "way": way,
                **dict(zip(map(str, LENGTHS), middle, strict=True)),
                "times": middle[-1] / middle[0],
            },
        )
    report.show(rounds=rounds, keys=keys)


def _seconds(client: http.client.HTTPConnection, body: bytes) -> float:
    """How long an answer takes. Raises ClickException for a refusal."""
    began = time.perf_counter()
    client.request("POST", "/v1/suggestions", body, _JSON)
    response = client.getresponse()
    answer = response.read()
    seconds = time.perf_counter() - began
    if response.status != http.client.OK:
        raise click.ClickException(f"the service answered {response.status}: {answer.decode()}")
    return seconds


if __name__ == "__main__":
    main()
