"""Line charts and bar charts with error bars."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from inkling.models.study.charts.axis_scale import AxisScale, scale_of, short_number, tick_text
from inkling.models.study.charts.chart_svg import TEXT, WIDTH, drawn, line, text, width_of
from inkling.models.study.charts.series_style import PIECE, colour_of, dash_of, marker, piece

_TOP, _RIGHT, _PLOT = 22, 10, 190
_ROW, _BAR = 17, 9
_CAP = 3
_SHORTEST = 1.25
"""A logarithmic bar begins at least so many times below its value, so that the least one is seen."""

_Place = Callable[[float], float]
"""Where a value lies in the drawing."""


@dataclass(frozen=True, slots=True)
class Point:
    """A value at a place, with its spread to both sides (a standard deviation), 0 where it is not known.

    Where values lie too far apart for that, `ends` are the least and the largest of them.
    """

    x: float
    y: float
    spread: float = 0.0
    ends: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Series:
    """Points that belong together, from left to right."""

    name: str
    points: Sequence[Point]


@dataclass(frozen=True, slots=True)
class Axis:
    """What an axis shows, and how. `from_zero` is for linear axes alone."""

    title: str
    logarithmic: bool = False
    from_zero: bool = False

    def told(self, begin: str = "") -> str:
        """The title beside the axis. It says if that is logarithmic, and the value that bars `begin` at."""
        kind = ", logarithmic" if self.logarithmic else ""
        return f"{self.title}{kind}{f' from {begin}' if begin else ''}"


def line_chart(series: Sequence[Series], across: Axis, up: Axis) -> str:
    """Lines through points with error bars, as SVG. A logarithmic axis leaves out what is not above 0.

    A series without points is not drawn, and the others look as if it were.
    """
    drawable = [Series(one.name, [p for p in one.points if _drawable(p, across, up)]) for one in series]
    shown = {number: one for number, one in enumerate(drawable) if one.points}
    points = [point for one in shown.values() for point in one.points]
    horizontal = scale_of((p.x for p in points), logarithmic=across.logarithmic, from_zero=across.from_zero)
    ends = [end for p in points for end in (p.y, *_ends(p, logarithmic=up.logarithmic))]
    vertical = scale_of(ends, logarithmic=up.logarithmic, from_zero=up.from_zero)
    left = 12 + max(width_of(tick_text(tick, vertical)) for tick in vertical.ticks)

    def across_at(value: float) -> float:
        return left + horizontal.share(value) * (WIDTH - _RIGHT - left)

    def up_at(value: float) -> float:
        return _TOP + (1 - vertical.share(value)) * _PLOT

    parts = [text(0, TEXT, up.told(), soft=True)]
    for tick in vertical.ticks:
        parts.append(line(left, up_at(tick), WIDTH - _RIGHT, up_at(tick), "ch-grid"))
        label = tick_text(tick, vertical)
        parts.append(text(left - 5, up_at(tick) + TEXT * 0.35, label, anchor="end", soft=True))
    bottom = _TOP + _PLOT
    parts.append(line(left, bottom, WIDTH - _RIGHT, bottom, "ch-axis"))
    parts += _marks_below(horizontal, across_at, bottom)
    parts.append(text(WIDTH - _RIGHT, bottom + 34, across.told(), anchor="end", soft=True))
    for number, one in shown.items():
        parts += _line_of(one, number, across_at, up_at, vertical.logarithmic)
    legend, height = _legend({number: one.name for number, one in shown.items()}, bottom + 50)
    return drawn(height, parts + legend)


def _drawable(point: Point, across: Axis, up: Axis) -> bool:
    return (point.x > 0 or not across.logarithmic) and (point.y > 0 or not up.logarithmic)


def _marks_below(scale: AxisScale, place: _Place, bottom: float) -> list[str]:
    parts, free = [], -1e9
    for tick in scale.ticks:
        label = tick_text(tick, scale)
        x, half = place(tick), width_of(label) / 2
        parts.append(line(x, bottom, x, bottom + 4, "ch-axis"))
        if x - half > free:
            parts.append(text(min(x, WIDTH - half), bottom + 17, label, anchor="middle", soft=True))
            free = x + half + 4
    return parts


def _ends(point: Point, *, logarithmic: bool) -> list[float]:
    """Where an error bar ends. One that reaches 0 has no lower end on a logarithmic axis."""
    ends = point.ends or (point.y - point.spread, point.y + point.spread)
    return [end for end in ends if end > 0 or not logarithmic]


def _line_of(series: Series, number: int, across: _Place, up: _Place, logarithmic: bool) -> list[str]:
    colour, dash = colour_of(number), dash_of(number)
    path = " ".join(f"{across(p.x):.1f},{up(p.y):.1f}" for p in series.points)
    dashes = f' stroke-dasharray="{dash}"' if dash else ""
    parts = [f'<polyline class="ch-line{colour}" points="{path}" stroke-width="1.6"{dashes}/>']
    for p in series.points:
        x = across(p.x)
        if p.spread or p.ends:
            ends = list(map(up, _ends(p, logarithmic=logarithmic)))
            parts.append(line(x, max(*ends, up(p.y)), x, min(ends), f"ch-line{colour}"))
            parts += [line(x - _CAP, y, x + _CAP, y, f"ch-line{colour}") for y in ends]
        parts.append(marker(number, x, up(p.y)))
    return parts


def _legend(names: Mapping[int, str], top: float) -> tuple[list[str], float]:
    """Names of series by their numbers, with a piece of their line, in as many columns as fit; and where the
    drawing ends."""
    wide = PIECE + 14 + max(map(width_of, names.values()), default=0.0)
    columns = max(1, int(WIDTH // wide))
    parts = []
    for place, (number, name) in enumerate(names.items()):
        x, y = (place % columns) * (WIDTH / columns), top + (place // columns) * _ROW
        parts += piece(number, x + 2, y - 4)
        parts.append(text(x + PIECE + 8, y, name))
    return parts, top + (-(-len(names) // columns) - 1) * _ROW + 8


def bar_chart(groups: Sequence[tuple[str, Sequence[Series]]], along: Axis) -> str:
    """Bars from left to right as SVG, a group of bars a heading.

    Each `Series` is one bar: its one point has the value as `y`. Without a point, it failed. Bars of one name
    have one colour. On a logarithmic axis they begin at its low end, which its title tells; a value that is
    not above 0 has no bar.
    """
    names = list(dict.fromkeys(one.name for _, bars in groups for one in bars))
    points = [point for _, bars in groups for one in bars for point in one.points]
    ends = [end for p in points for end in (p.y, *_ends(p, logarithmic=along.logarithmic))]
    if along.logarithmic:
        ends += [p.y / _SHORTEST for p in points]
    scale = scale_of(ends, logarithmic=along.logarithmic, from_zero=True)
    left = 8 + max((width_of(name) for name in names), default=0.0)
    beside = max((width_of(_told(p)) for p in points), default=0.0)

    def at(value: float) -> float:
        return left + scale.share(value) * (WIDTH - _RIGHT - left - beside)

    parts: list[str] = []
    y = 4.0
    for heading, bars in groups:
        if heading:
            parts.append(text(0, y + TEXT, heading, soft=True))
            y += _ROW
        for one in bars:
            parts += _bar(one, colour_of(names.index(one.name)), y, left, at, scale)
            y += _ROW
        y += 5
    for tick in scale.ticks:
        parts.insert(0, line(at(tick), 4, at(tick), y, "ch-grid"))
    parts += _marks_below(scale, at, y)
    begin = tick_text(scale.low, scale) if along.logarithmic else ""
    parts.append(text(WIDTH - _RIGHT, y + 34, along.told(begin), anchor="end", soft=True))
    return drawn(y + 42, parts)


def _bar(bar: Series, colour: int, y: float, left: float, at: _Place, scale: AxisScale) -> list[str]:
    zero = at(scale.low if scale.logarithmic else 0.0)
    if not bar.points:
        below = y + _ROW / 2 + TEXT * 0.35
        name = text(left - 6, below, bar.name, anchor="end")
        return [name, text(zero + 5, below, "failed", soft=True)]
    point = bar.points[0]
    start, end = sorted((zero, at(point.y)))
    width = max(end - start, 0.5) if point.y > 0 or not scale.logarithmic else 0.0
    middle = y + _ROW / 2
    parts = [
        text(left - 6, middle + TEXT * 0.35, bar.name, anchor="end"),
        f'<rect class="ch-fill{colour}" x="{start:.1f}" y="{middle - _BAR / 2:.1f}" '
        f'width="{width:.1f}" height="{_BAR}"/>',
    ]
    far = end
    if point.spread or point.ends:
        ends = list(map(at, _ends(point, logarithmic=scale.logarithmic)))
        low, high = min([*ends, at(point.y)]), max([*ends, at(point.y)])
        parts.append(line(low, middle, high, middle, "ch-axis", 1.2))
        parts += [line(x, middle - _CAP, x, middle + _CAP, "ch-axis", 1.2) for x in ends]
        far = max(far, high)
    parts.append(text(far + 5, middle + TEXT * 0.35, _told(point), soft=True))
    return parts


def _told(point: Point) -> str:
    """The value of a bar; where its values lie far apart, the least and the largest."""
    return short_number(point.y) if point.ends is None else " to ".join(map(short_number, point.ends))
