"""WebKitGTK's MiniBrowser on a display that nobody sees, driven by WebKitWebDriver over HTTP."""

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx

from tests.browser.engines.webdriver import WebDriver, WebDriverError, process_group, wait_for
from tests.missing import missing

PATHS = {"Navigate": "url", "ExecuteScript": "execute/sync", "PerformActions": "actions"}
"""By command, its path below the session's; each is a POST."""


class WebKit(WebDriver):
    def __init__(self, client: httpx.Client) -> None:
        self._client = client
        session = self._post("session", {"capabilities": {}})["sessionId"]
        self._session = f"session/{session}"

    def command(self, name: str, **parameters: Any) -> Any:
        return self._post(f"{self._session}/{PATHS[name]}", parameters)

    def compose(self, letter: str) -> None:
        """GTK composes the code of a letter after Control+Shift+u."""
        self.press("Control+Shift+u")
        self.type(f"{ord(letter):x}")

    def commit(self) -> None:
        self.press("Enter")

    def close(self) -> None:
        """End the browser, as it ends for a writer."""
        self._client.delete(self._session)

    def _post(self, path: str, parameters: dict[str, Any]) -> Any:
        response = self._client.post(path, json=parameters)
        value = response.json()["value"]
        if response.is_error:
            raise WebDriverError(f"{path}: {value['error']}: {value['message']}")
        return value


@contextmanager
def webkit(home: Path) -> Iterator[WebKit]:
    """MiniBrowser with its files in `home`, an empty folder. Skips if the browser is not installed."""
    driver = shutil.which("WebKitWebDriver")
    if driver is None:
        missing("no WebKitWebDriver on PATH: install your distribution's package `webkit2gtk-driver`")
    log = home / "log"
    with display(log) as name, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        environment = {
            **os.environ,
            "HOME": str(home),
            "DISPLAY": name,
            "GDK_BACKEND": "x11",
            "GTK_IM_MODULE": "gtk-im-context-simple",
            "LIBGL_ALWAYS_SOFTWARE": "1",
        }
        with process_group([driver, f"--port={port}"], environment, log) as process:

            def client() -> httpx.Client | None:
                try:
                    socket.create_connection(("127.0.0.1", port)).close()
                except ConnectionRefusedError:
                    return None
                return httpx.Client(base_url=f"http://127.0.0.1:{port}/", timeout=120, trust_env=False)

            with wait_for(client, process, log) as connected:
                browser = WebKit(connected)
                yield browser
                browser.close()


@contextmanager
def display(log: Path) -> Iterator[str]:
    """The name of an X display without a screen."""
    server = shutil.which("Xvfb")
    if server is None:
        missing("no Xvfb on PATH: install your distribution's package `xvfb`")
    told, tell = os.pipe()
    command = [server, "-displayfd", str(tell), "-screen", "0", "1280x800x24", "-nolisten", "tcp"]
    with os.fdopen(told) as number, process_group(command, os.environ, log, pass_fds=[tell]) as process:
        os.close(tell)
        line = number.readline().strip()
        if not line:
            raise WebDriverError(f"{process.args!r} did not start:\n{log.read_text(errors='replace')}")
        yield f":{line}"
