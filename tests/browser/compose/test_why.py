"""The panel "Why this?" of the compose page."""

import json
from dataclasses import asdict, replace
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from inkling.models.explanation.explanation import Explanation, NextToken, SearchStep
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions
from tests.browser.axe import audit
from tests.browser.composer import Composer
from tests.rigs.fake_explanation import fake_explanation

HOSTILE = "<img src=x onerror=alert(1)>"


class Asked:
    """The questions of the panel, answered with `answer(prefix)`; with `status`, refused."""

    def __init__(self, page: Page) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.headers: list[dict[str, str]] = []
        self.status = 200
        page.route("**/v1/explanations", self._reply)

    def answer(self, prefix: str) -> Explanation:
        return fake_explanation(Draft(prefix), SearchOptions())

    def _reply(self, route: Route) -> None:
        self.bodies.append(json.loads(route.request.post_data or "{}"))
        self.headers.append(route.request.headers)
        if self.status != 200:
            route.fulfill(status=self.status, json={"error": {"type": "a", "message": "b", "param": None}})
            return
        told = asdict(self.answer(self.bodies[-1]["prefix"]))
        route.fulfill(json={"model": "tiny", "explanation": told})

    @property
    def prefixes(self) -> list[str]:
        return [body["prefix"] for body in self.bodies]


@pytest.fixture
def asked(composer: Composer) -> Asked:
    return Asked(composer.page)


def panel_of(page: Page) -> str:
    return page.locator("#why-told").inner_text()


def open_panel(page: Page) -> None:
    page.get_by_text("Why this?").click()


def until_told(page: Page, text: str) -> None:
    page.evaluate(
        """text => probe.until(
          () => document.getElementById("why-told").innerText.includes(text), `panel "${text}"`)""",
        text,
    )


def test_it_is_closed_at_first_and_asks_nothing_while_closed(composer: Composer, asked: Asked) -> None:
    composer.write("Can we meet")
    composer.settle()
    assert not composer.page.locator("#why").evaluate("panel => panel.open")
    assert asked.bodies == []
    open_panel(composer.page)
    until_told(composer.page, "step by step")
    assert asked.prefixes == ["Can we meet"]
    open_panel(composer.page)
    composer.write(" soon")
    composer.settle()
    open_panel(composer.page)
    until_told(composer.page, "·soon” is not read")
    assert asked.prefixes == ["Can we meet", "Can we meet soon"]


def test_it_follows_the_text_before_the_caret_after_a_pause(composer: Composer, asked: Asked) -> None:
    page = composer.page
    page.get_by_label("Subject").fill("Planning")
    composer.choose("Suggest", "eager")
    open_panel(page)
    composer.write("Can we meet tomorrow")
    until_told(page, "·tomorrow” is not read")
    assert asked.prefixes[-1] == "Can we meet tomorrow"
    assert len(asked.prefixes) < 10  # of twenty keys
    assert asked.bodies[-1]["context"]["subject"] == "Planning"
    assert asked.bodies[-1]["interruption_ms"] == 100
    assert "session_id" not in asked.bodies[-1]
    page.get_by_text("Rich").click()
    composer.type("!\nWell then")
    until_told(page, "·then” is not read")
    assert asked.prefixes[-1] == "Can we meet tomorrow!\nWell then"


def test_it_shows_steps_beam_and_choice(composer: Composer, asked: Asked) -> None:
    page = composer.page
    composer.write("Can we meet")
    open_panel(page)
    until_told(page, "step by step")
    shown = panel_of(page)
    for part in ("·soon", "60%", "may not be suggested", "a longer form of a better one", "1 update", "0.75"):
        assert part in shown
    assert page.locator("#why .tree > li").count() == 1
    assert page.locator("#why .tree > li.shown > ul > li").count() == 2
    assert asked.prefixes


def test_text_of_the_server_stays_text(composer: Composer, asked: Asked) -> None:
    def hostile(prefix: str) -> Explanation:
        told = fake_explanation(Draft(prefix), SearchOptions())
        return replace(told, tail=HOSTILE, steps=[SearchStep(HOSTILE, [NextToken(HOSTILE, 0.5, True)], 0.5)])

    asked.answer = hostile  # type: ignore[method-assign]
    composer.write("Can we")
    open_panel(composer.page)
    until_told(composer.page, "onerror")
    assert composer.page.locator("#why img").count() == 0


@pytest.mark.parametrize(
    ("status", "told"), [(401, "wants an API key"), (429, "is busy"), (503, "too long"), (500, "a problem")]
)
def test_trouble_is_one_quiet_line_and_no_loop(
    composer: Composer, asked: Asked, status: int, told: str
) -> None:
    asked.status = status
    open_panel(composer.page)
    until_told(composer.page, told)
    composer.write("Can")
    asked.status = 200
    composer.write(" we")
    until_told(composer.page, "·we” is not read")
    assert asked.prefixes.count("") == 1
    assert len(asked.prefixes) <= 3
    assert composer.text == "Can we"
    assert composer.status == ""


def test_it_is_reached_by_keys(composer: Composer, asked: Asked) -> None:
    composer.write("Can we")
    composer.press("Escape")
    for _ in range(12):
        composer.press("Tab")
        if composer.page.evaluate("document.activeElement.localName") == "summary":
            break
    composer.press("Enter")
    until_told(composer.page, "step by step")
    composer.press("Tab")
    assert composer.page.evaluate("document.activeElement.className") == "gates-frame"
    assert asked.prefixes == ["Can we"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_wrong_and_nothing_is_wider_than_the_window(
    composer: Composer, asked: Asked, width: int, scheme: Any
) -> None:
    page = composer.page
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    composer.write("Can we meet")
    open_panel(page)
    until_told(page, "step by step")
    assert asked.prefixes
    assert audit(page) == []
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
    page.emulate_media(color_scheme=None, reduced_motion=None)
