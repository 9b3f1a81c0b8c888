"""The page of the study and its figures, from the template beside this file and the tables in docs/study.

The template asks for results in double braces, and each number of the page comes from a table:

    {{ figures NAME }}                    the drawings of an experiment
    {{ tables NAME }}                     its tables
    {{ value NAME COLUMN key=value ... }} the mean of a column over the rows with these keys
    {{ machine }}                         what it was measured on

What was not measured yet says so. After a full run its CSV files are copied into docs/study, and `make
reference` writes page and figures.
"""

import re
import shlex
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from textwrap import fill
from typing import Any

from inkling.models.study.charts.chart_svg import standalone
from inkling.models.study.experiment import Column, Experiment, Figure, Row
from inkling.models.study.experiments.catalogue import EXPERIMENTS
from inkling.models.study.failed_seeds import failure_note
from inkling.models.study.spread import summaries
from inkling.models.study.study_tables import measure_text, shown_tables
from inkling.models.study.unit_results import MACHINE, read_table

TEMPLATE = Path(__file__).parent / "study.md"
_ASKED = re.compile(r"\{\{\s*(.+?)\s*\}\}")
_WIDTH = 118
_NOTHING = "*Not measured yet.*"


class StudyTemplateError(ValueError):
    """The template asks for something that does not exist; the message says for what."""


def study_page(folder: Path, template: Path = TEMPLATE) -> str:
    """The page as Markdown, with the results of the tables in `folder`.

    Raises StudyTemplateError, and ValueError for a table with other columns than its experiment has.
    """
    return _ASKED.sub(lambda found: _answer(found[1], folder), template.read_text("utf-8"))


def study_images(folder: Path, images: Path) -> Mapping[Path, Callable[[], str]]:
    """The function that writes each figure of the tables in `folder`, by its file in `images`."""
    return {
        images / _image(name, number): partial(standalone, figure.drawing)
        for name in EXPERIMENTS
        for number, figure in enumerate(_figures(name, folder), 1)
    }


def _answer(asked: str, folder: Path) -> str:
    what, *words = shlex.split(asked)
    if what == "machine":
        return _machine(folder)
    if not words or words[0] not in EXPERIMENTS:
        raise StudyTemplateError(f"{{{{ {asked} }}}}: names no experiment")
    name, *rest = words
    if what == "figures":
        return _drawings(name, folder)
    if what == "tables":
        return _tables(name, folder)
    if what == "value" and rest:
        return _value(name, rest[0], rest[1:], folder)
    raise StudyTemplateError(f"{{{{ {asked} }}}}: is not known")


def _rows(name: str, folder: Path) -> list[Row]:
    path = folder / f"{name}.csv"
    return read_table(path, EXPERIMENTS[name].columns) if path.is_file() else []


def _figures(name: str, folder: Path) -> list[Figure]:
    rows = _rows(name, folder)
    return EXPERIMENTS[name].figures(rows) if rows else []


def _image(name: str, number: int) -> str:
    return f"study-{name}-{number}.svg"


def _drawings(name: str, folder: Path) -> str:
    drawn = [
        f"{_filled(f'{figure.caption}:')}\n\n"
        + _filled(f"![{figure.described}](../images/{_image(name, number)})")
        for number, figure in enumerate(_figures(name, folder), 1)
    ]
    note = failure_note(EXPERIMENTS[name], _rows(name, folder))
    return "\n\n".join([*drawn, _filled(note)] if note else drawn) or _NOTHING


def _filled(text: str) -> str:
    return fill(text, _WIDTH, break_long_words=False, break_on_hyphens=False)


def _tables(name: str, folder: Path) -> str:
    rows = _rows(name, folder)
    found = []
    for table in shown_tables(EXPERIMENTS[name], rows) if rows else ():
        rules = ["---" if textual else "---:" for textual in table.textual]
        lines = [f"{table.caption}:", "", *map(_line, [table.heads, rules, *table.body])]
        found.append("\n".join(lines))
    return "\n\n".join(found) or _NOTHING


def _line(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cell.replace("|", r"\|") for cell in cells) + " |"


def _value(name: str, measure: str, given: Sequence[str], folder: Path) -> str:
    experiment = EXPERIMENTS[name]
    column = _column(experiment, measure)
    wanted = dict(pair.partition("=")[::2] for pair in given)
    for key in wanted:
        _column(experiment, key)
    rows = _rows(name, folder)
    if not rows:
        return "(not measured yet)"
    chosen = [row for row in rows if all(_same(row[key], value) for key, value in wanted.items())]
    found = summaries(chosen, [], measure).get(())
    if found is None:
        raise StudyTemplateError(f"{name}: no row has a {measure} for {', '.join(given)}")
    return measure_text(found, column)


def _same(value: object, wanted: str) -> bool:
    return float(wanted) == value if isinstance(value, int | float) else value == wanted


def _column(experiment: Experiment[Any], name: str) -> Column:
    for column in experiment.columns:
        if column.name == name:
            return column
    raise StudyTemplateError(f"{experiment.name}: there is no column {name}")


def _machine(folder: Path) -> str:
    path = folder / f"{MACHINE}.csv"
    if not path.is_file():
        return _NOTHING
    rows = read_table(path, (Column("name", "name", "text"), Column("value", "value", "text")))
    lines = [["what", "value"], ["---", "---"], *([str(row["name"]), str(row["value"])] for row in rows)]
    return "\n".join(map(_line, lines))
