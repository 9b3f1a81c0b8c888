"""The whole path: a browser, the page, the service in a process of its own, the bundle that ships."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser.composer import Composer
from tests.shipped import running_service


@pytest.fixture(scope="module")
def real_service() -> Iterator[str]:
    """The address of the real service, ready to answer."""
    with running_service() as url:
        yield url


def test_a_writer_types_sees_the_ghost_and_takes_it(page: Page, real_service: str) -> None:
    composer = Composer(page)
    response = page.goto(real_service)
    assert response is not None
    policy = response.headers["content-security-policy"]
    for directive in ("default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'"):
        assert directive in policy

    typed = "Can we schedule a meeting"
    composer.write(typed)
    ghost = composer.see_any()
    # What is seen may be the rest of a suggestion that the last keys typed through.
    assert len(ghost) >= 1
    assert composer.draft == typed
    composer.press("Tab")
    assert composer.draft == typed + ghost
    assert composer.read("accepted") == str(len(ghost))
    assert composer.read("status") == ""

    composer.press("Control+z")
    assert composer.draft == typed
