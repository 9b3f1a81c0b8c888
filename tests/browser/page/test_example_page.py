"""The example of a plain page: opened as it stands, but for the address of the service."""

from pathlib import Path

from playwright.sync_api import Page

from tests.browser.editors import Editor
from tests.browser.literal import LINE, REST
from tests.browser.scripted import Continuation, Reply, ScriptedService

PAGE = Path(__file__).parents[3] / "examples/page/index.html"
ADDRESS = "http://127.0.0.1:8000/"


def test_the_page_suggests_and_tells_outcomes(page: Page, service: ScriptedService) -> None:
    html = PAGE.read_text()
    assert ADDRESS in html
    # The example has its style and script in itself, and names no policy.
    policy = {"Content-Security-Policy": "default-src 'self' 'unsafe-inline'"}
    service.pages["/example"] = Reply(html.replace(ADDRESS, service.url), headers=policy)
    service.answer = Continuation(LINE)
    page.goto(f"{service.url}example")
    letter = Editor(page, "example")
    page.click("#body")
    letter.type("Can we")
    letter.see(REST)
    letter.press("Tab")
    assert draft_of_body(page) == f"Can we{REST}"
    page.wait_for_function("document.getElementById('outcomes').textContent.includes('accepted')")


def draft_of_body(page: Page) -> str:
    text: str = page.input_value("#body")
    return text
