"""The extension in a browser, a page's server, and the service that the extension asks."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.extension.installed import Installed, installed
from tests.browser.extension.pages import replies
from tests.browser.scripted import ScriptedService


@pytest.fixture(scope="package")
def with_extension(browser: Browser) -> Iterator[Installed]:
    with installed(browser) as extension:
        yield extension


@pytest.fixture
def mail(service: ScriptedService) -> ScriptedService:
    """The web mail: only its pages are asked for."""
    service.pages |= replies()
    return service


@pytest.fixture
def inkling() -> Iterator[ScriptedService]:
    """The service that the extension asks."""
    service = ScriptedService()
    yield service
    service.close()


@pytest.fixture
def extension(
    with_extension: Installed, mail: ScriptedService, inkling: ScriptedService
) -> Iterator[Installed]:
    """The extension with a server and a key, off on every site."""
    with_extension.set_up(inkling.url.rstrip("/"))
    yield with_extension
    for page in with_extension.context.pages[1:]:
        page.close()
    if with_extension.worker.evaluate("async () => (await chrome.storage.local.get('sites')).sites?.length"):
        with_extension.switch(mail.url, on=False)
