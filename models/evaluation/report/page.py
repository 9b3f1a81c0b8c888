"""An evaluation as a page to look at: tables, curves and replays, in one file without scripts."""

import html
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from string import Template

from inkling.models.completer.completer import Completer
from inkling.models.evaluation.calibration.reliability import calibration_errors
from inkling.models.evaluation.exact_match import LENGTHS, match_at_coverage
from inkling.models.evaluation.measure import Measurement
from inkling.models.evaluation.messages import HeldOutMessage
from inkling.models.evaluation.personal import Person, weight_curve
from inkling.models.evaluation.replay import Showing
from inkling.models.evaluation.report.numbers import PRECISIONS
from inkling.models.evaluation.typing_cost import READING_COSTS

REPLAYS = 20
_COVERAGES = (0.05, 0.1, 0.2, 0.3)
_TEMPLATE = Path(__file__).parent / "data" / "report.html"


@dataclass(frozen=True, slots=True)
class Section:
    """Several models on the same messages, and the curves (SVG) drawn of them."""

    title: str
    text: str
    results: Sequence[Measurement]
    figures: Sequence[str] = field(default=(), repr=False)


def report_page(
    title: str, sections: Sequence[Section], messages: Sequence[HeldOutMessage], *, seed: int = 0
) -> str:
    """The page; `messages` are those of the first section, from which replays are drawn.

    It shows held-out mail: keep it as private as the mail.
    """
    parts = [part for section in sections for part in _section(section)]
    first = sections[0].results[0]
    parts.append(f"<h2>Twenty replays</h2><p>{_LEGEND}</p>")
    count = min(REPLAYS, first.messages)
    for index in sorted(random.Random(seed).sample(range(first.messages), count)):
        saved = first.served[index].saved
        parts.append(
            f'<figure class="mail"><figcaption>{saved:.0f}% saved</figcaption>'
            f"<pre>{_replayed(messages[index].text, first.showings[index])}</pre></figure>"
        )
    template = Template(_TEMPLATE.read_text("utf-8"))
    return template.substitute(title=html.escape(title), body="\n".join(parts))


def report_sections(
    completer: Completer,
    results: Sequence[Measurement],
    personal: Sequence[Measurement],
    people: Sequence[Person],
) -> list[Section]:
    """A section for everybody, and one for those who let it learn, where anybody wrote enough."""
    missing = ["<p>No curves: matplotlib is not installed.</p>"]
    try:
        from inkling.models.evaluation.report.plots import svg_plots

        figures = svg_plots(results)
    except ImportError:
        figures = missing
    sections = [Section("People it never saw", "No profile: the first key of a new user.", results, figures)]
    if personal:
        curves = {f"person {number}": weight_curve(completer, one) for number, one in enumerate(people, 1)}
        sections.append(
            Section(
                "After learning",
                "The first 80% of each person's mail were learned by date, and later mail was typed.",
                personal,
                missing if figures is missing else svg_plots(personal, curves),
            )
        )
    return sections


_LEGEND = (
    "Typed text is plain. <ins>Accepted suggestions</ins> were taken with one key. "
    "<del>Wrong ones</del> were shown where they stand, and typed over; right words before one were taken "
    "one by one."
)


def _section(section: Section) -> Iterator[str]:
    results = section.results
    total = results[0].total()
    yield f"<h2>{html.escape(section.title)}</h2><p>{html.escape(section.text)}</p>"
    yield f"<p>{results[0].messages:,} messages, {total.words:,} words typed.</p>"
    yield _table(["", *(result.name for result in results)], _summary(results))
    yield "<h3>Exact match at word starts, %</h3>"
    head = ["model", "words", *(f"{100 * coverage:.0f}% shown" for coverage in _COVERAGES)]
    yield _table(
        head,
        [
            [
                result.name,
                str(length),
                *(_percent(value) for value in match_at_coverage(column, _COVERAGES)),
            ]
            for result in results
            for length, column in zip(LENGTHS, result.columns, strict=True)
        ],
    )
    for figure in section.figures:
        yield f"<figure>{figure}</figure>"


def _summary(results: Sequence[Measurement]) -> list[list[str]]:
    totals = [result.total() for result in results]
    errors = [calibration_errors(result) for result in results]
    rows = [
        ["perplexity a word", *(_number(one.likelihood.per_word) for one in results)],
        *(
            [
                f"net time saved, % (reading costs {reading:g} s)",
                *(_number(one.net_time(reading)) for one in results),
            ]
            for reading in READING_COSTS
        ),
        ["showings in 100 words", *(_number(100 * one.showings_per_word) for one in totals)],
        ["mean length accepted, characters", *(_number(one.mean_accepted) for one in totals)],
        ["two words and more accepted, in 100 words", *(_number(100 * one.long_per_word) for one in totals)],
        ["least confidence", *(f"{one.threshold:.2f}" for one in results)],
        ["interruption, ms", *(f"{one.rule.worth.interruption:.0f}" for one in results)],
        ["characters saved, %", *(_number(one.saved) for one in totals)],
        ["precision, %", *(_percent(one.precision) for one in totals)],
    ]
    for level in PRECISIONS:
        saved = [_number(one.saved_at_precision(level)) for one in results]
        rows.append([f"most saved at {100 * level:.0f}% precision, %", *saved])
    for name in errors[0]:
        rows.append([f"calibration error, {name}", *(_number(one[name], 3) for one in errors)])
    speeds = [1e3 * one.seconds / one.searches if one.searches else None for one in results]
    rows.append(["milliseconds a search", *(_number(speed, 2) for speed in speeds)])
    return rows


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    def row(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(row(cells, "td") for cells in rows)
    return f"<table><thead>{row(head, 'th')}</thead><tbody>{body}</tbody></table>"


def _replayed(text: str, shown: Sequence[Showing]) -> str:
    """A text with what was shown while it was typed."""
    parts, position = [], 0
    for one in shown:
        parts.append(html.escape(text[position : one.position]))
        taken = len(one.text) if one.right else sum(one.words)
        if taken:
            parts.append(f"<ins>{html.escape(text[one.position : one.position + taken])}</ins>")
        if not one.right:
            parts.append(f"<del>{html.escape(one.text[taken:])}</del>")
        position = one.position + taken
    return "".join([*parts, html.escape(text[position:])])


def _number(value: float | None, digits: int = 1) -> str:
    return "–" if value is None else f"{value:.{digits}f}"


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{100 * share:.1f}"
