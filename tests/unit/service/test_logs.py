"""Log lines are never waited for, and never a flood."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from inkling.service.monitoring.logs import DroppingHandler, JsonFormatter, PlainFormatter, Repetition


@pytest.fixture
def logger() -> Iterator[logging.Logger]:
    made = logging.getLogger("inkling.test")
    made.propagate = False
    made.setLevel(logging.INFO)
    yield made
    made.handlers.clear()


def test_a_pipe_that_nobody_reads_is_not_waited_for(logger: logging.Logger) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w", buffering=1) as stream, os.fdopen(reading, "rb", buffering=0) as reader:
        handler = DroppingHandler()
        handler.setStream(stream)
        handler.setFormatter(PlainFormatter())
        logger.addHandler(handler)
        for number in range(5000):
            logger.info("line %d of many, which nobody reads", number)
        os.set_blocking(reader.fileno(), False)
        while reader.read(65536):
            pass
        logger.info("read again")
        text = (reader.read(65536) or b"").decode()
    assert "log lines were dropped" in text
    assert text.endswith("read again\n")


@pytest.mark.parametrize("letter", ["a", '"', "ä", "\U0001f600"])
def test_a_line_that_is_too_long_is_cut_and_remains_json(logger: logging.Logger, letter: str) -> None:
    stream = io.StringIO()
    handler = DroppingHandler()
    handler.setStream(stream)
    handler.setFormatter(JsonFormatter())
    logger.addHandler(handler)
    logger.warning("%s", letter * 10_000)
    logger.warning("short")
    long, short = stream.getvalue().splitlines()
    assert len(long) <= 4000
    assert json.loads(long)["message"].startswith(letter * 100)
    assert json.loads(short)["message"] == "short"


def test_a_repeated_message_is_counted_instead(logger: logging.Logger) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.addFilter(Repetition())
    logger.addHandler(handler)

    def say(message: str, at: float) -> None:
        record = logging.LogRecord("inkling.test", logging.ERROR, "", 0, message, (1,), None)
        record.created = at
        logger.handle(record)

    for _ in range(1000):
        say("accept failed: %d", 60.0)
    say("another: %d", 61.0)
    say("accept failed: %d", 120.0)
    lines = stream.getvalue().splitlines()
    assert lines[:5] == ["accept failed: 1"] * 5
    assert lines[5:] == ["another: 1", "accept failed: 1 (and 995 times more before)"]


def test_access_lines_all_pass() -> None:
    repetition = Repetition()
    record = logging.LogRecord("inkling.access", logging.INFO, "", 0, "%s", ("GET",), None)
    assert all(repetition.filter(record) for _ in range(100))


def test_the_service_goes_on_when_nobody_reads_its_log() -> None:
    program = (
        "import logging, sys\n"
        "from inkling.service.monitoring.logs import configure_logging, log_access\n"
        "configure_logging('info', 'plain')\n"
        "for number in range(20000): log_access('GET', '/livez', 200, 0.1, 'r')\n"
        "print('done', flush=True)\n"
    )
    reading, writing = os.pipe()
    try:
        result = subprocess.run(
            [sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=writing, timeout=60, check=True
        )
    finally:
        os.close(reading)
        os.close(writing)
    assert result.stdout == b"done\n"
