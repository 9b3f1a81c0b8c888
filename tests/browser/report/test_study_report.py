"""The report of the study: accessible, light and dark, and readable on a telephone."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from inkling.models.study.experiment import Experiment, Row
from inkling.models.study.experiments.catalogue import EXPERIMENTS
from inkling.models.study.study_page import study_page
from inkling.models.study.study_run import measured
from tests.browser.axe import audit
from tests.browser.conftest import open_page
from tests.materials.workshops import make_workshop

pytestmark = pytest.mark.lengthy

_PHONE = {"width": 390, "height": 844}
# Texts of figures that stick out of their drawing.
_CUT_OFF = """() => [...document.querySelectorAll("svg text")].filter((one) => {
  const text = one.getBoundingClientRect(), drawing = one.ownerSVGElement.getBoundingClientRect();
  return text.left < drawing.left - 1 || text.right > drawing.right + 1 || text.bottom > drawing.bottom + 1;
}).map((one) => one.textContent)"""
_TEXT_SIZES = """() => [...document.querySelectorAll("figure svg")].map(
  (one) => 11 * one.getBoundingClientRect().width / one.viewBox.baseVal.width)"""
_WIDE = """() => [...document.querySelectorAll(".scroll")].findIndex(
  (one) => one.scrollWidth > one.clientWidth)"""
_COLOURS = """() => ["body", ".ch-line0", ".ch-text"].map((name) => {
  const style = getComputedStyle(document.querySelector(name));
  return name === "body" ? style.backgroundColor : name === ".ch-text" ? style.fill : style.stroke;
})"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A report with rows of every experiment, and one failure each.

    One case of each is measured. Its rows stand for the other kinds and seeds too.
    """
    folder = tmp_path_factory.mktemp("report")
    workshop = make_workshop(folder)
    results: list[tuple[Experiment[Any], list[Row]]] = []
    units: list[Row] = []
    for name, experiment in EXPERIMENTS.items():
        cases = experiment.cases(workshop.plan, workshop.material.tokenizer.vocabulary_size)
        rows: list[Row] = [
            {**row, "kind": kind, "seed": seed}
            for row in measured(experiment, cases[0], workshop).rows
            for kind in dict.fromkeys(case.kind for case in cases)
            for seed in (0, 1)
        ]
        results.append((experiment, [*rows, experiment.failed(cases[-1], "diverged at step 1 of 3")]))
        units.append({"experiment": name, "kind": "gru", "seed": 0, "seconds": 1.5, "failure": None})
    page = study_page("tiny", results, units, {"processor": "one", "torch": "2"})
    path = folder / "index.html"
    path.write_text(page, encoding="utf-8")
    return path


@pytest.fixture(params=["light", "dark"])
def phone(browser: Browser, report: Path, request: pytest.FixtureRequest) -> Iterator[Page]:
    with open_page(browser, viewport=_PHONE, color_scheme=request.param) as page:
        page.goto(report.as_uri())
        yield page


def test_axe_finds_nothing(phone: Page) -> None:
    assert phone.locator("figure").count() > len(EXPERIMENTS)
    assert audit(phone) == []


def test_the_page_fits_a_telephone(phone: Page) -> None:
    assert phone.evaluate("document.documentElement.scrollWidth") <= _PHONE["width"]
    assert phone.evaluate(_CUT_OFF) == []
    assert min(phone.evaluate(_TEXT_SIZES)) >= 10.5


def test_figures_take_the_colours_of_the_page(browser: Browser, report: Path) -> None:
    found = []
    for scheme in ("light", "dark"):
        with open_page(browser, viewport=_PHONE, color_scheme=scheme) as page:
            page.goto(report.as_uri())
            found.append(page.evaluate(_COLOURS))
    light, dark = found
    assert all(one != other for one, other in zip(light, dark, strict=True))


def test_wide_tables_can_be_read_with_the_keyboard(phone: Page) -> None:
    wide = phone.evaluate(_WIDE)
    assert wide >= 0
    table = phone.locator(".scroll").nth(wide)
    table.focus()
    phone.keyboard.press("ArrowRight")
    phone.wait_for_function("(one) => one.scrollLeft > 0", arg=table.element_handle())


def test_the_page_asks_nobody_for_anything(browser: Browser, report: Path) -> None:
    with open_page(browser) as page:
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(report.as_uri())
        assert asked == [report.as_uri()]
