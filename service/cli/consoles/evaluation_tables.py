"""The tables of `inkling evaluate`."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from inkling.models.evaluation.exact_match import LENGTHS, match_at_coverage
from inkling.models.evaluation.measure import Measurement
from inkling.models.evaluation.report.numbers import PRECISIONS, as_json
from inkling.models.evaluation.typing_cost import READING_COSTS

_SHOWN_COVERAGES = (0.05, 0.1, 0.2, 0.3, 0.5, 1.0)


def show_measurements(console: Console, results: Sequence[Measurement], *, partial: bool) -> None:
    """Print the measurements, one column for each model. `partial` says that they were interrupted."""
    console.print(_measures(results, "partial: interrupted" if partial else "complete"))
    console.print(_exact_matches(results))


def _measures(results: Sequence[Measurement], kind: str) -> Table:
    titles = [result.name for result in results]
    reports = [as_json(result) for result in results]
    replayed = results[0].total()
    table = Table(
        title=f"{results[0].messages:,} messages, {replayed.words:,} words typed ({kind})",
        title_justify="left",
    )
    table.add_column("")
    for title in titles:
        table.add_column(title, justify="right")
    totals = [result.total() for result in results]
    for reading in READING_COSTS:
        label = f"net time saved, a reading costs {reading:g} s, %"
        table.add_row(label, *(_number(one.net_time(reading), 1) for one in results))
    table.add_row("showings per 100 words", *(f"{100 * one.showings_per_word:.1f}" for one in totals))
    table.add_row("mean length accepted, characters", *(_number(one.mean_accepted, 1) for one in totals))
    table.add_row(
        "accepts of two words and more per 100 words", *(f"{100 * one.long_per_word:.2f}" for one in totals)
    )
    table.add_row("perplexity per word", *(_number(one.likelihood.per_word, 1) for one in results))
    table.add_row("least confidence", *(f"{one.threshold:.2f}" for one in results))
    table.add_row("interruption, ms", *(f"{one.rule.worth.interruption:.0f}" for one in results))
    table.add_row("characters saved, %", *(_number(one.saved, 2) for one in totals))
    table.add_row("precision, %", *(_percent(one.precision) for one in totals))
    for level in PRECISIONS:
        label = f"most characters saved at {100 * level:.0f}% precision, %"
        table.add_row(label, *(_number(one.saved_at_precision(level), 2) for one in results))
    table.add_row("calibration error", *(_text(one["calibration_error"]) for one in reports))
    table.add_row("milliseconds a search", *(_text(one["milliseconds_per_search"]) for one in reports))
    return table


def _exact_matches(results: Sequence[Measurement]) -> Table:
    matches = Table(
        title=f"exact match, %, at {len(results[0].columns[0]):,} word starts", title_justify="left"
    )
    matches.add_column("model")
    matches.add_column("words", justify="right")
    for coverage in _SHOWN_COVERAGES:
        matches.add_column(f"{100 * coverage:.0f}% shown", justify="right")
    for result in results:
        for length, column in zip(LENGTHS, result.columns, strict=True):
            shown = match_at_coverage(column, _SHOWN_COVERAGES)
            matches.add_row(result.name, str(length), *(_percent(one) for one in shown))
    return matches


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"


def _text(value: object) -> str:
    return "–" if value is None else str(value)
