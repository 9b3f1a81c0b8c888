"""The guide's script tag with an integrity hash, on a page of another origin under a strict policy."""

import base64
import functools
import hashlib
import re
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.programs.shipped import ROOT, running_service

GUIDE = (ROOT / "docs" / "guides" / "embed.md").read_text("utf-8")
SCRIPT = ROOT / "service" / "static" / "inkling.js"
GHOST = "() => document.querySelector('ink-ghost')?.shadowRoot.querySelector('.ghost').textContent ?? ''"
POLICY = (
    "default-src 'none'; script-src 'nonce-abc'; connect-src {service}; "
    "base-uri 'none'; form-action 'none'; require-trusted-types-for 'script'"
)


def sample(language: str, holding: str) -> str:
    """The guide's one sample in a language that holds these words."""
    fences = re.findall(rf"^```{language}\n(.*?)^```", GUIDE, re.MULTILINE | re.DOTALL)
    (found,) = [fence for fence in fences if holding in fence]
    return str(found)


class OnePage(BaseHTTPRequestHandler):
    def __init__(self, pages: dict[str, str], *args: Any) -> None:
        self.pages = pages
        super().__init__(*args)

    def do_GET(self) -> None:
        known = self.path in self.pages
        body = f"<!doctype html><title>Letter</title><textarea></textarea>{self.pages.get(self.path, '')}"
        self.send_response(200 if known else 404)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.send_header("Content-Security-Policy", self.pages["policy"])
        self.end_headers()
        self.wfile.write(body.encode())

    def log_message(self, format: str, *args: Any) -> None:
        """Stay silent."""


@pytest.fixture(scope="module")
def letter() -> Iterator[str]:
    """A page with a textarea and the guide's tag, as it is and with the hash of another script."""
    pages: dict[str, str] = {}
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(OnePage, pages)) as server:
        origin = f"http://127.0.0.1:{server.server_port}"
        with running_service("--allowed-origins", origin) as service:
            tag = sample("html", "integrity").replace("https://mail.example/inkling", service)
            tag = tag.replace('nonce="..."', 'nonce="abc"')
            for path, script in (("/", SCRIPT.read_bytes()), ("/changed", b"")):
                digest = base64.b64encode(hashlib.sha384(script).digest()).decode()
                pages[path] = tag.replace("sha384-...", f"sha384-{digest}")
            pages["policy"] = POLICY.format(service=service)
            thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
            thread.start()
            yield origin
            server.shutdown()
            thread.join()


def test_it_suggests_in_the_page(page: Page, letter: str) -> None:
    page.goto(letter)
    page.locator("textarea").focus()
    page.keyboard.type("Can we schedule a meeting for n")
    page.wait_for_function(f"() => ({GHOST})() !== ''")
    ghost = page.evaluate(GHOST)
    page.wait_for_timeout(100)  # so long it must have been seen
    page.keyboard.press("Tab")
    assert page.locator("textarea").input_value() == f"Can we schedule a meeting for n{ghost}"


def test_a_script_that_is_another_is_refused(page: Page, letter: str) -> None:
    page.goto(f"{letter}/changed")
    assert page.evaluate("typeof inkling") == "undefined"


@pytest.mark.skipif(shutil.which("openssl") is None, reason="no openssl on PATH")
def test_the_command_gives_the_hash() -> None:
    with running_service() as service:
        command = sample("sh", "openssl dgst").replace("http://127.0.0.1:8000", service)
        printed = subprocess.run(command, shell=True, capture_output=True, text=True, check=True).stdout
    digest = hashlib.sha384(SCRIPT.read_bytes()).digest()
    assert base64.b64decode(printed) == digest
