"""The guide's recipe for tokens: a page without a key suggests, and gets a new token when one has ended."""

import functools
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.page.test_script_tag import GHOST, sample
from tests.materials.key_files import SECRET, bearer, key_file, key_line, secret_file
from tests.programs.shipped import running_service

KEY = "a-key-that-only-the-mail-server-has"
ENDED = "a-token-that-the-service-does-not-know"
# What the guide's TypeScript has and a browser does not take.
TYPES = (
    'import { attach } from "inkling-compose";',
    ": Promise<string> | null",
    ": Promise<string>",
    " as { token: string }",
    "!",
)


def recipe(service: str) -> str:
    """The guide's sample as a script of a page without modules."""
    code = sample("ts", "/compose-token").replace("https://compose.example", service)
    for written in TYPES:
        assert written in code
        code = code.replace(written, "") if written != "!" else code.replace('("textarea")!', '("textarea")')
    return f"const {{ attach }} = inkling;{code}"


@dataclass
class MailServer:
    """Serves the page, and gets its tokens. The next tokens are those of `stale`, while there are any."""

    service: str = ""
    stale: list[str] = field(default_factory=list)
    given: int = 0
    page: str = ""

    def token(self) -> str:
        self.given += 1
        if self.stale:
            return self.stale.pop()
        answer = httpx.post(f"{self.service}/v1/tokens", headers=bearer(KEY), json={"user_id": "u-19"})
        token = answer.json()["token"]
        assert isinstance(token, str)
        return token


class Handler(BaseHTTPRequestHandler):
    def __init__(self, mail: MailServer, *args: Any) -> None:
        self.mail = mail
        super().__init__(*args)

    def do_GET(self) -> None:
        body = "<!doctype html><title>Letter</title><textarea></textarea>"
        service = self.mail.service
        body += f'<script src="{service}/inkling.js"></script><script>{recipe(service)}</script>'
        self.mail.page = body
        self._reply("text/html; charset=utf-8", body)

    def do_POST(self) -> None:
        self._reply("application/json", json.dumps({"token": self.mail.token()}))

    def _reply(self, kind: str, body: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def mail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[MailServer, str]]:
    folder: Path = tmp_path_factory.mktemp("doors")
    known = MailServer()
    keys, secrets = key_file(folder, key_line("acme", KEY)), secret_file(folder, SECRET)
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, known)) as server:
        origin = f"http://127.0.0.1:{server.server_port}"
        options = ("--api-keys", str(keys), "--token-secrets", str(secrets), "--allowed-origins", origin)
        with running_service(*options, "--profiles", str(folder / "profiles.db")) as known.service:
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            yield known, origin
            server.shutdown()
            thread.join()


@pytest.mark.parametrize("stale", [0, 1], ids=["fresh", "ended"])
def test_a_page_without_a_key_suggests(page: Page, mail: tuple[MailServer, str], stale: int) -> None:
    known, origin = mail
    known.stale, known.given = [ENDED] * stale, 0
    page.goto(origin)
    page.locator("textarea").focus()
    page.keyboard.type("Can we schedule a meeting for n")
    page.wait_for_function(f"() => ({GHOST})() !== ''")
    # At most two requests are under way at once, and each may find that the token has ended.
    assert 1 + stale <= known.given <= 1 + 2 * stale
    assert KEY not in known.page


def test_a_page_whose_tokens_are_all_refused_does_not_ask_for_ever(
    page: Page, mail: tuple[MailServer, str]
) -> None:
    known, origin = mail
    known.stale, known.given = [ENDED] * 100, 0
    page.goto(origin)
    page.evaluate("() => addEventListener('inkling:trouble', ({ detail }) => (window.kind = detail?.kind))")
    page.locator("textarea").focus()
    page.keyboard.type("Can we schedule a meeting")
    page.wait_for_function("() => window.kind === 'refused'")
    given = known.given
    page.keyboard.type(" for next week?")
    page.wait_for_timeout(300)  # in which a widget that goes on would ask
    assert known.given <= given + 2
    known.stale.clear()
