"""The plugin in Debian's Roundcube: log in, answer a message, take a suggestion, send, read what was sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, FrameLocator, Page

from tests.browser.clients.mail_server import PASSWORD, USER, MailServer, mail_server
from tests.browser.clients.roundcube import KEY, Roundcube, roundcube
from tests.browser.conftest import open_page
from tests.browser.scripted import Continuation, Reply, ScriptedService, always, refuse, suggest
from tests.integration.distribution.services import services
from tests.materials.bundles import make_bundle
from tests.materials.key_files import bearer, key_file, key_line

pytestmark = pytest.mark.lengthy

LINE = "Can we meet on Friday afternoon?"


@pytest.fixture(scope="module")
def mail() -> Iterator[MailServer]:
    with mail_server() as server:
        yield server


@pytest.fixture(scope="module")
def client(
    tmp_path_factory: pytest.TempPathFactory, mail: MailServer, scripted_service: ScriptedService
) -> Iterator[Roundcube]:
    with roundcube(tmp_path_factory.mktemp("roundcube"), mail, scripted_service.url) as running:
        yield running


@pytest.fixture(scope="module")
def window(browser: Browser, client: Roundcube) -> Iterator[Page]:
    with logged_in(browser, client) as page:
        yield page


@contextmanager
def logged_in(browser: Browser, client: Roundcube) -> Iterator[Page]:
    """A window whose writer has logged in."""
    with open_page(browser, base_url=client.url, locale="en-US") as page:
        page.set_default_timeout(60_000)
        page.goto("/")
        page.fill("#rcmloginuser", USER)
        page.fill("#rcmloginpwd", PASSWORD)
        page.click("#rcmloginsubmit")
        page.wait_for_function("window.rcmail && rcmail.message_list")
        yield page


@pytest.fixture
def inbox(window: Page, mail: MailServer, service: ScriptedService) -> Page:  # noqa: ARG001
    """The window, with one message of another person in the inbox."""
    mail.empty()
    message = EmailMessage()
    message["From"], message["To"] = "Ben Harbour <ben@example.test>", USER
    message["Subject"], message["Message-ID"] = "The harbour plan", "<plan@example.test>"
    message.set_content("Hello Ada,\n\nwhen could we talk about the harbour plan?\n\nBen\n")
    mail.deliver(message)
    return window


def settled(page: Page, **choices: str | bool) -> None:
    """Choose under Settings, Composing Messages."""
    page.goto("?_task=settings&_action=edit-prefs&_section=compose&_framed=1")
    for name, value in choices.items():
        field = page.locator(f"[name=_{name}]")
        if isinstance(value, bool):
            field.set_checked(value, force=True)
        else:
            field.select_option(value, force=True)
    with page.expect_navigation():
        page.evaluate("rcmail.command('save')")


def reply(page: Page, *, html: bool) -> Page:
    """Open the answer to the only message, in the editor for HTML or for plain text."""
    settled(page, htmleditor="1" if html else "0")
    page.goto("?_task=mail&_mbox=INBOX")
    page.wait_for_function("rcmail.message_list && rcmail.message_list.rowcount == 1")
    number = page.evaluate("Object.keys(rcmail.env.messages)[0]")
    page.goto(f"?_task=mail&_action=compose&_reply_uid={number}&_mbox=INBOX")
    page.wait_for_selector("#inkling-state")
    return page


def editor(page: Page) -> FrameLocator:
    return page.frame_locator("#composebody_ifr")


def see(page: Page, text: str) -> None:
    """Wait until exactly this stands there in grey, until a screen reader is told: a key may take it."""
    page.wait_for_function("(text) => probe.ghost() === text && probe.announced().includes(text)", arg=text)


def begin(page: Page, service: ScriptedService, *, html: bool) -> None:
    """Type the beginning of the line at the top of the answer, and see its rest grey."""
    service.answer = Continuation(LINE, asked_from=len("Can we"))
    (editor(page).locator("body") if html else page.locator("#composebody")).click()
    page.keyboard.press("Control+Home")
    page.keyboard.press("Enter")
    page.keyboard.press("Control+Home")
    page.keyboard.type("Can we", delay=20)
    see(page, LINE[len("Can we") :])


def written(page: Page, *, html: bool) -> str:
    """The draft as the editor shows it."""
    if html:
        return str(editor(page).locator("body").evaluate("(body) => body.innerText"))
    return page.locator("#composebody").input_value()


def send(page: Page) -> None:
    page.locator("button.send:visible, a.send:visible").first.click()
    page.wait_for_url("**_task=mail**_mbox=INBOX**")


@pytest.mark.parametrize("html", [False, True])
def test_what_is_taken_is_sent_and_nothing_of_ours(
    inbox: Page, service: ScriptedService, mail: MailServer, html: bool
) -> None:
    page = reply(inbox, html=html)
    begin(page, service, html=html)
    page.keyboard.press("Tab")
    shown = written(page, html=html)
    assert LINE in shown
    send(page)
    (sent,) = mail.kept("Sent")
    (received,) = mail.received
    kind = "html" if html else "plain"
    part = sent.get_body((kind,))
    assert part is not None
    content = part.get_content()
    assert LINE in content
    assert "ink-" not in content
    assert "inkling" not in received.decode().lower()
    plain = sent.get_body(("plain",))
    assert plain is not None
    lines = [line.strip() for line in plain.get_content().splitlines() if line.strip()]
    assert next(line for line in lines if "> " not in line and "wrote" not in line.lower()) == LINE


@pytest.mark.parametrize("html", [False, True])
def test_the_service_is_told_the_writers_own_words_and_what_is_answered(
    inbox: Page, service: ScriptedService, html: bool
) -> None:
    page = reply(inbox, html=html)
    begin(page, service, html=html)
    asked = service.asked_about("Can we")
    context = asked["context"]
    assert context["subject"] == "Re: The harbour plan"
    assert context["recipient_name"] == "Ben Harbour"
    assert context["previous_message"].startswith("Hello Ada,")
    assert "user_id" not in asked, "learning is off"
    assert service.authorizations[-1] == f"Bearer {KEY}"


@pytest.mark.parametrize("html", [False, True])
def test_below_a_quote_only_the_writers_words_are_told(
    inbox: Page, service: ScriptedService, html: bool
) -> None:
    page = reply(inbox, html=html)
    (editor(page).locator("body") if html else page.locator("#composebody")).click()
    page.keyboard.press("Control+End")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    page.keyboard.type("Yes, on Monday", delay=20)
    service.asked_about("Yes, on Monday")


def test_a_switch_of_the_editor_carries_no_ghost_over(
    inbox: Page, service: ScriptedService, mail: MailServer
) -> None:
    page = reply(inbox, html=False)
    begin(page, service, html=False)
    page.once("dialog", lambda asked: asked.accept())
    page.evaluate("rcmail.command('toggle-editor', {id: 'composebody', html: true})")
    editor(page).locator("body").wait_for()
    page.wait_for_function("tinymce.activeEditor && tinymce.activeEditor.initialized")
    assert LINE[len("Can we") :] not in written(page, html=True)
    body = editor(page).locator("body")
    body.click()
    page.keyboard.press("Control+Home")
    page.keyboard.press("End")
    page.keyboard.type(" m", delay=20)
    see(page, LINE[len("Can we m") :])
    page.keyboard.press("Tab")
    assert LINE in written(page, html=True)
    send(page)
    assert b"ink-" not in mail.received[-1]


def test_a_service_that_refuses_or_is_away_shows_one_quiet_sign(
    inbox: Page, service: ScriptedService
) -> None:
    page = reply(inbox, html=False)
    service.answer = always(refuse(503, {"Retry-After": "600"}))
    page.locator("#composebody").click()
    page.keyboard.type("Please send me the plan before", delay=20)
    page.locator("#inkling-state", has_text="Suggestions are away").wait_for()
    assert "Please send me the plan before" in written(page, html=False)
    asked = len(service.requests)
    page.keyboard.type(" the meeting on Monday", delay=20)
    assert len(service.requests) == asked, "it keeps quiet"
    assert page.locator("#messagestack .error, #messagestack .warning").count() == 0


def test_the_key_and_the_service_are_out_of_the_pages_reach(
    inbox: Page, service: ScriptedService, client: Roundcube
) -> None:
    page = reply(inbox, html=False)
    begin(page, service, html=False)
    page.evaluate("() => (rcmail.env.of_this_test = { deep: ['known-to-objects', 'alone'].join('-') })")
    reach = page.evaluate(
        """() => {
          const seen = new Set();
          const texts = [document.documentElement.outerHTML, document.cookie];
          const visit = (value, depth) => {
            if (typeof value === "string") texts.push(value);
            if (value === null || typeof value !== "object" || seen.has(value) || depth > 6) return;
            seen.add(value);
            if (value instanceof Node || value === window) return;
            for (const name of Object.keys(value)) {
              try { visit(value[name], depth + 1); } catch { /* of another origin */ }
            }
          };
          for (const name of Object.keys(window)) visit(window[name], 0);
          visit({ ...localStorage }, 0);
          visit({ ...sessionStorage }, 0);
          return texts.join(" ");
        }"""
    )
    # It goes through objects: this name is set at run time and stands in no text of the page.
    assert "known-to-objects-alone" in reach
    assert KEY not in reach
    assert service.url.rstrip("/") not in reach
    assert KEY not in page.request.get("plugins/inkling/inkling.min.js").text()
    assert "harbour" not in client.logged.lower()


def test_another_page_cannot_ask(inbox: Page, service: ScriptedService) -> None:
    page = reply(inbox, html=False)
    before = len(service.requests)
    url = page.evaluate("rcmail.url('plugin.inkling') + '&_path=/v1/suggestions'")
    response = page.request.post(url, data={"prefix": "x"}, headers={"X-Roundcube-Request": "wrong"})
    assert response.status == 403
    token = page.evaluate("rcmail.env.request_token")
    for path in ("/v1/users/someone", "/v1/admin/reload", ""):
        url = page.evaluate("(path) => rcmail.url('plugin.inkling') + '&_path=' + path", path)
        response = page.request.post(url, data={"prefix": "x"}, headers={"X-Roundcube-Request": token})
        assert response.status == 404
    assert len(service.requests) == before


def test_each_user_chooses(inbox: Page, service: ScriptedService) -> None:
    settled(inbox, inkling_eagerness="calm", inkling_learning=True)
    page = reply(inbox, html=False)
    begin(page, service, html=False)
    asked = service.asked_about("Can we")
    assert asked["interruption_ms"] == 600
    assert len(asked["user_id"]) == 32
    settled(inbox, inkling_on=False, inkling_learning=False, inkling_eagerness="balanced")
    page.goto("?_task=mail&_action=compose")
    page.wait_for_selector("#composebody")
    assert page.locator("#inkling-state").count() == 0
    settled(inbox, inkling_on=True)


def test_a_slow_service_holds_nobody_up(inbox: Page, service: ScriptedService) -> None:
    page = reply(inbox, html=False)
    held = threading.Event()

    def wait(_: dict[str, Any]) -> Reply:
        held.wait(30)
        return suggest()

    service.answer = wait
    try:
        page.locator("#composebody").click()
        page.keyboard.type("Please send me the plan before the meeting")
        assert "Please send me the plan before the meeting" in written(page, html=False)
    finally:
        held.set()


def test_a_service_that_is_down_shows_the_same_sign(
    tmp_path: Path, browser: Browser, mail: MailServer
) -> None:
    with roundcube(tmp_path, mail, "http://127.0.0.1:9") as client, logged_in(browser, client) as page:
        settled(page, htmleditor="0")
        page.goto("?_task=mail&_action=compose&_to=ben@example.test")
        page.wait_for_selector("#inkling-state")
        page.locator("#composebody").click()
        page.keyboard.type("Please send me the plan before", delay=20)
        page.locator("#inkling-state", has_text="Suggestions are away").wait_for()
        assert written(page, html=False) == "Please send me the plan before"


def test_with_the_service_itself_it_suggests_learns_and_forgets(
    tmp_path: Path, browser: Browser, mail: MailServer
) -> None:
    keys = key_file(tmp_path, key_line("roundcube", KEY))
    make_bundle(tmp_path / "tiny")
    options = ("--api-keys", str(keys), "--allowed-hosts", "127.0.0.1")
    with (
        services(tmp_path, 1, *options) as (backend,),
        roundcube(tmp_path / "mail", mail, backend.url) as client,
        logged_in(browser, client) as page,
    ):
        user = f"/v1/users/{client.user}"
        settled(page, inkling_learning=True, htmleditor="0")
        page.goto("?_task=mail&_action=compose&_to=ben@example.test")
        page.wait_for_selector("#inkling-state")
        page.fill("#compose-subject", "The report")
        page.locator("#composebody").click()
        with page.expect_response(lambda got: "plugin.inkling" in got.url and got.status == 200):
            page.keyboard.type("thank you for the message about the meeting on monday", delay=20)
        send(page)
        kept = backend.client.get(user, headers=bearer(KEY)).json()["messages"]
        assert ["thank you for the message" in one["text"].lower() for one in kept] == [True]
        settled(page, inkling_forget=True)
        assert backend.client.get(user, headers=bearer(KEY)).status_code == 404
