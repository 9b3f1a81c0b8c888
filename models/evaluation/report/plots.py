"""Curves of an evaluation as PNG files and SVG. Needs matplotlib, which is an extra."""

from collections.abc import Callable, Mapping, Sequence
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING

from inkling.models.drawing import load_matplotlib
from inkling.models.evaluation.calibration.calibration_error import Bin, expected_calibration_error
from inkling.models.evaluation.calibration.reliability import (
    BY_BEGUN,
    BY_WORDS,
    NEAR,
    SHOWN,
    SHOWN_BY_WORDS,
    reliability,
)
from inkling.models.evaluation.exact_match import LENGTHS, match_at_coverage
from inkling.models.evaluation.measure import Measurement
from inkling.models.evaluation.replay import ReplayCounts

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLOURS = ("#2563a8", "#c2571a", "#3b8a4e", "#7a4fa3", "#8a8f98")
_LEAST_SHOWN = 50
"""Below this many showings a share says too little to be drawn."""


Curves = Mapping[str, Sequence[tuple[float, float]]]
"""Points by the name of what they are of."""


def save_plots(results: Sequence[Measurement], folder: Path) -> list[Path]:
    """Draw every curve into `folder` as PNG and return the files.

    Raises:
        ImportError: matplotlib is not installed.
        OSError: a file cannot be written.
    """
    saved = []
    for name, figure in _figures(results):
        saved.append(folder / f"{name}.png")
        figure.savefig(saved[-1])
    return saved


def svg_plots(results: Sequence[Measurement], weights: Curves | None = None) -> list[str]:
    """The curves as SVG elements; `weights` are those of profiles by words learned.

    Raises ImportError where matplotlib is not installed.
    """
    figures = [figure for _, figure in _figures(results)]
    figures.append(_draw(_saved_by_person, results, 1))
    if weights:
        figures.append(_draw(lambda axes, _: _weight_curves(axes, weights), results, 1))
    return list(map(_svg, figures))


def _figures(results: Sequence[Measurement]) -> list[tuple[str, "Figure"]]:
    return [
        ("net_time", _draw(_net_time, results, 1)),
        ("precision_saved", _draw(_precision_saved, results, 1)),
        ("exact_match", _draw(_exact_match, results, len(results))),
        ("calibration", _draw(_calibration, results, 1)),
        ("reliability", _draw(_reliability, results, len(_PANELS))),
    ]


def _draw(
    draw: Callable[[Sequence["Axes"], Sequence[Measurement]], None],
    results: Sequence[Measurement],
    panels: int,
) -> "Figure":
    load_matplotlib()
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(6.4 + 5.2 * (panels - 1), 4.6), dpi=150, layout="constrained")
    FigureCanvasAgg(figure)
    axes = figure.subplots(1, panels, squeeze=False, sharey=True)[0]
    for one in axes:
        one.grid(True, color="#e4e6ea", linewidth=0.8)
        one.set_axisbelow(True)
        one.spines[["top", "right"]].set_visible(False)
        one.tick_params(length=3, color="#8a8f98")
    draw(list(axes), results)
    return figure


def _svg(figure: "Figure") -> str:
    from matplotlib import rc_context

    written = StringIO()
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "inkling"}):
        figure.savefig(written, format="svg", metadata={"Date": None})
    text = written.getvalue()
    return text[text.index("<svg") :]


def _saved_by_person(axes: Sequence["Axes"], results: Sequence[Measurement]) -> None:
    """People are numbered: a curve needs no names."""
    (only,) = axes
    people = sorted(set(results[0].people))
    width = 0.8 / len(results)
    for number, (result, colour) in enumerate(zip(results, _COLOURS, strict=False)):
        saved = []
        for person in people:
            counts = zip(result.people, result.served, strict=True)
            total = sum((count for name, count in counts if name == person), ReplayCounts())
            saved.append(total.net_time(result.cost))
        places = [index + 1 + (number - (len(results) - 1) / 2) * width for index in range(len(people))]
        only.bar(places, saved, width, color=colour, label=result.name)
    only.set_title("Net time saved by person", fontsize=11)
    only.set_xlabel("person")
    only.set_ylabel("net time saved (%)")
    only.set_xticks(range(1, len(people) + 1))
    _legend(only)


def _weight_curves(axes: Sequence["Axes"], weights: Curves) -> None:
    (only,) = axes
    for name, points in weights.items():
        only.plot(*_columns(points), marker="o", markersize=3, linewidth=1.4, label=name)
    only.set_title("Weight of the profile on later mail", fontsize=11)
    only.set_xlabel("words learned")
    only.set_ylabel("mean weight")
    only.set_ylim(0, 1)
    only.set_xlim(left=0)
    _legend(only)


def _net_time(axes: Sequence["Axes"], results: Sequence[Measurement]) -> None:
    """Net time against showings, as the cost that is set for an interruption varies."""
    (only,) = axes
    only.axhline(0, color="#8a8f98", linewidth=1, linestyle="--")
    for result, colour in zip(results, _COLOURS, strict=False):
        tried = [rule for rule in result.by_rule if rule.min_confidence == result.threshold]
        totals = [result.total_by(rule) for rule in sorted(tried, key=lambda one: one.worth.interruption)]
        points = [(100 * one.showings_per_word, one.net_time(result.cost)) for one in totals]
        label = f"{result.name} (ringed: {result.rule.worth.interruption:.0f} ms, as served)"
        only.plot(*_columns(points), marker="o", markersize=3.5, color=colour, label=label)
        served = result.total()
        place = (100 * served.showings_per_word, served.net_time(result.cost))
        only.plot(*place, marker="o", markersize=10, color=colour, fillstyle="none")
    reading = results[0].cost.reading
    only.set_title(f"Typing replay: net time, a reading costs {reading:g} s", fontsize=11)
    only.set_xlabel("suggestions shown in 100 words")
    only.set_ylabel("net time saved (%)")
    only.set_xlim(left=0)
    _legend(only)


def _precision_saved(axes: Sequence["Axes"], results: Sequence[Measurement]) -> None:
    (only,) = axes
    for result, colour in zip(results, _COLOURS, strict=False):
        totals = [(value, result.total(value)) for value in sorted(result.counts)]
        drawn = [
            (one.saved, 100 * one.precision)
            for _, one in totals
            if one.precision and one.shown >= _LEAST_SHOWN
        ]
        only.plot(*_columns(drawn), marker="o", markersize=3.5, color=colour, label=result.name)
    only.set_title("Typing replay: precision against characters saved", fontsize=11)
    only.set_xlabel("characters saved (%)")
    only.set_ylabel("suggestions shown that are right (%)")
    only.set_xlim(left=0)
    only.set_ylim(0, 100)
    _legend(only)


def _exact_match(axes: Sequence["Axes"], results: Sequence[Measurement]) -> None:
    coverages = [step / 50 for step in range(1, 51)]
    for one, result in zip(axes, results, strict=True):
        for length, column, colour in zip(LENGTHS, result.columns, _COLOURS, strict=True):
            matches = zip(coverages, match_at_coverage(column, coverages), strict=True)
            drawn = [
                (100 * coverage, 100 * match)
                for coverage, match in matches
                if match is not None and coverage * len(column) >= _LEAST_SHOWN
            ]
            label = f"{length} word" if length == 1 else f"{length} words"
            one.plot(*_columns(drawn), color=colour, linewidth=1.8, label=label)
        one.set_title(f"Exact match by length: {result.name}", fontsize=11)
        one.set_xlabel("coverage (% of word starts, most confident first)")
        one.set_xlim(0, 100)
        one.set_ylim(0, 100)
        _legend(one)
    axes[0].set_ylabel("exact match (%)")


def _calibration(axes: Sequence["Axes"], results: Sequence[Measurement]) -> None:
    (only,) = axes
    only.plot([0, 1], [0, 1], color="#8a8f98", linewidth=1, linestyle="--", label="perfect")
    for result, colour in zip(results, _COLOURS, strict=False):
        _bins(only, result.name, reliability(result)["pooled"], colour)
    only.set_title("Calibration of the best suggestion (bins of equal mass)", fontsize=11)
    only.set_ylabel("share that is right")
    _legend(only)


_PANELS = {
    "by number of words": BY_WORDS,
    "whether a word is begun": BY_BEGUN,
    "where the rule decides": (NEAR, SHOWN),
    "what is shown, by words": SHOWN_BY_WORDS,
}


def _reliability(axes: Sequence["Axes"], results: Sequence[Measurement]) -> None:
    """Groups of suggestions of the first model."""
    found = reliability(results[0])
    for one, (title, names) in zip(axes, _PANELS.items(), strict=True):
        one.plot([0, 1], [0, 1], color="#8a8f98", linewidth=1, linestyle="--")
        for name, colour in zip(names, _COLOURS, strict=False):
            _bins(one, name, found[name], colour)
        one.set_title(f"{results[0].name}: {title}", fontsize=11)
        _legend(one)
    axes[0].set_ylabel("share that is right")


def _bins(axes: "Axes", name: str, bins: Sequence[Bin], colour: str) -> None:
    error = expected_calibration_error(bins)
    label = f"{name} (too few)" if error is None else f"{name} (error {error:.3f})"
    points = [(one.confidence, one.accuracy) for one in bins]
    axes.plot(*_columns(points), marker="o", markersize=4, color=colour, label=label)
    axes.set_xlabel("mean confidence")
    axes.set_xlim(0, 1)
    axes.set_ylim(0, 1)


def _columns(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    return [x for x, _ in points], [y for _, y in points]


def _legend(axes: "Axes") -> None:
    axes.legend(frameon=False, fontsize=9)
