"""The report of a study as one HTML file: no scripts, nothing loaded, light and dark."""

import html
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from string import Template
from typing import Any

from inkling.models.study.charts.chart_svg import chart_style
from inkling.models.study.experiment import FAILURE, Column, Experiment, Figure, Row
from inkling.models.study.spread import Summary, summaries
from inkling.models.study.unit_results import MACHINE, UNITS

_TEMPLATE = Path(__file__).parent / "data" / "study.html"


def study_page(
    plan: str,
    results: Sequence[tuple[Experiment[Any], Sequence[Row]]],
    units: Sequence[Row],
    machine: Mapping[str, str],
) -> str:
    """The page of a plan: each experiment with its rows, then the units and the machine."""
    parts = [
        f'<p class="soft">The {html.escape(plan)} study. Every number was measured on the machine below. '
        "Error bars and ± show one standard deviation over seeds.</p>"
    ]
    for experiment, rows in results:
        parts += _section(experiment, rows)
    parts += _machine(units, machine)
    template = Template(_TEMPLATE.read_text("utf-8"))
    title = "Kinds of sequence models, side by side"
    return template.substitute(title=title, chart_style=chart_style(), body="\n".join(parts))


def _section(experiment: Experiment[Any], rows: Sequence[Row]) -> Iterator[str]:
    yield f'<h2 id="{experiment.name}">{html.escape(experiment.title)}</h2>'
    yield f"<p>Commonly said: {html.escape(experiment.claim)}</p>"
    yield f"<p>Measured: {html.escape(experiment.question)}</p>"
    if not rows:
        yield "<p>Not measured yet.</p>"
        return
    figures = experiment.figures(rows)
    yield '<div class="figures">'
    yield from map(_figure, figures)
    yield "</div>"
    head, body = summary_table(experiment, rows)
    yield _table(f"Means over seeds: {experiment.title}", head, body)
    yield f'<p class="soft">Each row of each seed: {_link(experiment.name)}</p>'


def _figure(figure: Figure) -> str:
    described = html.escape(figure.described)
    drawing = figure.drawing.replace("<svg ", f'<svg role="img" aria-label="{described}" ', 1)
    return f"<figure><figcaption>{html.escape(figure.caption)}</figcaption>{drawing}</figure>"


def summary_table(experiment: Experiment[Any], rows: Sequence[Row]) -> tuple[list[Column], list[list[str]]]:
    """The columns and cells of a table with a row for each kind and key: means over seeds, and failures."""
    keys = ["kind", *(column.name for column in experiment.keys)]
    measured = {column.name: summaries(rows, keys, column.name) for column in experiment.measures}
    groups = dict.fromkeys(tuple(row[key] for key in keys) for row in rows)
    columns = [column for column in experiment.columns if column.name not in ("seed", FAILURE)]
    seeds = Column("seeds", "seeds", "integer")
    body = []
    for group in groups:
        mine = [row for row in rows if tuple(row[key] for key in keys) == group]
        cells = ["" if value is None else _plain(value) for value in group]
        for column in experiment.measures:
            cells.append(_mean(measured[column.name].get(group), column))
        failures = sorted({str(row[FAILURE]) for row in mine if row[FAILURE]})
        failed = sum(1 for row in mine if row[FAILURE])
        cells.append(str(len(mine)) + (f" ({failed} failed: {'; '.join(failures)})" if failed else ""))
        body.append(cells)
    return [*columns, seeds], body


def _plain(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _mean(found: Summary | None, column: Column) -> str:
    if found is None:
        return "–"
    digits = 0 if column.kind == "integer" else column.digits

    def written(value: float) -> str:
        small = digits > 3 and 0 < abs(value) < 10**-3
        return f"{value:.1e}" if small else f"{value:,.{digits}f}"

    return written(found.mean) + (f" ± {written(found.deviation)}" if found.deviation else "")


def _machine(units: Sequence[Row], machine: Mapping[str, str]) -> Iterator[str]:
    yield '<h2 id="machine">Machine, versions and durations</h2>'
    columns = [Column("name", "", "text"), Column("value", "value", "text")]
    yield _table("What it was measured on", columns, [[name, value] for name, value in machine.items()])
    head = [
        Column("experiment", "experiment", "text"),
        Column("units", "units", "integer"),
        Column("failed", "failed", "integer"),
        Column("seconds", "seconds"),
        Column("seeds", "seeds", "text"),
    ]
    body = []
    for name in dict.fromkeys(str(unit["experiment"]) for unit in units):
        mine = [unit for unit in units if unit["experiment"] == name]
        seconds = sum(float(unit["seconds"] or 0.0) for unit in mine)
        failed = sum(1 for unit in mine if unit["failure"])
        seeds = ", ".join(sorted({str(unit["seed"]) for unit in mine}))
        body.append([name, str(len(mine)), str(failed), f"{seconds:,.0f}", seeds])
    yield _table("How long it took", head, body)
    yield f'<p class="soft">Each unit: {_link(UNITS)}. The machine: {_link(MACHINE)}.</p>'


def _link(name: str) -> str:
    return f'<a href="{name}.csv">{name}.csv</a>'


def _table(caption: str, columns: Sequence[Column], body: Sequence[Sequence[str]]) -> str:
    """A table that scrolls within the page, its first column as headings of the rows."""

    def kind(column: Column) -> str:
        return ' class="text"' if column.kind == "text" else ""

    # An empty heading is no heading: such a corner is an ordinary cell.
    heads = "".join(
        f'<th scope="col"{kind(one)}>{html.escape(one.title)}</th>' if one.title else "<td></td>"
        for one in columns
    )
    rows = []
    for first, *rest in body:
        cells = "".join(
            f"<td{kind(column)}>{html.escape(cell)}</td>"
            for column, cell in zip(columns[1:], rest, strict=True)
        )
        rows.append(f'<tr><th scope="row">{html.escape(first)}</th>{cells}</tr>')
    label = html.escape(caption)
    return (
        f'<div class="scroll" role="region" aria-label="{label}" tabindex="0">'
        f"<table><caption>{label}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
