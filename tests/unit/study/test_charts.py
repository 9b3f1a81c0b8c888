"""Charts: nothing lies outside the drawing, axes hold their values, names cannot break the SVG."""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.study.charts.axis_scale import scale_of, short_number, tick_text
from inkling.models.study.charts.chart import Axis, Point, Series, bar_chart, line_chart
from inkling.models.study.charts.chart_svg import COLOURS, WIDTH, chart_style, standalone
from inkling.models.study.experiment import Row
from inkling.models.study.spread import lines

ROOT = Path(__file__).parents[3]
SVG = "{http://www.w3.org/2000/svg}"
positive = st.floats(1e-9, 1e9)


@given(st.lists(st.floats(-1e6, 1e6).map(lambda value: round(value, 6)), min_size=1), st.booleans())
def test_a_linear_scale_holds_its_values_between_round_ticks(values: list[float], from_zero: bool) -> None:
    scale = scale_of(values, from_zero=from_zero)
    room = 1e-9 * (1 + max(map(abs, values)))
    assert scale.low <= min(values) + room
    assert scale.high >= max(values) - room
    assert scale.low < scale.high
    assert list(scale.ticks) == sorted(set(scale.ticks))
    assert len(scale.ticks) <= 12
    if from_zero:
        assert scale.low <= 0 <= scale.high


@given(st.lists(positive, min_size=1))
def test_a_logarithmic_scale_holds_its_values(values: list[float]) -> None:
    scale = scale_of(values, logarithmic=True)
    assert 0 < scale.low <= min(values) * 1.001
    assert scale.high >= max(values) * 0.999
    assert 2 <= len(scale.ticks) <= 12


@given(st.lists(positive, min_size=2), st.booleans())
def test_a_larger_value_lies_further_along(values: list[float], logarithmic: bool) -> None:
    scale = scale_of(values, logarithmic=logarithmic)
    shares = [scale.share(value) for value in sorted(values)]
    assert shares == sorted(shares)
    assert all(0 <= share <= 1 for share in shares)


@pytest.mark.parametrize(
    ("values", "ticks"),
    [([0.0, 10.0], ["0", "2", "4", "6", "8", "10"]), ([0.0, 2e6], ["0", "500k", "1M", "1.5M", "2M"])],
)
def test_ticks_are_written_short(values: list[float], ticks: list[str]) -> None:
    scale = scale_of(values)
    assert [tick_text(tick, scale) for tick in scale.ticks] == ticks


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.01234, "0.0123"),
        (-12.345, "-12.3"),
        (1234.5, "1,234"),
        (98_765, "98.8k"),
        (1.2e7, "12M"),
        (3e12, "3e12"),
    ],
)
def test_a_number_is_written_short(value: float, text: str) -> None:
    assert short_number(value) == text


def test_ticks_over_many_decades_are_powers_of_ten() -> None:
    scale = scale_of([1e-8, 1.0], logarithmic=True)
    texts = [tick_text(tick, scale) for tick in scale.ticks]
    assert texts[-1] == "10⁰"
    assert all(text.startswith("10⁻") for text in texts[:-1])


def numbers(drawing: str) -> Iterator[tuple[float, float]]:
    """Every place that a line, circle or curve of the drawing goes to."""
    for element in ElementTree.fromstring(drawing).iter():
        given = element.attrib
        match element.tag.removeprefix(SVG):
            case "line":
                yield float(given["x1"]), float(given["y1"])
                yield float(given["x2"]), float(given["y2"])
            case "path":
                yield place_of(given["transform"])
            case "rect":
                yield float(given["x"]), float(given["y"])
                yield float(given["x"]) + float(given["width"]), float(given["y"])
            case "polyline":
                for pair in given["points"].split():
                    x, _, y = pair.partition(",")
                    yield float(x), float(y)


def place_of(moved: str) -> tuple[float, float]:
    """Where a mark stands."""
    x, y = re.findall(r"-?[\d.]+", moved)
    return float(x), float(y)


def marks(drawing: ElementTree.Element) -> list[tuple[str, str]]:
    """Class and shape of each mark."""
    return [(one.attrib["class"], one.attrib["d"]) for one in drawing.iter(f"{SVG}path")]


def height_of(drawing: str) -> float:
    return float(ElementTree.fromstring(drawing).attrib["viewBox"].split()[3])


far_ends = st.none() | st.tuples(positive, positive).map(lambda ends: (min(ends), max(ends)))
points = st.builds(Point, positive, positive, positive, far_ends)
some_series = st.lists(
    st.builds(
        Series, st.sampled_from(["gru", "lstm", "a & b <c>"]), st.lists(points, min_size=1, max_size=6)
    ),
    min_size=1,
    max_size=12,
)


@given(some_series, st.booleans(), st.booleans())
def test_a_line_chart_stays_inside_its_drawing(series: list[Series], across: bool, up: bool) -> None:
    drawing = line_chart(series, Axis("x", logarithmic=across), Axis("y", logarithmic=up))
    height = height_of(drawing)
    for x, y in numbers(drawing):
        assert -0.1 <= x <= WIDTH + 0.1
        assert -0.1 <= y <= height + 0.1


@given(some_series, st.booleans())
def test_a_bar_chart_stays_inside_its_drawing(series: list[Series], logarithmic: bool) -> None:
    bars = [Series(one.name, one.points[:1]) for one in series]
    drawing = bar_chart([("one", bars), ("two", bars)], Axis("share", logarithmic=logarithmic))
    height = height_of(drawing)
    for x, y in numbers(drawing):
        assert -0.1 <= x <= WIDTH + 0.1
        assert -0.1 <= y <= height + 0.1


def test_a_chart_draws_each_point_with_its_error_bar() -> None:
    series = [Series("gru", [Point(1, 2, 0.5), Point(2, 3)])]
    drawing = ElementTree.fromstring(line_chart(series, Axis("x"), Axis("y")))
    assert len(marks(drawing)) == 2 + 1  # and the one in the legend
    bars = [one for one in drawing.iter(f"{SVG}line") if one.attrib["class"] == "ch-line0"]
    assert len(bars) == 3 + 1  # the bar with its two ends, and the piece in the legend


def test_a_value_that_is_not_above_zero_is_left_out_of_a_logarithmic_axis() -> None:
    series = [Series("gru", [Point(1, 0.0), Point(2, 3.0)])]
    drawing = ElementTree.fromstring(line_chart(series, Axis("x"), Axis("y", logarithmic=True)))
    assert len(marks(drawing)) == 1 + 1


def test_an_error_bar_that_reaches_zero_has_one_end_on_a_logarithmic_axis() -> None:
    series = [Series("gru", [Point(1, 2.0, 3.0)])]
    found = []
    for logarithmic in (True, False):
        drawing = ElementTree.fromstring(line_chart(series, Axis("x"), Axis("y", logarithmic=logarithmic)))
        found.append(sum(one.attrib["class"] == "ch-line0" for one in drawing.iter(f"{SVG}line")))
    assert found == [3, 4]  # the bar, its ends, and the piece in the legend


def many_kinds(count: int) -> ElementTree.Element:
    series = [Series(f"kind {number}", [Point(1, number + 1.0)]) for number in range(count)]
    return ElementTree.fromstring(line_chart(series, Axis("x"), Axis("y")))


def test_no_series_is_told_by_its_colour_alone() -> None:
    drawing = many_kinds(COLOURS)
    lines = [one.attrib.get("stroke-dasharray") for one in drawing.iter(f"{SVG}polyline")]
    pieces = [
        one.attrib.get("stroke-dasharray")
        for one in drawing.iter(f"{SVG}line")
        if one.attrib["class"].startswith("ch-line")
    ]
    assert len(set(lines)) == COLOURS
    assert pieces == lines  # the legend shows the same
    shapes = [shape for _, shape in marks(drawing)]
    assert len(set(shapes)) == COLOURS
    assert shapes == shapes[:COLOURS] * 2


def test_series_beyond_the_colours_have_other_dashes_and_marks() -> None:
    drawing = many_kinds(2 * COLOURS)
    lines = [
        (one.attrib["class"], one.attrib.get("stroke-dasharray")) for one in drawing.iter(f"{SVG}polyline")
    ]
    assert len(set(lines)) == 2 * COLOURS
    assert len(set(marks(drawing))) == 2 * COLOURS


def test_the_least_bar_of_a_logarithmic_axis_is_seen_and_the_title_tells_where_bars_begin() -> None:
    bars = [
        Series(name, [Point(0.0, value)]) for name, value in (("gru", 200.0), ("lstm", 300.0), ("none", 0.0))
    ]
    drawing = bar_chart([("", bars)], Axis("perplexity", logarithmic=True))
    least, larger, none = (
        float(one.attrib["width"]) for one in ElementTree.fromstring(drawing).iter(f"{SVG}rect")
    )
    assert 0 == none < 5 < least < larger
    assert "perplexity, logarithmic from 150" in drawing


def test_a_diverged_seed_leaves_the_other_bars_to_be_seen() -> None:
    bars = [
        Series("gru", [Point(0.0, 80.0, 2.0)]),
        Series("rnn_relu", [Point(0.0, 4.7e10, 8e10, (73_000.0, 1.4e11))]),
    ]
    drawing = bar_chart([("", bars)], Axis("perplexity", logarithmic=True))
    least, larger = (float(one.attrib["width"]) for one in ElementTree.fromstring(drawing).iter(f"{SVG}rect"))
    assert 3 < least < larger
    assert "73k to 1e11" in drawing


def test_a_bar_that_failed_says_so() -> None:
    drawing = bar_chart([("", [Series("gru", [Point(0.0, 8.0)]), Series("lstm", [])])], Axis("perplexity"))
    said = [one.text for one in ElementTree.fromstring(drawing).iter(f"{SVG}text")]
    assert said[said.index("lstm") + 1] == "failed"
    assert drawing.count("<rect") == 1


def test_lines_look_the_same_where_another_one_failed() -> None:
    rows: list[Row] = [
        {"kind": kind, "seed": 0, "distance": 1, "nats": value, "failure": None if value else "diverged"}
        for kind, value in (("gru", 1.0), ("lstm", None), ("mingru", 2.0))
    ]
    gru, failed, mingru = lines(rows, "distance", "nats")
    assert (failed.name, failed.points) == ("lstm", [])
    axes = Axis("tokens back"), Axis("nats")
    drawing = line_chart([gru, failed, mingru], *axes)
    assert "lstm" not in drawing
    whole = line_chart([gru, Series("lstm", [Point(1.0, 1.5)]), mingru], *axes)

    def looks(drawn: str) -> set[str]:
        return set(re.findall(r'class="(ch-(?:line|fill)\d)"', drawn))

    assert looks(drawing) == looks(whole) - {"ch-line1", "ch-fill1"}


def test_a_standalone_drawing_has_both_colour_schemes() -> None:
    alone = standalone(line_chart([Series("gru", [Point(1, 2)])], Axis("x"), Axis("y")))
    ElementTree.fromstring(alone)
    assert "prefers-color-scheme: dark" in alone
    assert "http" not in alone.replace("http://www.w3.org/2000/svg", "")


def _luminance(colour: str) -> float:
    def linear(part: str) -> float:
        value = int(part, 16) / 255
        return value / 12.92 if value <= 0.04045 else float(((value + 0.055) / 1.055) ** 2.4)

    red, green, blue = (linear(colour[at : at + 2]) for at in (1, 3, 5))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def schemes() -> tuple[dict[str, str], dict[str, str]]:
    found = [
        dict(re.findall(r"--chart-(\w+):(#\w{6})", rule))
        for rule in re.findall(r":root\{(.*?)\}", chart_style())
    ]
    light, dark = found
    return light, dark


def test_lines_and_text_stand_out_from_the_page() -> None:
    """By WCAG 2: 3 to 1 for drawings, 4.5 to 1 for text."""
    for colours, page in zip(schemes(), ("#ffffff", "#14191f"), strict=True):
        for name, colour in colours.items():
            bright, darker = sorted((_luminance(colour), _luminance(page)), reverse=True)
            ratio = (bright + 0.05) / (darker + 0.05)
            if name != "grid":
                assert ratio >= (4.5 if name in ("ink", "soft") else 3), (name, ratio)


def test_the_site_has_the_same_colours() -> None:
    style = (ROOT / "docs" / "site.css").read_text("utf-8")
    site = re.findall(r"--chart-(\w+): (#\w{6});", style)
    half = len(site) // 2
    assert (dict(site[:half]), dict(site[half:])) == schemes()
    assert set(re.findall(r"\.(ch-\w+)", style)) == set(re.findall(r"\.(ch-\w+)", chart_style()))
