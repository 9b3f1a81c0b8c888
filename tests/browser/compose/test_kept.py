"""What the compose page keeps in the browser: drafts and settings outlive a reload, and can be cleared."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.composer import Composer
from tests.browser.conftest import open_page
from tests.browser.scripted import ScriptedService

STORED = "localStorage.length + sessionStorage.length"
GROUND = "getComputedStyle(document.documentElement).backgroundColor"


def thread(page: Page, name: str) -> None:
    page.get_by_role("button", name=name).click()


def pressed(page: Page) -> str:
    return page.locator("#threads [aria-pressed=true]").inner_text()


def test_a_reload_keeps_the_draft_of_each_thread(composer: Composer, page: Page) -> None:
    page.get_by_label("To", exact=True).fill("Sam")
    composer.write("A blank one\nof two lines")
    thread(page, "Lunch on Friday?")
    composer.type("Lunch, yes")
    thread(page, "Planning the workshop")
    page.get_by_label("Subject").fill("Workshop, again")
    page.reload()
    assert "Planning the workshop" in pressed(page)
    assert page.get_by_label("Subject").input_value() == "Workshop, again"
    assert page.get_by_label("To", exact=True).input_value() == "Mira Lindqvist"
    assert composer.text == ""
    thread(page, "Lunch on Friday?")
    assert composer.text == "Lunch, yes"
    thread(page, "A blank message")
    assert composer.text == "A blank one\nof two lines"
    assert page.get_by_label("To", exact=True).input_value() == "Sam"
    composer.type("!")
    page.reload()
    assert composer.text == "A blank one\nof two lines!"


def test_a_reload_keeps_bold_and_lists(composer: Composer, page: Page) -> None:
    page.get_by_text("Rich").click()
    page.get_by_role("button", name="Bold").click()
    composer.type("loud")
    page.get_by_role("button", name="List").click()
    before = composer.body.inner_html()
    page.reload()
    assert composer.body.inner_html() == before
    assert composer.focused == "rich"
    composer.type("er")
    assert composer.text.strip() == "louder"


def test_a_reload_keeps_the_settings(composer: Composer, page: Page, service: ScriptedService) -> None:
    light = page.evaluate(GROUND)
    composer.choose("Suggest", "seldom")
    page.get_by_label("Colours").select_option("dark")
    page.get_by_text("Rich").click()
    dark = page.evaluate(GROUND)
    assert dark != light
    page.reload()
    assert page.evaluate(GROUND) == dark
    assert page.get_by_label("Colours").input_value() == "dark"
    assert page.locator("#eagerness").input_value() == "calm"
    assert page.get_by_role("radio", name="Rich").is_checked()
    composer.write("Hello")
    assert service.asked_about("Hello")["interruption_ms"] == 600
    page.get_by_label("Colours").select_option("as the system")
    assert page.evaluate(GROUND) == light
    page.emulate_media(color_scheme="dark")
    assert page.evaluate(GROUND) == dark
    page.get_by_label("Colours").select_option("light")
    assert page.evaluate(GROUND) == light


def test_what_was_sent_does_not_come_back_with_a_reload(composer: Composer, page: Page) -> None:
    composer.write("Sent already")
    page.get_by_role("button", name="Send").click()
    page.reload()
    assert composer.text == ""
    assert page.evaluate(STORED) == 0


def test_all_that_is_kept_can_be_cleared_but_not_by_mistake(composer: Composer, page: Page) -> None:
    composer.let_learn()
    composer.choose("Suggest", "often")
    page.get_by_text("Rich").click()
    thread(page, "Lunch on Friday?")
    composer.type("Lunch, yes")
    page.get_by_role("button", name="Clear drafts and settings").click()
    page.get_by_role("button", name="Keep them").click()
    assert composer.text == "Lunch, yes"
    page.get_by_role("button", name="Clear drafts and settings").click()
    with page.expect_navigation():
        page.get_by_role("button", name="Clear them").click()
    assert "A blank message" in pressed(page)
    assert page.get_by_role("radio", name="Plain").is_checked()
    assert page.locator("#eagerness").input_value() == "balanced"
    assert page.evaluate("sessionStorage.length") == 0
    # Without the user's id nobody could have the rest forgotten.
    assert sorted(page.evaluate("Object.keys(localStorage)")) == ["inkling-learning", "inkling-user"]
    thread(page, "Lunch on Friday?")
    assert composer.text == ""


def test_drafts_are_of_one_tab(composer: Composer, page: Page) -> None:
    composer.write("Of this tab")
    page.reload()
    with page.context.expect_page() as opened:
        page.evaluate("() => void window.open('/', '_blank', 'noopener')")
    other = opened.value
    assert Composer(other).text == ""
    other.close()
    assert composer.text == "Of this tab"


@pytest.mark.parametrize(
    "kept", ["{", "[]", '{"content": {"text": "x"}}', '{"content": {"markup": [["SCRIPT", "1"]]}}']
)
def test_a_kept_draft_that_is_none_does_no_harm(composer: Composer, page: Page, kept: str) -> None:
    page.evaluate("kept => sessionStorage.setItem('inkling-draft:', kept)", kept)
    page.evaluate("localStorage.setItem('inkling-kind', 'rich')")
    page.reload()
    composer.type("Hello")
    assert composer.text.endswith("Hello")
    assert composer.body.locator("script").count() == 0


def test_without_storage_the_page_works_and_says_so(browser: Browser, service: ScriptedService) -> None:
    with open_page(browser) as page:
        page.add_init_script(
            "const refuse = () => { throw new DOMException('refused', 'SecurityError'); };"
            "for (const name of ['localStorage', 'sessionStorage'])"
            " Object.defineProperty(window, name, { get: refuse });"
        )
        page.goto(service.url)
        composer = Composer(page)
        composer.write("Hello")
        composer.told("This browser keeps no drafts")
        thread(page, "Lunch on Friday?")
        assert composer.text == ""
        thread(page, "A blank message")
        assert composer.text == "Hello"
