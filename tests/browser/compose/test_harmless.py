"""No key of the compose page does harm by mistake: Tab stays, Send is undone, learning is asked about."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.browser.composer import Composer
from tests.browser.scripted import Continuation, ScriptedService

KINDS = pytest.mark.parametrize("kind", ["Plain", "Rich"])


def learned(page: Page) -> list[dict[str, Any]]:
    """What the page has the service learn from now on."""
    messages: list[dict[str, Any]] = []

    def learn(route: Route) -> None:
        messages.append(json.loads(route.request.post_data or "{}"))
        route.fulfill(json={"id": "page-1", "messages": len(messages), "words": 3 * len(messages)})

    page.route("**/v1/users/*/messages", learn)
    return messages


def storage(page: Page) -> str:
    return str(page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])"))


@KINDS
def test_tab_and_space_with_nothing_grey_stay_in_the_text(composer: Composer, page: Page, kind: str) -> None:
    page.get_by_text(kind, exact=True).click()
    composer.write("Can we")
    for _ in range(4):
        composer.press("Tab", " ")
    assert composer.text.strip() == "Can we"
    assert not page.get_by_label("Learn from what I send").is_checked()
    assert "inkling-user" not in storage(page)
    assert composer.focused == ("rich" if kind == "Rich" else "body")
    composer.press("Tab")
    composer.told("Esc, then Tab")
    composer.type("m")
    composer.told("")


@KINDS
def test_after_esc_tab_leaves_the_text_and_shift_tab_always_does(
    composer: Composer, page: Page, kind: str
) -> None:
    page.get_by_text(kind, exact=True).click()
    composer.write("Can we")
    text = composer.focused
    composer.press("Escape", "Tab")
    assert composer.focused == "help-button"
    composer.press("Shift+Tab")
    assert composer.focused == text
    composer.press("Tab")  # Esc is of the last visit
    assert composer.focused == text
    composer.press("Shift+Tab")
    assert page.evaluate("document.activeElement.matches('#menu summary')")


def test_tab_that_is_kept_still_takes_what_is_grey(composer: Composer, service: ScriptedService) -> None:
    service.answer = Continuation("Can we meet on Friday?")
    composer.press("Tab")
    composer.write("Can we")
    composer.see(" meet on Friday?")
    composer.press("Tab")
    assert composer.text == "Can we meet on Friday?"
    composer.press("Tab")
    assert composer.text == "Can we meet on Friday?"
    assert composer.focused == "body"


def test_a_space_on_anything_behind_the_text_does_no_harm(composer: Composer, page: Page) -> None:
    messages = learned(page)
    composer.write("Can we")
    for steps in range(1, 5):
        composer.body.focus()
        composer.press("Escape", *["Tab"] * steps, " ")
        page.evaluate("() => probe.frame()")
        if page.get_by_role("dialog").count():
            composer.press(" ")  # a second one, by the same mistake
        if page.locator("#undo").is_visible():
            page.locator("#undo").click()
        assert composer.text == "Can we"
    assert "inkling-user" not in storage(page)
    assert messages == []


@KINDS
def test_send_can_be_undone(composer: Composer, page: Page, kind: str) -> None:
    page.get_by_text(kind, exact=True).click()
    page.get_by_label("Subject").fill("Planning")
    composer.write("First line\nCan we")
    page.get_by_role("button", name="Send").click()
    assert composer.text.strip() == ""
    page.get_by_role("button", name="Undo").click()
    assert composer.text == "First line\nCan we"
    assert page.get_by_label("Subject").input_value() == "Planning"
    assert not page.get_by_role("button", name="Undo").is_visible()
    composer.type(" meet")
    assert composer.text == "First line\nCan we meet"


@KINDS
def test_the_undo_key_undoes_send_in_an_empty_text(composer: Composer, page: Page, kind: str) -> None:
    page.get_by_text(kind, exact=True).click()
    composer.write("Can we")
    page.get_by_role("button", name="Send").click()
    composer.press("Control+z")
    assert composer.text == "Can we"


@KINDS
def test_undo_loses_nothing_that_was_written_since(composer: Composer, page: Page, kind: str) -> None:
    page.get_by_text(kind, exact=True).click()
    composer.write("Can we")
    page.get_by_role("button", name="Send").click()
    composer.type("meet")
    page.get_by_role("button", name="Undo").click()
    assert composer.text == "Can we\nmeet"


def test_undo_brings_back_bold_and_lists(composer: Composer, page: Page) -> None:
    page.get_by_text("Rich").click()
    page.get_by_role("button", name="Bold").click()
    composer.type("loud")
    page.get_by_role("button", name="List").click()
    before = composer.body.inner_html()
    assert "<b>loud</b>" in before
    assert "<li>" in before
    page.get_by_role("button", name="Send").click()
    page.get_by_role("button", name="Undo").click()
    assert composer.body.inner_html() == before
    page.get_by_text("Plain").click()
    page.get_by_text("Rich").click()
    assert composer.body.inner_html() == before


def test_undo_is_of_the_thread_in_which_it_was_sent(composer: Composer, page: Page) -> None:
    composer.write("Can we")
    page.get_by_role("button", name="Send").click()
    page.get_by_role("button", name="Lunch on Friday?").click()
    assert not page.get_by_role("button", name="Undo").is_visible()
    composer.press("Control+z")
    assert composer.text == ""
    page.get_by_role("button", name="A blank message").click()
    page.get_by_role("button", name="Undo").click()
    assert composer.text == "Can we"


def test_learning_is_asked_about_before_it_is_first_switched_on(composer: Composer, page: Page) -> None:
    switch = page.get_by_label("Learn from what I send")
    switch.click()
    page.get_by_role("button", name="Not now").click()
    page.evaluate("() => probe.until(() => document.activeElement.id === 'body', 'focus in the body')")
    assert not switch.is_checked()
    assert "inkling-user" not in storage(page)
    switch.click()
    composer.press("Escape")
    page.evaluate("() => probe.until(() => document.activeElement.id === 'body', 'focus in the body')")
    assert "inkling-user" not in storage(page)
    composer.let_learn()
    assert json.loads(storage(page))[0]["inkling-user"].startswith("page-")
    # It is asked once.
    switch.uncheck()
    switch.check()
    assert page.get_by_role("dialog").count() == 0


def test_what_is_undone_is_not_learned(composer: Composer, page: Page) -> None:
    messages = learned(page)
    composer.let_learn()
    composer.write("Never sent")
    # In one task: no moment passes in which it could be learned.
    page.evaluate("['send', 'undo'].forEach((id) => document.getElementById(id).click())")
    assert composer.text == "Never sent"
    composer.press("Control+a")
    composer.type("Sent")
    page.get_by_role("button", name="Send").click()
    composer.told("Learned: 3 words of 1 message so far.")
    assert messages == [{"text": "Sent"}]


def test_what_was_learned_and_is_undone_is_learned_once(composer: Composer, page: Page) -> None:
    messages = learned(page)
    composer.let_learn()
    composer.write("Sent twice")
    page.get_by_role("button", name="Send").click()
    composer.told("Learned: 3 words of 1 message so far.")
    page.get_by_role("button", name="Undo").click()
    composer.told("It stays learned")
    page.get_by_role("button", name="Send").click()
    composer.told("It was learned before.")
    assert messages == [{"text": "Sent twice"}]


def test_what_is_sent_is_learned_where_the_page_is_left_at_once(
    composer: Composer, page: Page, service: ScriptedService
) -> None:
    composer.let_learn()
    composer.write("The last one")
    page.get_by_role("button", name="Send").click()
    page.reload()
    with service.arrived:
        assert service.arrived.wait_for(lambda: {"text": "The last one"} in service.requests, timeout=30)


def test_nothing_is_forgotten_without_a_question(composer: Composer, page: Page) -> None:
    forgotten: list[str] = []

    def forget(route: Route) -> None:
        forgotten.append(route.request.method)
        route.fulfill(status=204)

    page.route("**/v1/users/page-*", forget)
    composer.let_learn()
    user = json.loads(storage(page))[0]["inkling-user"]
    page.get_by_role("button", name="Forget it all").click()
    page.get_by_role("button", name="Keep it").click()
    page.evaluate("() => probe.until(() => document.activeElement.id === 'body', 'focus in the body')")
    assert json.loads(storage(page))[0]["inkling-user"] == user
    page.get_by_role("button", name="Forget it all").click()
    page.get_by_role("button", name="Erase it").click()
    composer.told("Everything that was learned is forgotten.")
    assert forgotten == ["DELETE"]
