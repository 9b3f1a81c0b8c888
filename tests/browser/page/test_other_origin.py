"""The whole path from a page on one origin to the real service on another, as beside a mail client."""

import functools
import re
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.request import urlopen

import pytest
from playwright.sync_api import ConsoleMessage, Page

from tests.browser.conftest import require_playground
from tests.browser.editors import Editor
from tests.browser.scripted import PLAYGROUND
from tests.programs.shipped import running_service

WATCH_TROUBLE = """() => {
  window.seen = false;
  playground.handle.on("trouble", () => { window.seen = true; });
}"""


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def mail_client() -> Iterator[str]:
    """The playground on an origin of its own."""
    require_playground("textarea")
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=PLAYGROUND)) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


@pytest.fixture(scope="module")
def allowing_service(mail_client: str) -> Iterator[str]:
    with running_service("--allowed-origins", mail_client) as url:
        yield url


def told(service: str) -> set[str]:
    """The outcomes that the service has counted."""
    with urlopen(f"{service}/metrics") as answer:
        lines = answer.read().decode().splitlines()
    counts = [line for line in lines if line.startswith("inkling_events_total")]
    return {kind for line in counts for kind in re.findall('type="([a-z_]+)"', line)}


@pytest.mark.parametrize("leaves", [False, True])
def test_suggestions_come_and_outcomes_arrive(
    page: Page, mail_client: str, allowing_service: str, leaves: bool
) -> None:
    """Also the outcomes of a writer who leaves the page at once."""
    before = told(allowing_service)
    page.goto(f"{mail_client}/textarea.html?telemetry&endpoint={allowing_service}")
    page.wait_for_selector("body[data-ready]")
    page.evaluate("playground.handle.update({ minConfidence: 0 })")
    editor = Editor(page, "textarea")
    editor.start("")
    editor.type("Looking forward to hearing")
    ghost = editor.see()
    if leaves:
        editor.press("Escape")
        page.goto("about:blank")
    else:
        editor.press("Tab")
        taken = editor.text.removeprefix("Looking forward to hearing")
        assert taken
        # It may have grown since; what grew just before the key is not taken with it.
        assert taken.startswith(ghost) or ghost.startswith(taken)
        page.evaluate("playground.handle.detach()")
    expected = {"shown", "dismissed" if leaves else "accepted"}
    for _ in range(1000):
        if told(allowing_service) >= before | expected:
            break
        page.wait_for_timeout(20)
    assert told(allowing_service) >= before | expected


def test_a_page_that_is_not_named_is_told_once_what_would_allow_it(page: Page, mail_client: str) -> None:
    said: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.text.startswith("inkling:"):
            said.append(message.text)

    with running_service("--allowed-origins", "https://elsewhere.example https://mail.example") as service:
        page.on("console", note)
        page.goto(f"{mail_client}/textarea.html?endpoint={service}")
        page.wait_for_selector("body[data-ready]")
        editor = Editor(page, "textarea")
        for letter in "Ca":
            editor.start("")
            editor.evaluate(WATCH_TROUBLE)
            editor.type(letter)
            page.wait_for_function("() => window.seen")
            page.evaluate("playground.handle.update({})")
        page.remove_listener("console", note)
    (line,) = said
    assert f"--allowed-origins {mail_client}" in line
    assert service in line
