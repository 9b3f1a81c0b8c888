"""How series are told apart: each has a colour, a dash and a marker of its own."""

from inkling.models.study.charts.chart_svg import COLOURS, line

_DASHES = ("", "7 3", "2 2", "9 2 2 2", "4 2", "6 2 2 2 2 2", "1 3", "12 3")
_MARKERS = (
    "M-2.6 0A2.6 2.6 0 1 0 2.6 0A2.6 2.6 0 1 0 -2.6 0Z",  # a disc
    "M-2.5 -2.5H2.5V2.5H-2.5Z",  # a square
    "M0 -3.4L3.2 2.4H-3.2Z",  # a triangle
    "M0 -3.8L3.3 0L0 3.8L-3.3 0Z",  # a diamond
    "M0 3.4L3.2 -2.4H-3.2Z",  # a triangle that points down
    "M-1.1 -3.6H1.1V-1.1H3.6V1.1H1.1V3.6H-1.1V1.1H-3.6V-1.1H-1.1Z",  # an upright cross
    "M0 -1.5L2.1 -3.6L3.6 -2.1L1.5 0L3.6 2.1L2.1 3.6L0 1.5L-2.1 3.6L-3.6 2.1L-1.5 0L-3.6 -2.1L-2.1 -3.6Z",
    "M-3.6 -1.2H3.6V1.2H-3.6Z",  # a flat bar
)
PIECE = 34
"""The length of a line's piece in a legend: long enough to show its dashes."""


def colour_of(number: int) -> int:
    """The colour of a series."""
    return number % COLOURS


def dash_of(number: int) -> str:
    """The dashes of a series' line. Series beyond the colours have others than their colour had before."""
    return _DASHES[_turned(number, len(_DASHES))]


def marker(number: int, x: float, y: float) -> str:
    """The mark of a series at a point."""
    shape = _MARKERS[_turned(number, len(_MARKERS))]
    return f'<path class="ch-fill{colour_of(number)}" transform="translate({x:.1f} {y:.1f})" d="{shape}"/>'


def piece(number: int, x: float, y: float) -> list[str]:
    """A piece of a series' line with its marker, for a legend."""
    drawn = line(x, y, x + PIECE, y, f"ch-line{colour_of(number)}", 1.6, dash_of(number))
    return [drawn, marker(number, x + PIECE / 2, y)]


def _turned(number: int, count: int) -> int:
    return (number + number // COLOURS) % count
