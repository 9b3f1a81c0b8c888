"""The report of a study as one HTML file: no scripts, nothing loaded, light and dark."""

import html
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from string import Template
from typing import Any

from inkling.models.study.charts.chart_svg import chart_style
from inkling.models.study.experiment import Experiment, Figure, Row
from inkling.models.study.failed_seeds import failure_note
from inkling.models.study.study_tables import ShownTable, shown_tables
from inkling.models.study.unit_results import MACHINE, UNITS

_TEMPLATE = Path(__file__).parent / "data" / "study.html"


def study_page(
    plan: str,
    results: Sequence[tuple[Experiment[Any], Sequence[Row]]],
    units: Sequence[Row],
    machine: Mapping[str, str],
) -> str:
    """The page of a plan: each experiment with its rows, then the machine and the durations."""
    parts = [
        f'<p class="soft">The {html.escape(plan)} study. Every number was measured on what is told below. '
        "Error bars and ± show one standard deviation over seeds. Where the largest value is more than ten "
        "times the least, both are told, and error bars reach from one to the other.</p>"
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
    yield f"<p>Question: {html.escape(experiment.question)}</p>"
    if not rows:
        yield "<p>Not measured yet.</p>"
        return
    yield '<div class="figures">'
    yield from map(_figure, experiment.figures(rows))
    yield "</div>"
    note = failure_note(experiment, rows)
    if note:
        yield f"<p>{html.escape(note)}</p>"
    for table in shown_tables(experiment, rows):
        # Captions name what they are of: a reader may go from table to table.
        yield _table(replace(table, caption=f"{experiment.title}: {table.caption}"))
    yield f'<p class="soft">Each row of each seed: {_link(experiment.name)}</p>'


def _figure(figure: Figure) -> str:
    described = html.escape(figure.described)
    drawing = figure.drawing.replace("<svg ", f'<svg role="img" aria-label="{described}" ', 1)
    return f"<figure><figcaption>{html.escape(figure.caption)}</figcaption>{drawing}</figure>"


def _machine(units: Sequence[Row], machine: Mapping[str, str]) -> Iterator[str]:
    yield '<h2 id="machine">Machine, versions and durations</h2>'
    values = [[name, value] for name, value in machine.items()]
    yield _table(ShownTable("What it was measured on", ["what", "value"], [True, True], values))
    body = []
    for name in dict.fromkeys(str(unit["experiment"]) for unit in units):
        mine = [unit for unit in units if unit["experiment"] == name]
        seconds = sum(float(unit["seconds"] or 0.0) for unit in mine)
        failed = sum(1 for unit in mine if unit["failure"])
        seeds = ", ".join(sorted({str(unit["seed"]) for unit in mine}))
        body.append([name, str(len(mine)), str(failed), f"{seconds:,.0f}", seeds])
    heads = ["experiment", "units", "failed", "seconds", "seeds"]
    yield _table(ShownTable("How long it took", heads, [True, False, False, False, True], body))
    yield f'<p class="soft">Each unit: {_link(UNITS)}. The machine: {_link(MACHINE)}.</p>'


def _link(name: str) -> str:
    return f'<a href="{name}.csv">{name}.csv</a>'


def _table(table: ShownTable) -> str:
    """A table that scrolls within the page, its first column as headings of the rows."""
    kinds = [' class="text"' if textual else "" for textual in table.textual]
    heads = "".join(
        f'<th scope="col"{kind}>{html.escape(head)}</th>'
        for head, kind in zip(table.heads, kinds, strict=True)
    )
    rows = []
    for first, *rest in table.body:
        cells = "".join(
            f"<td{kind}>{html.escape(cell)}</td>" for cell, kind in zip(rest, kinds[1:], strict=True)
        )
        rows.append(f'<tr><th scope="row">{html.escape(first)}</th>{cells}</tr>')
    label = html.escape(table.caption)
    return (
        f'<div class="scroll" role="region" aria-label="{label}" tabindex="0">'
        f"<table><caption>{label}</caption>"
        f"<thead><tr>{heads}</tr></thead><tbody>{''.join(rows)}</tbody></table></div>"
    )
