"""Benchmarks refuse what would measure nothing, and say so when a bound does not hold."""

import importlib
import json
import math
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from benchmarks.overload.figures import bounds_of, figures_of
from benchmarks.people.traffic import Outcome
from benchmarks.reporting.bounds import Bound, growth, verdict
from benchmarks.reporting.histograms import buckets, percentile
from benchmarks.reporting.report import Report


def run(name: str, *options: str) -> tuple[int, str]:
    """The exit code of a benchmark, and what it wrote."""
    command = importlib.import_module(f"benchmarks.{name}").main
    assert isinstance(command, click.Command)
    result = CliRunner().invoke(command, options)
    return result.exit_code, result.output


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("endurance", ["--minutes", "0"]),
        ("endurance", ["--minutes", "nan"]),
        ("endurance", ["--minutes", "inf"]),
        ("endurance", ["--points", "1"]),
        ("endurance", ["--points", "2", "--warm-up", "0.4"]),
        ("endurance", ["--typists", "0"]),
        ("endurance", ["--growth-mib", "-1"]),
        ("endurance", ["--warm-up", "1"]),
        ("endurance", ["--data", "/nonexistent"]),
        ("endurance", ["--bundle", "/nonexistent"]),
        ("endurance", ["--nonsense"]),
        ("greedy", ["--greedy", "x"]),
        ("greedy", ["--greedy", "1,-1"]),
        ("greedy", ["--greedy", ""]),
        ("greedy", ["--rounds", "0"]),
        ("fuzz", ["--inputs", "0"]),
        ("fuzz", ["--inputs", "-5"]),
        ("fuzz", ["--hang", "0"]),
        ("fuzz", ["--target", "nothing"]),
        ("load", ["--replicas", "1,0"]),
        ("load", ["--typists", "many"]),
        ("load", ["--seconds", "2", "--warm-up", "2"]),
        ("load", ["--replicas", "1,2", "--url", "http://127.0.0.1:1"]),
        ("footprint", ["--drafts", "0"]),
        ("overload.__main__", ["--minutes", "0"]),
        ("overload.__main__", ["--capacity", "-1"]),
    ],
)
def test_what_would_measure_nothing_is_one_line(name: str, options: list[str]) -> None:
    code, written = run(name, *options)
    assert code == 2, written
    (line,) = written.splitlines()
    assert line


def test_mail_without_a_message_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "mail.jsonl").write_text("")
    code, written = run("endurance", "--data", str(tmp_path / "mail.jsonl"))
    assert code == 2
    assert len(written.splitlines()) == 1


def test_memory_may_grow_in_the_warm_up_alone() -> None:
    assert growth([100, 200, 210, 220, 230], 0.2) == 30
    assert growth([100, 200, 300], 0.0) == 200
    assert growth([300, 200, 100], 0.0) == -200
    assert math.isnan(growth([100, 200], 0.9))
    assert math.isnan(growth([], 0.2))


def test_what_was_not_measured_does_not_hold(capsys: pytest.CaptureFixture[str]) -> None:
    assert verdict([Bound("a", 1.0, 1.0), Bound("b", -5.0, 0.0)]) == 0
    assert verdict([Bound("a", 1.1, 1.0), Bound("b", -5.0, 0.0)]) == 1
    assert verdict([Bound("a", math.nan, 1.0)]) == 1
    assert capsys.readouterr().err.count("FAILED") == 2


def outcomes(accepted: float, refused: float) -> list[Outcome]:
    """A hundred of each in ten seconds, refusals after a second of waiting for the connection."""
    return [
        one
        for number in range(100)
        for one in (
            Outcome(200, number / 10, accepted, accepted),
            Outcome(429, number / 10, 1.0 + refused, refused),
        )
    ]


def test_an_overload_is_held_against_its_bounds() -> None:
    good = figures_of(200, outcomes(0.1, 0.005), 1.0, (80.0, 4.0), (100.0, 120.0))
    assert (good.answered, good.refused, good.failed) == (100, 100, 0)
    assert good.accepted_p99_ms == pytest.approx(100)
    assert good.refused_p99_ms == pytest.approx(5)

    def failing(
        asked: int = 200,
        accepted: float = 0.1,
        edge: tuple[float, float] = (80, 4),
        memory: tuple[float, float] = (100, 120),
    ) -> list[str]:
        found = figures_of(asked, outcomes(accepted, 0.005), 1.0, edge, memory)
        return [bound.name.split(",")[0] for bound in bounds_of(found, 120, 10, 64) if not bound.holds]

    assert failing() == []
    assert failing(accepted=0.13) == ["p99 of accepted answers"]
    assert failing(edge=(80, 20)) == ["p99 of refusals at the edge"]
    assert failing(memory=(100, 165)) == ["growth of memory"]
    assert failing(201) == ["failures"]
    # Where nothing was refused there was no overload, so nothing is proved.
    assert failing(edge=(80, math.nan)) == ["p99 of refusals at the edge"]


def test_a_percentile_between_two_readings_of_metrics() -> None:
    def reading(*counts: int) -> str:
        limits = ("0.01", "0.1", "+Inf")
        lines = [
            f'some_seconds_bucket{{le="{limit}"}} {count}'
            for limit, count in zip(limits, counts, strict=True)
        ]
        return "\n".join(["# TYPE some_seconds histogram", *lines, f"some_seconds_count {counts[-1]}", ""])

    before = buckets(reading(50, 60, 60), "some_seconds")
    assert percentile(before, buckets(reading(140, 160, 160), "some_seconds"), 45) == pytest.approx(0.005)
    assert percentile(before, buckets(reading(140, 160, 160), "some_seconds"), 95) == pytest.approx(0.055)
    assert percentile(before, buckets(reading(50, 60, 61), "some_seconds"), 99) == pytest.approx(0.1)
    assert math.isnan(percentile(before, before, 99))
    with pytest.raises(KeyError):
        buckets(reading(1, 1, 1), "other_seconds")


def test_a_report_has_no_number_that_json_lacks(capsys: pytest.CaptureFixture[str]) -> None:
    report = Report("nothing", ["a", "b"])
    report.add([1.0, math.nan], {"a": 1.0, "b": math.nan})
    report.show(more=math.inf, many=[math.nan])

    def refuse(name: str) -> None:
        raise AssertionError(name)

    told = json.loads(capsys.readouterr().out, parse_constant=refuse)
    assert told["rows"] == [{"a": 1.0, "b": None}]
    assert (told["more"], told["many"]) == (None, [None])
