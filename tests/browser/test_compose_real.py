"""The whole path: a browser, the page, the service in a process of its own, the bundle that ships."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from playwright.sync_api import Page

from tests.browser.composer import Composer

ROOT = Path(__file__).parents[2]
START_SECONDS = 60


@pytest.fixture(scope="module")
def real_service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the real service, ready to answer."""
    if not any((ROOT / "models" / "pretrained").glob("*/*.safetensors")):
        reason = "no bundle in models/pretrained"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    url = f"http://127.0.0.1:{port}/"
    log = tmp_path_factory.mktemp("service") / "output.txt"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "service", "--port", str(port)], cwd=ROOT, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while not is_ready(url):
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < deadline, f"not ready after {START_SECONDS} s: {log.read_text()}"
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(20)


def is_ready(url: str) -> bool:
    try:
        return httpx.get(f"{url}readyz", trust_env=False, timeout=2).status_code == 200
    except httpx.TransportError:
        return False


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
