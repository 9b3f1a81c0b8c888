"""Firefox without a display, driven over Marionette: its own socket for the commands of WebDriver."""

import json
import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.browser.engines.webdriver import WebDriver, WebDriverError, process_group, wait_for
from tests.missing import missing

NOWHERE = "127.0.0.1"
CLOSED = 9
PREFERENCES: dict[str, bool | int | str] = {
    "marionette.port": 0,
    # Requests to other machines go to a proxy that does not exist, so none leaves this machine.
    "network.proxy.type": 1,
    "network.proxy.http": NOWHERE,
    "network.proxy.http_port": CLOSED,
    "network.proxy.ssl": NOWHERE,
    "network.proxy.ssl_port": CLOSED,
    "network.proxy.allow_bypass": False,
    "network.proxy.failover_direct": False,
    "network.dns.disablePrefetch": True,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    # Switches off the parts that would send such requests.
    "app.normandy.enabled": False,
    "app.update.disabledForTesting": True,
    "browser.region.network.url": "",
    "browser.safebrowsing.malware.enabled": False,
    "browser.safebrowsing.phishing.enabled": False,
    "datareporting.healthreport.uploadEnabled": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "doh-rollout.disable-heuristics": True,
    "dom.push.connection.enabled": False,
    "extensions.getAddons.cache.enabled": False,
    "extensions.systemAddon.update.enabled": False,
    "extensions.update.enabled": False,
    "media.gmp-manager.url": "data:,",
    "nimbus.rollouts.enabled": False,
    "services.settings.server": "data:,#remote-settings-dummy/v1",
    "toolkit.telemetry.enabled": False,
    "toolkit.telemetry.server": "data:,",
    "toolkit.telemetry.unified": False,
    # No page of its own at the start.
    "browser.aboutwelcome.enabled": False,
    "browser.newtab.preload": False,
    "browser.newtabpage.enabled": False,
    "browser.startup.homepage": "about:blank",
    "browser.startup.homepage_override.mstone": "ignore",
    "browser.startup.page": 0,
    "dom.ipc.processPrelaunch.enabled": False,
}

# The processor with which Firefox's own tests play an input method.
COMPOSE = """
const { classes: Cc, interfaces: Ci } = Components;
window.inputMethod ??= Cc["@mozilla.org/text-input-processor;1"].createInstance(Ci.nsITextInputProcessor);
const method = window.inputMethod;
if (!method.beginInputTransactionForTests(window)) throw new Error("no input method");
method.setPendingCompositionString(arguments[0]);
method.appendClauseToPendingComposition(arguments[0].length, method.ATTR_RAW_CLAUSE);
method.setCaretInPendingComposition(arguments[0].length);
return method.flushPendingComposition();
"""
COMMIT = "window.inputMethod.commitComposition();"


class Firefox(WebDriver):
    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._answers = connection.makefile("rb")
        self._last = 0
        self._read()  # the greeting
        self.command("NewSession", capabilities={})

    def command(self, name: str, **parameters: Any) -> Any:
        return self._command(f"WebDriver:{name}", **parameters)

    def compose(self, letter: str) -> None:
        assert self._run_in_browser(COMPOSE, letter)

    def commit(self) -> None:
        self._run_in_browser(COMMIT)

    def install(self, archive: Path, script: str, *arguments: Any) -> Any:
        """Install an extension until Firefox ends, then run a script with the rights of the browser."""
        self._command("Addon:Install", path=str(archive), temporary=True)
        return self._run_in_browser(script, *arguments)

    def click(self, selector: str) -> None:
        """Press an element, as a writer does."""
        found = self.command("FindElement", using="css selector", value=selector)
        self.command("ElementClick", id=next(iter(found.values())))

    def _run_in_browser(self, script: str, *arguments: Any) -> Any:
        """Run a script with the rights of the browser, not in the page."""
        self._command("Marionette:SetContext", value="chrome")
        try:
            return self.run(script, *arguments)
        finally:
            self._command("Marionette:SetContext", value="content")

    def _command(self, name: str, **parameters: Any) -> Any:
        """Send [0, id, name, parameters] behind its length and a colon; [1, id, error, value] comes back."""
        self._last += 1
        message = json.dumps([0, self._last, name, parameters]).encode()
        self._connection.sendall(b"%d:%s" % (len(message), message))
        _, number, error, result = self._read()
        assert number == self._last
        if error is not None:
            raise WebDriverError(f"{name}: {error['error']}: {error['message']}")
        return result["value"] if isinstance(result, dict) and set(result) == {"value"} else result

    def _read(self) -> Any:
        length = b""
        while (digit := self._answers.read(1)) != b":":
            if not digit:
                raise WebDriverError("Firefox has closed the connection")
            length += digit
        return json.loads(self._answers.read(int(length)))


@contextmanager
def firefox(home: Path) -> Iterator[Firefox]:
    """Firefox with a profile of its own in `home`, an empty folder; skips where there is none."""
    executable = shutil.which("firefox-esr") or shutil.which("firefox")
    if executable is None:
        missing("no firefox-esr on PATH: install your distribution's package `firefox-esr`")
    profile, log = home / "profile", home / "log"
    profile.mkdir()
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in PREFERENCES.items()]
    (profile / "user.js").write_text("".join(lines), "utf-8")
    command = [executable, "--headless", "--no-remote", "--profile", str(profile), "--marionette"]
    environment = {
        **os.environ,
        "HOME": str(home),
        "MOZ_CRASHREPORTER_DISABLE": "1",
        "MOZ_REMOTE_SETTINGS_DEVTOOLS": "1",  # else it asks its maker, even if the preference forbids it
    }
    with process_group([*command, "--remote-allow-system-access"], environment, log) as process:

        def port() -> int | None:
            file = profile / "MarionetteActivePort"
            return int(file.read_text() or 0) or None if file.exists() else None

        with socket.create_connection(("127.0.0.1", wait_for(port, process, log)), 120) as connection:
            yield Firefox(connection)
