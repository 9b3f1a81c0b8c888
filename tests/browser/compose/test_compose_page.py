"""The compose page around the widget: fields, threads, plain and rich text, panel, troubles, help."""

import re
from datetime import datetime
from typing import Any

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import audit
from tests.browser.composer import Composer
from tests.browser.conftest import open_page
from tests.browser.scripted import Continuation, Reply, ScriptedService, always, refuse, suggest

MEETING = "Can we schedule a meeting for next week?"


def test_typing_shows_the_ghost_and_tab_takes_it(composer: Composer, service: ScriptedService) -> None:
    service.answer = Continuation(MEETING)
    composer.write("Can we sched")
    composer.see("ule a meeting for next week?")
    assert composer.text == "Can we sched"
    composer.press("Tab")
    assert composer.text == MEETING
    assert composer.ghost == ""
    assert composer.focused == "body"


def test_rich_text_has_suggestions_too_and_keeps_what_was_written(
    composer: Composer, service: ScriptedService
) -> None:
    service.answer = Continuation("First line\nCan we schedule a meeting")
    composer.write("First line\nCan we")
    composer.see(" schedule a meeting")
    composer.page.get_by_text("Rich").click()
    assert composer.focused == "rich"
    assert composer.text == "First line\nCan we"
    assert composer.ghost == ""
    composer.type(" sch")
    composer.see("edule a meeting")
    assert "edule" not in composer.body.inner_html()
    composer.press("Tab")
    composer.page.get_by_text("Plain").click()
    assert composer.text == "First line\nCan we schedule a meeting"
    assert composer.focused == "body"


def test_rich_text_can_be_formatted_and_takes_no_styles_from_elsewhere(
    composer: Composer, page: Page
) -> None:
    page.get_by_text("Rich").click()
    page.get_by_role("button", name="Bold").click()
    composer.type("loud")
    assert re.search(r"<b>loud</b>|font-weight", composer.body.inner_html())
    composer.press("Control+a", "Delete")
    composer.body.evaluate(
        """body => {
          const data = new DataTransfer();
          data.setData("text/html", "<h1 style='color: red'>red</h1>");
          data.setData("text/plain", "red");
          const given = { clipboardData: data, bubbles: true, cancelable: true };
          body.dispatchEvent(new ClipboardEvent("paste", given));
        }"""
    )
    assert composer.text == "red"
    assert "h1" not in composer.body.inner_html()


def test_a_thread_fills_the_fields_and_begins_another_draft(
    composer: Composer, service: ScriptedService
) -> None:
    composer.write("An old draft")
    before = service.asked_about("An old draft")
    composer.page.get_by_role("button", name="Lunch on Friday?").click()
    assert composer.text == ""
    assert composer.focused == "body"
    composer.type("Hi")
    request = service.asked_about("Hi")
    assert request["session_id"] != before["session_id"]
    context = request["context"]
    assert context["recipient_name"] == "Tomas Reyes"
    assert context["subject"] == "Re: Lunch on Friday?"
    assert "What time would work for you?" in context["previous_message"]
    composer.page.get_by_role("button", name="A blank message").click()
    assert composer.text == "An old draft"  # which waited
    composer.type("s")
    assert service.asked_about("An old drafts")["context"].keys() == {"sent_at"}


def test_context_is_what_the_fields_say_and_the_writers_own_hour(
    browser: Browser, service: ScriptedService
) -> None:
    with open_page(browser, timezone_id="Asia/Kolkata") as page:
        page.goto(service.url)
        composer = Composer(page)
        page.get_by_label("To").fill("  Sam ")
        page.get_by_label("Subject").fill("Planning")
        composer.write("Hello")
        context = service.asked_about("Hello")["context"]
        assert (context["recipient_name"], context["subject"]) == ("Sam", "Planning")
        assert "previous_message" not in context
        sent = datetime.fromisoformat(context["sent_at"])
        assert sent.isoformat()[-6:] == "+05:30"
        assert abs((datetime.now(sent.tzinfo) - sent).total_seconds()) < 60
        assert (
            len({request["context"]["sent_at"] for request in service.requests}) == 1
        )  # it stays the draft's


def test_the_writer_chooses_how_readily_it_suggests(composer: Composer, service: ScriptedService) -> None:
    seen = []
    for number, choice in enumerate(("seldom", "when it pays", "often"), 1):
        composer.choose("Suggest", choice)
        composer.write("a")
        seen.append(service.asked_about("a" * number).get("interruption_ms"))
    assert seen == [600, None, 100]


def test_panel_tells_confidence_times_and_savings(composer: Composer, service: ScriptedService) -> None:
    def answer(request: dict[str, Any]) -> Reply:
        return suggest(" schedule", confidence=0.625) if request["prefix"] == "Can we" else suggest()

    service.answer = answer
    assert composer.read("confidence") == "–"
    composer.write("Can we")
    composer.see(" schedule")
    assert composer.read("confidence") in ("62%", "63%")
    assert re.fullmatch(r"[\d.]+ ms", composer.read("median"))
    assert re.fullmatch(r"p95 [\d.]+ ms", composer.read("slowest"))
    assert composer.page.locator("#trace").get_attribute("points")
    assert (composer.read("accepted"), composer.read("saved"), composer.read("share")) == ("0", "0", "")
    composer.press("Tab")
    # Six characters typed, nine taken with one key.
    assert (composer.read("accepted"), composer.read("saved")) == ("9", "8")
    assert composer.read("share") == "53% of what you wrote"
    assert composer.read("confidence") == "–"


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (refuse(429, {"Retry-After": "60"}), "The server is busy."),
        (refuse(500), "The server has a problem."),
        (Reply("not json"), "an answer this page cannot read"),
        (refuse(401), "The server wants an API key."),
    ],
)
def test_trouble_is_told_in_a_line(
    composer: Composer, service: ScriptedService, answer: Reply, told: str
) -> None:
    service.answer = always(answer)
    composer.write("Hello")
    composer.told(told)
    assert composer.text == "Hello"
    assert "scripted" not in composer.status


def test_trouble_that_is_over_is_told_no_longer(composer: Composer, service: ScriptedService) -> None:
    service.answer = always(refuse(500))
    composer.write("H")
    composer.told("The server has a problem.")
    service.answer = Continuation(MEETING)
    composer.write("i")
    composer.told("")
    assert composer.status == ""


def test_a_missing_key_is_asked_for_and_sent(composer: Composer, service: ScriptedService) -> None:
    service.answer = lambda _: suggest(" world") if service.authorizations[-1] else refuse(401)
    composer.write("Hello")
    composer.told("API key")
    composer.page.get_by_label("API key").fill("secret-1")
    composer.press("Enter")
    assert composer.focused == "body"
    assert composer.status == ""
    composer.type(",")
    composer.see(" world")
    assert service.authorizations[-1] == "Bearer secret-1"
    composer.page.reload()  # by then all is kept that is kept
    assert "secret-1" not in composer.page.evaluate(
        "JSON.stringify([{...localStorage}, {...sessionStorage}])"
    )


def test_send_clears_the_draft_and_sends_nothing(composer: Composer, page: Page) -> None:
    composer.write("A short message.")
    posted: list[str] = []
    page.on("request", lambda request: posted.append(request.url) if request.method == "POST" else None)
    page.get_by_role("button", name="Send").click()
    composer.told("Nothing was sent, and nothing learned.")
    assert composer.text == ""
    assert composer.focused == "body"
    composer.settle()
    assert {url.rpartition("/v1/")[2] for url in posted} <= {"suggestions", "events"}


@pytest.mark.parametrize("kind", ["Plain", "Rich"])
@pytest.mark.parametrize("pressed", ["Control+Enter", "Meta+Enter"])
def test_the_mail_clients_key_sends(composer: Composer, page: Page, kind: str, pressed: str) -> None:
    page.get_by_text(kind, exact=True).click()
    composer.write("A short message.")
    composer.press(pressed)
    composer.told("Nothing was sent, and nothing learned.")
    assert composer.text.strip() == ""
    page.get_by_role("button", name="Undo").click()
    assert composer.text == "A short message."
    page.get_by_label("Subject").focus()
    composer.press(pressed)
    assert composer.text.strip() == ""


@pytest.mark.parametrize("kind", ["Plain", "Rich"])
def test_the_right_arrow_takes_what_is_grey_and_else_moves(
    composer: Composer, service: ScriptedService, page: Page, kind: str
) -> None:
    page.get_by_text(kind, exact=True).click()
    service.answer = Continuation(MEETING)
    composer.write("Can we sched")
    composer.see("ule a meeting for next week?")
    composer.press("ArrowRight")
    assert composer.text == MEETING
    composer.press("Control+z")
    assert composer.text == "Can we sched"
    composer.press("ArrowLeft", "ArrowLeft", "ArrowRight")
    composer.type("-")
    assert composer.text == "Can we sche-d"


def test_the_keys_are_explained_and_the_text_has_the_focus_again(composer: Composer, page: Page) -> None:
    page.get_by_role("button", name="Keys").click()
    dialog = page.get_by_role("dialog")
    assert "takes its next word" in dialog.inner_text()
    composer.press("Escape")
    # Browsers tell of it in a task of its own.
    page.evaluate("() => probe.until(() => document.activeElement.id === 'body', 'focus in the body')")
    assert not dialog.is_visible()
    assert composer.focused == "body"


@pytest.mark.parametrize("width", [320, 390, 700, 1280])
def test_nothing_is_wider_than_the_window(composer: Composer, page: Page, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.get_by_role("button", name="Planning the workshop").click()
    wide = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide == 0
    page.get_by_text("Rich").click()
    assert composer.body.bounding_box()["width"] > 250  # type: ignore[index]


def test_nothing_is_loaded_from_elsewhere_or_left_behind(composer: Composer) -> None:
    page = composer.page
    urls = page.evaluate("performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert urls
    assert {re.match(r"https?://[^/]+/", url).group() for url in urls} == {page.url}  # type: ignore[union-attr]
    assert page.context.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


# As browsers do that translate a page: each text node gives way to elements with its translation.
_TRANSLATE = """() => {
  for (const node of probe.textNodes(document.body)) {
    if (node.parentElement.closest("textarea, script, [translate=no]") !== null) continue;
    const translated = document.createElement("font");
    translated.append(`[${node.data}]`);
    node.replaceWith(translated);
  }
}"""
# And as they do with what a page has marked as not to be translated, where they do not heed it.
_TRANSLATE_ALL = _TRANSLATE.replace(", [translate=no]", ", [contenteditable]")


@pytest.mark.parametrize("translate", [_TRANSLATE, _TRANSLATE_ALL], ids=["heeds", "heeds-not"])
def test_a_translated_page_goes_on_telling(
    composer: Composer, service: ScriptedService, page: Page, translate: str
) -> None:
    service.answer = Continuation(MEETING)
    page.evaluate(translate)
    composer.write("Can we sched")
    composer.see("ule a meeting for next week?")
    assert re.fullmatch(r"\d+%", composer.read("confidence"))
    assert re.fullmatch(r"[\d.]+ ms", composer.read("median"))
    composer.press("Tab")
    assert composer.read("accepted") == "28"
    page.evaluate(translate)
    composer.type("?")
    assert composer.read("share").endswith("% of what you wrote")
    page.get_by_role("button", name="Send").click()
    composer.told("Cleared. Nothing was sent, and nothing learned.")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(
    composer: Composer,
    service: ScriptedService,
    page: Page,
    scheme: Any,
) -> None:
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    assert audit(page) == []
    service.answer = Continuation(MEETING)
    page.get_by_role("button", name="Planning the workshop").click()
    composer.type("Can we")
    composer.see(" schedule a meeting for next week?")
    assert audit(page) == []
    page.get_by_text("Rich").click()
    composer.let_learn()
    assert audit(page) == []
    page.get_by_role("button", name="Send").click()
    assert audit(page) == []
    page.get_by_role("button", name="Forget it all").click()
    assert audit(page) == []
    page.get_by_role("button", name="Keep it").click()
    page.get_by_role("button", name="Keys").click()
    assert audit(page) == []
    page.emulate_media(color_scheme=None, reduced_motion=None)
