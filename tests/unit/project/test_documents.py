"""The documents: their shape, and that their lists are complete and true."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from inkling.models.bundle.bundle import (
    AUTHORS,
    FORMAT_VERSION,
    MAILBOX,
    MANIFEST,
    NAMES,
    PHRASES,
    TOKENIZER,
    WEIGHTS,
    Manifest,
)
from tests.unit.project.test_layers import ROOMS

ROOT = Path(__file__).parents[3]
PAGES = sorted((ROOT / "docs").rglob("*.md"))
_WIDEST = 120


def _prose(text: str) -> Iterator[tuple[int, str]]:
    """Numbered lines that are neither code nor a table."""
    in_code = False
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("```"):
            in_code = not in_code
        elif not in_code and not line.startswith("|"):
            yield number, line


def _first_cells(page: str, heading: str) -> list[str]:
    """What stands as code in the first column of the table with this heading."""
    lines = (ROOT / "docs" / page).read_text("utf-8").splitlines()
    start = next(number for number, line in enumerate(lines) if line.startswith(f"| {heading} |"))
    cells: list[str] = []
    for line in lines[start + 2 :]:
        if not line.startswith("|"):
            break
        cells.append(line.split("|")[1].strip().strip("`"))
    return cells


def test_the_readme_fits_on_three_screens() -> None:
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 120


@pytest.mark.parametrize(
    "page",
    [ROOT / "README.md", ROOT / "widget" / "README.md", *PAGES],
    ids=lambda page: str(page.relative_to(ROOT)),
)
def test_lines_of_prose_are_short(page: Path) -> None:
    wide = [number for number, line in _prose(page.read_text("utf-8")) if len(line) > _WIDEST]
    assert wide == [], f"{page}: lines above {_WIDEST} characters"


def test_the_glossary_is_short_and_in_order() -> None:
    terms = _first_cells("glossary.md", "term")
    assert len(terms) <= 60
    assert terms == sorted(terms, key=str.casefold)


def test_tests_and_benchmarks_that_a_page_names_exist() -> None:
    named = {
        path
        for page in [ROOT / "README.md", *PAGES]
        for path in re.findall(r"`((?:tests|benchmarks)/[\w./-]*)`", page.read_text("utf-8"))
    }
    assert len(named) > 30
    assert sorted(path for path in named if not (ROOT / path).exists()) == []


def test_the_rooms_are_told_in_their_order() -> None:
    assert tuple(_first_cells("explanation/architecture.md", "room")) == ROOMS


def test_the_bundle_page_tells_every_file_and_field() -> None:
    page = "reference/bundle.md"
    assert _first_cells(page, "file") == [MANIFEST, WEIGHTS, TOKENIZER, NAMES, PHRASES, MAILBOX, AUTHORS]
    assert _first_cells(page, "field") == list(Manifest.model_fields)
    assert _first_cells(page, "version")[-1] == str(FORMAT_VERSION)


def test_documents_named_in_the_code_and_tests_named_in_documents_exist() -> None:
    named = {
        (path, name)
        for folder in ("benchmarks", "models", "service", "tests", "widget/src", "widget/playground")
        for path in (ROOT / folder).rglob("*")
        if path.suffix in (".py", ".ts")
        for name in re.findall(r"\bdocs/[\w./-]+\.\w+", path.read_text("utf-8"))
    }
    pages = [path for path in (ROOT / "docs").rglob("*.md") if path.name != "experiments.md"]
    named |= {
        (page, name)
        for page in pages
        for name in re.findall(r"`((?:tests|widget/test)/[\w./-]+\.\w+)`", page.read_text("utf-8"))
    }
    assert named
    assert [(path, name) for path, name in named if not (ROOT / name).exists()] == []
