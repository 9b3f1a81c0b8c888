"""The built extension in a Chromium of its own."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, Worker

from tests.browser.editors import PROBE
from tests.missing import missing

ROOT = Path(__file__).parents[3]
BUILT = ROOT / "extensions" / "build" / "webmail" / "chromium"
KEY = "secret-key-of-the-writer"


class Installed:
    """A browser with the extension, which no site knows yet."""

    def __init__(self, context: BrowserContext, worker: Worker) -> None:
        self.context, self.worker = context, worker
        self.base = worker.url.rpartition("/")[0]

    def page(self, address: str) -> Page:
        """A page of a web mail, ready to be written in."""
        page = self.context.new_page()
        page.goto(address)
        page.wait_for_selector("body[data-ready]")
        return page

    def set_up(self, server: str, *, key: str = KEY, learning: bool = False) -> str:
        """Name a server and a key in the options; returns what these tell."""
        options = self.context.new_page()
        options.goto(f"{self.base}/options.html")
        options.get_by_label("Server address").fill(server)
        options.get_by_label("API key").fill(key)
        options.get_by_label("Learn from what I send").set_checked(learning)
        options.get_by_role("button", name="Save and try").click()
        answered = options.locator("#told").filter(has_text=re.compile(r"^(?!Trying)\S"))
        answered.wait_for()
        told = answered.inner_text()
        options.close()
        return told

    def switch(self, address: str, *, on: bool) -> None:
        """Press the button for a site."""
        popup = self.context.new_page()
        popup.goto(f"{self.base}/popup.html?site={address}")
        popup.get_by_role("button", name="Suggest on" if on else "Switch off").click()
        popup.get_by_role("button", name="Switch off" if on else "Suggest on").wait_for()
        popup.close()

    def badges(self) -> list[str]:
        """The marks on the button, of all tabs."""
        found: list[str] = self.worker.evaluate(
            """async () => {
              const tabs = await chrome.tabs.query({});
              const marks = tabs.map(({ id }) => chrome.action.getBadgeText({ tabId: id }));
              const texts = await Promise.all(marks);
              return texts.filter((text) => text !== "");
            }"""
        )
        return found

    def title(self) -> str:
        """What the button's tooltip says where something is wrong."""
        said: list[str] = self.worker.evaluate(
            """async () => {
              const tabs = await chrome.tabs.query({});
              return Promise.all(tabs.map(({ id }) => chrome.action.getTitle({ tabId: id })));
            }"""
        )
        return next((one for one in said if one != "Inkling"), "")


@contextmanager
def installed(browser: Browser) -> Iterator[Installed]:
    """The extension loaded unpacked in a fresh profile.

    No program can answer the browser's own question whether a site is allowed. So this copy has the
    permission for loopback addresses from the start, and nothing else is changed.
    """
    if not (BUILT / "manifest.json").is_file():
        missing("the extension is not built: run `make extensions`, which needs Node.js")
    executable = shutil.which("chromium")
    if executable is None:
        missing("no chromium on PATH: install your distribution's package `chromium`")
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / "extension"
        shutil.copytree(BUILT, copy)
        manifest = json.loads((copy / "manifest.json").read_text("utf-8"))
        manifest["host_permissions"] = ["http://127.0.0.1/*"]
        (copy / "manifest.json").write_text(json.dumps(manifest), "utf-8")
        context = browser.browser_type.launch_persistent_context(
            Path(folder) / "profile",
            executable_path=executable,
            headless=False,  # the old headless mode knows no extensions; the arguments ask for the new one
            args=[
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                f"--disable-extensions-except={copy}",
                f"--load-extension={copy}",
            ],
            ignore_default_args=["--disable-extensions", "--hide-scrollbars"],
        )
        context.add_init_script(PROBE)
        try:
            workers = context.service_workers
            worker = workers[0] if workers else context.wait_for_event("serviceworker")
            yield Installed(context, worker)
        finally:
            context.close()
