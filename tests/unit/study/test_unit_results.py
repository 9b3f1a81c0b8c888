"""Tables as CSV: what is written is read again; means and spreads over seeds."""

import statistics
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.study.experiment import Column, Row
from inkling.models.study.spread import bars, lines, summaries
from inkling.models.study.unit_results import read_table, write_table

COLUMNS = (
    Column("kind", "kind", "text"),
    Column("seed", "seed", "integer"),
    Column("value", "value"),
)
texts = st.text(st.characters(codec="utf-8", exclude_characters="\r\n\0"), min_size=1)
rows_of = st.lists(
    st.fixed_dictionaries(
        {
            "kind": st.none() | texts,
            "seed": st.integers(0, 2**31),
            "value": st.none() | st.floats(-1e12, 1e12, allow_subnormal=False),
        }
    )
)


@given(rows_of)
def test_a_table_is_read_as_it_was_written(rows: list[Row]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "table.csv"
        write_table(path, COLUMNS, rows)
        found = read_table(path, COLUMNS)
        assert [(row["kind"], row["seed"]) for row in found] == [(row["kind"], row["seed"]) for row in rows]
        for one, other in zip(found, rows, strict=True):
            if other["value"] is None:
                assert one["value"] is None
            else:
                assert one["value"] == pytest.approx(other["value"], rel=1e-5)


def test_a_table_with_other_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "table.csv"
    write_table(path, COLUMNS[:2], [])
    with pytest.raises(ValueError, match=r"table\.csv: has the columns kind, seed, not kind, seed, value"):
        read_table(path, COLUMNS)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.none() | st.floats(-1e6, 1e6))))
def test_means_and_deviations_are_those_of_the_groups(pairs: list[tuple[str, float | None]]) -> None:
    rows: list[Row] = [{"kind": kind, "value": value} for kind, value in pairs]
    found = summaries(rows, ["kind"], "value")
    for kind in "abc":
        values = [value for one, value in pairs if one == kind and value is not None]
        if not values:
            assert (kind,) not in found
            continue
        summary = found[kind,]
        assert summary.count == len(values)
        assert summary.mean == pytest.approx(statistics.fmean(values), rel=1e-9, abs=1e-6)
        deviation = statistics.stdev(values) if len(values) > 1 else 0.0
        assert summary.deviation == pytest.approx(deviation, rel=1e-6, abs=1e-3)


def test_lines_go_from_left_to_right_with_the_spread_over_seeds() -> None:
    rows: list[Row] = [
        {"kind": "gru", "seed": seed, "distance": distance, "value": distance + seed}
        for distance in (9, 3)
        for seed in (0, 2)
    ]
    (line,) = lines(rows, "distance", "value")
    assert line.name == "gru"
    assert [(point.x, point.y) for point in line.points] == [(3.0, 4.0), (9.0, 10.0)]
    assert line.points[0].spread == pytest.approx(2**0.5)
    assert [bar.name for bar in bars(rows, "value")] == ["gru"]
