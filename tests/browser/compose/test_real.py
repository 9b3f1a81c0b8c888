"""The whole path: a browser, the page, the service in a process of its own, the bundle that ships."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.composer import Composer, open_fresh
from tests.browser.suggesting import FRAMES_WITHOUT_GHOST
from tests.programs.shipped import running_service


@pytest.fixture(scope="module")
def real_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the real service, ready to answer."""
    with running_service("--profiles", str(tmp_path_factory.mktemp("data") / "profiles.db")) as url:
        yield url


def test_a_writer_types_sees_the_ghost_and_takes_it(page: Page, real_service: str) -> None:
    composer = Composer(page)
    open_fresh(page, real_service)
    policy = httpx.get(real_service).headers["content-security-policy"]
    for directive in ("default-src 'none'", "script-src 'self'", "require-trusted-types-for 'script'"):
        assert directive in policy

    typed = "Looking forward to hearing"
    composer.write(typed)
    ghost = composer.see()
    # What is seen may be the rest of a suggestion that the last keys typed through.
    assert len(ghost) >= 1
    assert composer.text == typed
    composer.press("Tab")
    taken = composer.text.removeprefix(typed)
    assert taken
    # It may have grown since; what grew just before the key is not taken with it.
    assert taken.startswith(ghost) or ghost.startswith(taken)
    assert composer.read("accepted") == str(len(taken))
    assert composer.status == ""

    composer.press("Control+z")
    assert composer.text == typed


def test_what_is_grey_goes_on_while_it_is_typed(page: Page, real_service: str) -> None:
    """ "from" alone is grey behind "hearing" at first; it has grown before it is typed."""
    open_fresh(page, real_service)
    composer = Composer(page)
    composer.write("Looking forward to h")
    composer.settle()
    composer.type("earing", delay=100)
    page.evaluate("() => probe.until(() => /^ from \\S/.test(probe.ghost()), 'word behind from')")
    page.evaluate(FRAMES_WITHOUT_GHOST)
    composer.type(" from", delay=50)
    assert len(composer.ghost.strip()) > 1
    assert page.evaluate("window.watching = false, window.missing") == 0
    ghost = composer.see()
    composer.press("Tab")
    assert composer.text == f"Looking forward to hearing from{ghost}"


def test_what_is_sent_is_learned_where_the_writer_says_so_and_forgotten_when_they_say_so(
    page: Page, real_service: str
) -> None:
    open_fresh(page, real_service)
    composer = Composer(page)

    def kept() -> httpx.Response:
        user = page.evaluate("localStorage.getItem('inkling-user')")
        return httpx.get(f"{real_service}/v1/users/{user}")

    asked: list[Any] = []
    page.on("request", lambda request: asked.append(request.post_data_json) if request.post_data else None)
    composer.write("Please water")
    composer.settle()
    assert all("user_id" not in request for request in asked)
    composer.let_learn()
    composer.type(" the purple ferns.")
    page.get_by_role("button", name="Send").click()
    composer.told("Learned: 5 words of 1 message so far.")
    user = page.evaluate("localStorage.getItem('inkling-user')")
    assert [message["text"] for message in kept().json()["messages"]] == ["Please water the purple ferns."]

    page.reload()
    assert page.get_by_label("Learn from what I send").is_checked()
    composer.write("Please")
    composer.settle()
    assert asked[-1]["user_id"] == user
    page.get_by_role("button", name="Forget it all").click()
    page.get_by_role("button", name="Erase it").click()
    composer.told("Everything that was learned is forgotten.")
    assert httpx.get(f"{real_service}/v1/users/{user}").status_code == 404
    page.get_by_label("Learn from what I send").uncheck()
    composer.type(" w")
    composer.settle()
    assert "user_id" not in asked[-1]
