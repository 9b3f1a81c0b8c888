"""The page of the study: every number comes from the tables, and what is asked for exists."""

import re
from pathlib import Path

import pytest

from docs_build.pages import PAGES
from docs_build.study import TEMPLATE, StudyTemplateError, study_images, study_page
from inkling.models.study.experiment import Row
from inkling.models.study.experiments.catalogue import EXPERIMENTS
from inkling.models.study.unit_results import write_table, write_tables

ROOT = Path(__file__).parents[3]
RECALL = EXPERIMENTS["recall"]


def recalled(kind: str, seed: int, distance: int, value: float | None) -> Row:
    return {"kind": kind, "distance": distance, "seed": seed, "recalled": value, "failure": None}


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    """A folder with the recall of two kinds at two distances, over two seeds, and a machine."""
    rows = [
        recalled(kind, seed, distance, best - distance + seed)
        for kind, best in (("gru", 90.0), ("lstm", 80.0))
        for distance in (5, 50)
        for seed in (0, 2)
    ]
    write_tables(tmp_path, [(RECALL, rows)], [], {"processor": "an invented one"})
    return tmp_path


def page_of(text: str, tables: Path) -> str:
    template = tables / "template.md"
    template.write_text(text, encoding="utf-8")
    return study_page(tables, template)


def test_a_table_has_the_means_and_spreads_of_the_rows(tables: Path) -> None:
    page = page_of("{{ tables recall }}", tables)
    assert "| kind | 5 | 50 | seeds |" in page
    assert "| gru | 86.0 ± 1.4 | 41.0 ± 1.4 | 2 |" in page
    assert "| lstm | 76.0 ± 1.4 | 31.0 ± 1.4 | 2 |" in page


def test_a_figure_is_drawn_from_the_same_rows(tables: Path) -> None:
    page = page_of("{{ figures recall }}", tables)
    (name,) = re.findall(r"\]\(\.\./images/(\S+)\)", page)
    images = study_images(tables, tables / "images")
    drawing = images[tables / "images" / name]()
    assert drawing.count("<path") == 4 + 2  # the points, and a mark of each kind in the legend
    assert "prefers-color-scheme" in drawing


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ("{{ value recall recalled kind=gru distance=5 }}", "86.0 ± 1.4"),
        ("{{ value recall recalled kind=lstm seed=0 distance=50 }}", "30.0"),
        ("{{ machine }}", "| processor | an invented one |"),
        ("{{ tables influence }}", "*Not measured yet.*"),
        ("{{ value influence nats kind=gru }}", "(not measured yet)"),
    ],
)
def test_the_page_tells_what_it_asks_for(tables: Path, asked: str, told: str) -> None:
    assert told in page_of(asked, tables)


@pytest.mark.parametrize(
    "asked",
    [
        "{{ tables nothing }}",
        "{{ graph recall }}",
        "{{ value recall colour kind=gru }}",
        "{{ value recall recalled colour=blue }}",
        "{{ value recall recalled kind=transformer }}",
    ],
)
def test_what_does_not_exist_is_refused(tables: Path, asked: str) -> None:
    with pytest.raises(StudyTemplateError):
        page_of(asked, tables)


def test_a_failure_stands_in_the_table(tables: Path) -> None:
    rows = [recalled("gru", 0, 5, 50.0), {**recalled("gru", 1, 5, None), "failure": "diverged at step 3"}]
    rows += [recalled("gru", 0, 50, 5.0)]
    write_table(tables / "recall.csv", RECALL.columns, rows)
    page = page_of("{{ tables recall }}", tables)
    assert "2, of which 1 failed (diverged at step 3)" in page
    note = "Not in the figures, or only in part: gru: 1 of 2 failed."
    assert note in page_of("{{ figures recall }}", tables)


def test_what_failed_in_every_seed_is_named_though_no_table_has_a_number(tables: Path) -> None:
    rows = [{**recalled("lstm", seed, 0, None), "distance": None, "failure": "diverged"} for seed in (0, 1)]
    write_table(tables / "recall.csv", RECALL.columns, rows)
    assert "lstm: failed, 2 of 2." in page_of("{{ figures recall }}", tables)
    assert "| lstm | – | – | 2, of which 2 failed (diverged) |" in page_of("{{ tables recall }}", tables)


def test_seeds_that_lie_far_apart_are_told_by_their_ends(tables: Path) -> None:
    values = (73_000.0, 73_000.0, 1.4e11)
    measured = {
        "parameters": 1,
        "tokens": 1,
        "train_seconds": 1.0,
        "net_time": 0.0,
        "saved": 0.0,
        "shown": 0.0,
    }
    rows = [
        {
            "kind": kind,
            "budget": "equal size",
            "seed": seed,
            **measured,
            "perplexity": value,
            "precision": None,
        }
        | {"failure": None}
        for kind, some in (("rnn_relu", values), ("gru", (80.0, 81.0, 82.0)))
        for seed, value in enumerate(some)
    ]
    write_table(tables / "quality.csv", EXPERIMENTS["quality"].columns, rows)
    page = page_of("{{ tables quality }}", tables)
    assert "| 73,000.0 to 1.4e+11 |" in page
    assert "| 81.0 ± 1.0 |" in page
    drawing = study_images(tables, tables / "images")[tables / "images" / "study-quality-1.svg"]()
    widths = [float(one) for one in re.findall(r'<rect[^>]* width="([\d.]+)"', drawing)]
    assert len(widths) == 2
    assert min(widths) > 3  # the bar of the other kind is seen
    assert "logarithmic from 10" in drawing
    assert "73k to 1e11" in drawing


def test_a_table_of_another_version_is_refused(tables: Path) -> None:
    write_table(tables / "recall.csv", RECALL.columns[:2], [])
    with pytest.raises(ValueError, match=r"recall\.csv: has the columns"):
        page_of("{{ tables recall }}", tables)


def test_the_page_tells_of_every_experiment() -> None:
    template = TEMPLATE.read_text("utf-8")
    for name in EXPERIMENTS:
        assert f"{{{{ figures {name} }}}}" in template
        assert f"{{{{ tables {name} }}}}" in template


def test_results_in_the_page_are_written_by_nobody() -> None:
    """In the part about results the template itself holds no table and no decimal number."""
    template = TEMPLATE.read_text("utf-8")
    results = template[template.index("## What is commonly said, and how") : template.index("## Which model")]
    assert "|" not in results
    assert set(re.findall(r"\d+\.\d+", results)) <= {"0.001", "0.05", "1.5"}  # settings, not results


def test_no_figure_is_left_over() -> None:
    kept = set((ROOT / "docs" / "images").glob("study-*.svg"))
    assert kept == {path for path in PAGES if path.name.startswith("study-")}
