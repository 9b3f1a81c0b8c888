"""The menu of suggestions on the compose page: how often, quiet, corrections, and what is never suggested."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.axe import audit
from tests.browser.composer import Composer
from tests.browser.scripted import Continuation, ScriptedService, suggest, when

MEETING = "Can we schedule a meeting?"


def begin(composer: Composer, service: ScriptedService) -> None:
    service.answer = Continuation(MEETING)
    composer.write("Can we")
    composer.see(MEETING.removeprefix("Can we"))


def test_corrections_are_on_until_they_are_switched_off(
    composer: Composer, service: ScriptedService, page: Page
) -> None:
    service.answer = when("I recie", suggest("eived it", replace=2))
    composer.write("I recie")
    composer.see(" → received it")
    composer.press("Tab")
    assert composer.text == "I received it"
    composer.press("Control+z")
    assert composer.text == "I recie"
    composer.menu().get_by_label("Correct slips of typing").click()
    composer.write("v")
    assert "edits" not in service.asked_about("I reciev")
    page.reload()
    assert not page.locator("#edits").is_checked()


def test_the_middle_of_a_line_is_off_until_it_is_switched_on(
    composer: Composer, service: ScriptedService
) -> None:
    composer.menu().get_by_label("Also within a line").click()
    composer.write("Can on Friday")
    composer.settle()
    composer.press(*["ArrowLeft"] * len(" on Friday"))
    service.answer = when("Can w", suggest("e meet"))
    composer.type(" w")
    composer.see("e meet")
    assert service.asked_about("Can w")["suffix"] == " on Friday"
    composer.press("Tab")
    assert composer.text == "Can we meet on Friday"


@pytest.mark.parametrize(
    ("choice", "told"),
    [
        ("for this draft", "paused for this draft"),
        ("for an hour", "paused for an hour"),
        ("until I end it", "paused"),
    ],
)
def test_a_pause_is_told_and_ends(
    composer: Composer, service: ScriptedService, choice: str, told: str
) -> None:
    begin(composer, service)
    composer.choose("Pause", choice)
    composer.told("Suggestions are paused.")
    assert composer.read("menu-state") == told
    asked = len(service.requests)
    composer.write(" x")
    composer.pause(100)
    assert len(service.requests) == asked
    composer.choose("Pause", "not now")
    assert composer.read("menu-state") == "when it pays"
    composer.write("y")
    service.asked_about("Can we xy")


def test_a_key_pauses_this_draft_in_either_kind_of_text(
    composer: Composer, service: ScriptedService, page: Page
) -> None:
    begin(composer, service)
    composer.press("Alt+q")
    composer.told("Suggestions are paused.")
    page.get_by_text("Rich").click()
    assert composer.read("menu-state") == "paused for this draft"
    composer.press("Alt+q")
    assert composer.read("menu-state") == "when it pays"


def test_what_is_banned_stands_in_the_list_until_it_is_allowed(
    composer: Composer, service: ScriptedService, page: Page
) -> None:
    begin(composer, service)
    composer.press("Shift+Delete")
    composer.told("“schedule a meeting” is not suggested any more.")
    assert page.locator("#allow").is_visible()
    composer.type("!")
    assert not page.locator("#allow").is_visible()
    menu = composer.menu()
    menu.get_by_text("schedule a meeting").wait_for()
    menu.get_by_role("button", name="Allow schedule a meeting").click()
    page.get_by_text("on grey text puts its last words here").wait_for()
    assert page.evaluate("JSON.parse(localStorage.getItem('inkling:')).banned") == []


def test_the_note_takes_a_ban_back(composer: Composer, service: ScriptedService, page: Page) -> None:
    begin(composer, service)
    composer.press("Shift+Delete")
    page.get_by_role("button", name="Allow it again").click()
    assert composer.focused == "body"
    composer.press("Backspace")
    composer.type("e")
    composer.see(" schedule a meeting?")


def test_what_was_chosen_stays_when_learning_begins(
    composer: Composer, service: ScriptedService, page: Page
) -> None:
    begin(composer, service)
    composer.press("Shift+Delete")
    composer.choose("Suggest", "seldom")
    composer.let_learn()
    assert composer.read("menu-state") == "seldom"
    composer.menu().get_by_text("schedule a meeting").wait_for()
    [phrases] = service.forbidden.values()
    assert phrases == ["schedule a meeting"]
    page.reload()
    assert composer.read("menu-state") == "seldom"


def test_the_menu_is_left_by_escape_and_by_a_click(composer: Composer, page: Page) -> None:
    composer.menu()
    composer.press("Escape")
    assert page.locator("#menu").get_attribute("open") is None
    assert page.evaluate("document.activeElement.matches('#menu summary')")
    composer.menu()
    composer.body.click(position={"x": 5, "y": 5})
    assert page.locator("#menu").get_attribute("open") is None


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_it_and_it_is_all_in_view(
    composer: Composer, service: ScriptedService, page: Page, scheme: Any, width: int
) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    begin(composer, service)
    composer.press("Shift+Delete")
    composer.menu().get_by_role("button", name="Allow schedule a meeting").wait_for()
    assert audit(page) == []
    left, right = page.evaluate("""() => {
      const { left, right } = document.querySelector("#menu > div").getBoundingClientRect();
      return [left, right];
    }""")
    assert left >= 0
    assert right <= width
    page.emulate_media(color_scheme=None, reduced_motion=None)
