"""A real Chromium for the compose page, and the scripted service that it talks to."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser.composer import COUNT_UNSETTLED, RECORD_VIOLATIONS, Composer, open_fresh
from tests.browser.editors import EDITORS, PROBE, Editor
from tests.browser.scripted import PLAYGROUND, Held, ScriptedService, always, suggest
from tests.browser.suggesting import LISTEN
from tests.missing import missing

BROWSER_ARGUMENTS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# The same engine without a window system takes three quarters of the time.
CHROMIUM = ("chromium-headless-shell", "chromium")


# Playwright runs an event loop in this thread, which tests outside this package must not meet.
@pytest.fixture(scope="package")
def browser() -> Iterator[Browser]:
    executable = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if executable is None:
        missing("no chromium on PATH: install your distribution's package `chromium`")
    with sync_playwright() as playwright:
        # Scrollbars take part in line breaking, so they stay.
        browser = playwright.chromium.launch(
            executable_path=executable, args=BROWSER_ARGUMENTS, ignore_default_args=["--hide-scrollbars"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="package")
def scripted_service() -> Iterator[ScriptedService]:
    service = ScriptedService()
    yield service
    service.close()


@pytest.fixture
def service(scripted_service: ScriptedService) -> ScriptedService:
    scripted_service.reset()
    return scripted_service


@contextmanager
def open_page(browser: Browser, **options: Any) -> Iterator[Page]:
    """A page of a fresh browser profile."""
    context = browser.new_context(**options)
    context.add_init_script(RECORD_VIOLATIONS)
    context.add_init_script(COUNT_UNSETTLED)
    context.add_init_script(PROBE)
    try:
        yield context.new_page()
    finally:
        context.close()


@pytest.fixture(scope="package")
def desktop(browser: Browser) -> Iterator[Page]:
    with open_page(browser) as page:
        yield page


@pytest.fixture
def page(desktop: Page) -> Iterator[Page]:
    """A window of 1280 by 720 in which an uncaught error or a policy violation fails the test."""
    errors: list[str] = []

    def note(error: object) -> None:
        errors.append(str(error))

    desktop.set_viewport_size({"width": 1280, "height": 720})
    desktop.emulate_media(media="screen", color_scheme="light", forced_colors="none")
    desktop.on("pageerror", note)
    yield desktop
    violations = desktop.evaluate("window.violations")
    desktop.remove_listener("pageerror", note)
    desktop.unroute_all()
    # An open request of one test must not reach the next test.
    desktop.goto("about:blank")
    assert errors == []
    assert violations == []


@pytest.fixture
def composer(page: Page, service: ScriptedService) -> Composer:
    """The compose page, open on the scripted service; set `service.answer` before typing."""
    open_fresh(page, service.url)
    return Composer(page)


def require_playground(name: str) -> None:
    """Skip where this page of the playground is not built, and fail in CI."""
    if not (PLAYGROUND / f"{name}.html").is_file():
        missing("the playground is not built: run `make playground`, which needs Node.js")


def open_editor(page: Page, service: ScriptedService, name: str, query: str = "") -> Editor:
    """A page of the playground, ready to be written in; skips where the playground is not built."""
    require_playground(name)
    page.goto(f"{service.url}playground/{name}.html{query}")
    page.wait_for_selector("body[data-ready]")
    return Editor(page, name)


@pytest.fixture(params=EDITORS)
def editor(request: pytest.FixtureRequest, page: Page, service: ScriptedService) -> Editor:
    """Each editor of the contract in turn, empty; set `service.answer` before typing."""
    return open_editor(page, service, request.param)


@pytest.fixture
def field(page: Page, service: ScriptedService) -> Editor:
    """A textarea, empty, whose troubles and outcomes are noted."""
    editor = open_editor(page, service, "textarea")
    editor.start("")
    page.evaluate(LISTEN)
    return editor


@pytest.fixture
def abandoned(service: ScriptedService) -> Iterator[None]:
    """The service answers nobody."""
    held = Held(always(suggest()))
    service.answer = held
    yield
    held.release()
