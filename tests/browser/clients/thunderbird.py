"""Thunderbird on a display that nobody sees, driven over Marionette with the rights of the program."""

import json
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.clients.mail_server import USER, MailServer
from tests.browser.engines.firefox import PREFERENCES, Firefox
from tests.browser.engines.webdriver import process_group, wait_for
from tests.browser.engines.webkit import display
from tests.missing import missing
from tests.waiting import until

ID = "thunderbird@inkling.invalid"
DIST = Path(__file__).parents[3] / "extensions" / "dist"

# One identity with an SMTP server, and local folders: nothing is asked at the start.
_ACCOUNT: dict[str, bool | int | str] = {
    "mail.accountmanager.accounts": "account1",
    "mail.accountmanager.defaultaccount": "account1",
    "mail.account.account1.identities": "id1,id2",
    "mail.account.account1.server": "server1",
    "mail.server.server1.type": "none",
    "mail.server.server1.name": "Local Folders",
    "mail.server.server1.hostname": "Local Folders",
    "mail.server.server1.userName": "nobody",
    "mail.accountmanager.localfoldersserver": "server1",
    "mail.identity.id1.fullName": "Ada Brook",
    "mail.identity.id1.useremail": USER,
    "mail.identity.id1.smtpServer": "smtp1",
    "mail.identity.id1.fcc": False,
    "mail.identity.id2.fullName": "Ada Brook",
    "mail.identity.id2.useremail": "ada@private.test",
    "mail.identity.id2.smtpServer": "smtp1",
    "mail.identity.id2.fcc": False,
    "mail.smtpservers": "smtp1",
    "mail.smtp.defaultserver": "smtp1",
    "mail.smtpserver.smtp1.hostname": "127.0.0.1",
    "mail.smtpserver.smtp1.type": "smtp",
    "mail.smtpserver.smtp1.authMethod": 1,
    "mail.smtpserver.smtp1.try_ssl": 0,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.spotlight.firstRunDone": True,
    "mail.winsearch.firstRunDone": True,
    "mail.rights.version": 1,
    "mailnews.start_page.enabled": False,
    "mail.shell.checkDefaultClient": False,
    "mail.cloud_files.enabled": False,
    "mail.compose.max_recycled_windows": 0,
    "mail.compose.warn_public_recipients.aggressive": False,
    "mail.SpellCheckBeforeSend": False,
    "mail.collect_email_address_outgoing": False,
    "mailnews.oauth.loglevel": "Off",
    "app.donation.eoy.version.viewed": 999,
    "extensions.autoDisableScopes": 0,
    # The options page lives in this process, so that its fields can be reached.
    "extensions.webextensions.remote": False,
}

_GRANT = """
const module = "resource://gre/modules/ExtensionPermissions.sys.mjs";
const { ExtensionPermissions } = ChromeUtils.importESModule(module);
const policy = WebExtensionPolicy.getByID(arguments[0]);
const given = { origins: ["http://127.0.0.1/*"], permissions: [] };
return ExtensionPermissions.add(arguments[0], given, policy.extension)
  .then(() => policy.mozExtensionHostname);
"""
_OPEN = """
const { MailServices } = ChromeUtils.importESModule("resource:///modules/MailServices.sys.mjs");
const made = (contract, kind) => Cc[contract].createInstance(Ci[kind]);
const fields = made("@mozilla.org/messengercompose/composefields;1", "nsIMsgCompFields");
Object.assign(fields, { to: arguments[0].to, subject: arguments[0].subject, body: arguments[0].body });
const params = made("@mozilla.org/messengercompose/composeparams;1", "nsIMsgComposeParams");
params.composeFields = fields;
params.type = Ci.nsIMsgCompType.New;
params.format = arguments[0].plain ? Ci.nsIMsgCompFormat.PlainText : Ci.nsIMsgCompFormat.HTML;
params.identity = MailServices.accounts.getIdentity(arguments[0].identity);
MailServices.compose.OpenComposeWindowWithParams(null, params);
"""
_WINDOW = """
const found = [...Services.wm.getEnumerator("msgcompose")].pop();
"""
_GHOST = f"""{_WINDOW}
const page = found?.document.getElementById("messageEditor")?.contentDocument;
for (const host of page?.querySelectorAll("ink-ghost") ?? []) {{
  const ghost = host.openOrClosedShadowRoot.querySelector(".ghost");
  if (ghost.checkVisibility()) return ghost.textContent;
}}
return "";
"""


_OPTIONS = """
document.getElementById("tabmail").openTab("contentTab", {
  url: arguments[0],
  linkHandler: "single-page",
  triggeringPrincipal: Services.scriptSecurityManager.getSystemPrincipal(),
});
"""
_PAGE = """
const browser = document.getElementById("tabmail").currentTabInfo.browser;
const page = browser?.contentDocument;
"""
_FILL = """
const { server, key, on, learned, learning } = arguments[0];
page.getElementById("server").value = server;
page.getElementById("key").value = key;
page.getElementById("learning").checked = learning;
for (const [name, numbers] of [["on", on], ["learned", learned]]) {
  const boxes = page.querySelectorAll(`input[name=${name}]`);
  boxes.forEach((box, number) => (box.checked = numbers.includes(number)));
}
browser.focus();
page.getElementById("server").focus();
"""
_MARK = """
const button = found.document.querySelector("[id^=thunderbird_inkling][badge]");
return button?.getAttribute("badge") ?? "";
"""
_REACH = """
const view = found.document.getElementById("messageEditor").contentWindow;
const texts = [view.document.documentElement.outerHTML];
for (const name of Object.getOwnPropertyNames(view.wrappedJSObject)) {
  try {
    const value = view.wrappedJSObject[name];
    texts.push(typeof value === "string" ? value : JSON.stringify(value) ?? "");
  } catch { /* not to be read */ }
}
return texts.join(" ");
"""


class Thunderbird(Firefox):
    """The program; every script runs with its rights."""

    def __init__(self, connection: socket.socket) -> None:
        super().__init__(connection)
        self._command("Marionette:SetContext", value="chrome")

    def add_extension(self) -> str:
        """Install the extension that was built; returns the host of its pages."""
        archives = sorted(DIST.glob("inkling-thunderbird-*.xpi"))
        if not archives:
            missing("the extension is not built: run `make extensions`, which needs Node.js")
        self._command("Addon:Install", path=str(archives[-1]), temporary=False, allowPrivateBrowsing=False)
        return str(self.run(_GRANT, ID))

    def choose(self, *, server: str, key: str, on: list[int], learned: list[int], learning: bool) -> None:
        """Fill in the options page and press Enter; `on` and `learned` are numbers of identities."""
        host = self.run("return WebExtensionPolicy.getByID(arguments[0]).mozExtensionHostname", ID)
        self.run(_OPTIONS, f"moz-extension://{host}/options.html")
        until(lambda: bool(self.run(f"{_PAGE} return page?.querySelectorAll('input[name=on]').length === 2")))
        values = {"server": server, "key": key, "on": on, "learned": learned, "learning": learning}
        self.run(_PAGE + _FILL, values)
        self.press("Enter")
        until(
            lambda: self.run(f"{_PAGE} return page.getElementById('told').textContent") not in ("", "Trying…")
        )
        self.run("const tabs = document.getElementById('tabmail'); tabs.closeTab(tabs.currentTabInfo);")

    def mark(self) -> str:
        """The mark on the extension's button in the newest window."""
        return str(self.run(_WINDOW + _MARK))

    def reach(self) -> str:
        """All text that a script in the newest window's message could read."""
        return str(self.run(_WINDOW + _REACH))

    def write_to(self, to: str, *, plain: bool, identity: str = "id1", body: str = "") -> None:
        """Open a window for a new message, with the caret in its body."""
        before = set(self.command("GetWindowHandles"))
        message = {
            "to": to,
            "subject": "The harbour plan",
            "body": body,
            "plain": plain,
            "identity": identity,
        }
        self.run(_OPEN, message)
        until(lambda: bool(set(self.command("GetWindowHandles")) - before))
        (handle,) = set(self.command("GetWindowHandles")) - before
        self.command("SwitchToWindow", handle=handle, focus=True)
        until(lambda: bool(self.run("return window.gMsgCompose && window.composeEditorReady === true")))
        self.run(
            "document.getElementById('messageEditor').focus(); gMsgCompose.editor.beginningOfDocument();"
        )

    def ghost(self) -> str:
        """The grey text of the newest window."""
        return str(self.run(_GHOST))

    def see(self, text: str) -> None:
        """Wait until exactly this stands there in grey, for so long that a key takes it."""
        until(lambda: self.ghost() == text)
        self.run("return new Promise((done) => setTimeout(() => done(true), 150))")

    def body(self) -> str:
        """The body of the newest window's message, as HTML."""
        return str(
            self.run(
                _WINDOW
                + 'return found.document.getElementById("messageEditor").contentDocument.body.innerHTML'
            )
        )

    def send(self, received: Callable[[], int]) -> None:
        """Send the newest window's message, and wait until it has arrived."""
        before = received()
        self.run(_WINDOW + "found.goDoCommand('cmd_sendNow');")
        until(lambda: received() > before)
        self.back()

    def close_all(self) -> None:
        """Close every compose window without a question."""
        self.run(
            """
            for (const one of Services.wm.getEnumerator("msgcompose")) {
              one.gContentChanged = false;
              if (one.gMsgCompose) one.gMsgCompose.bodyModified = false;
              one.close();
            }
            """
        )
        self.back()

    def back(self) -> None:
        """Go on in the main window."""
        until(lambda: len(self.command("GetWindowHandles")) == 1)
        self.command("SwitchToWindow", handle=self.command("GetWindowHandles")[0], focus=True)

    def picture(self) -> str:
        """The window as PNG, in Base64."""
        return str(self.command("TakeScreenshot", full=False))


@contextmanager
def thunderbird(home: Path, mail: MailServer) -> Iterator[Thunderbird]:
    """Thunderbird with a profile of its own in `home`, an empty folder."""
    executable = shutil.which("thunderbird")
    if executable is None:
        missing("no thunderbird on PATH: install your distribution's package `thunderbird`")
    profile, log = home / "profile", home / "log"
    profile.mkdir()
    wanted = (
        PREFERENCES
        | _ACCOUNT
        | {
            "mail.smtpserver.smtp1.port": mail.smtp_port,
            "mail.server.server1.directory": str(profile / "Mail"),
            "network.proxy.no_proxies_on": "127.0.0.1",
            "network.proxy.allow_hijacking_localhost": False,
        }
    )
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in wanted.items()]
    (profile / "user.js").write_text("".join(lines), "utf-8")
    with display(home / "display") as name:
        environment = {
            **os.environ,
            "HOME": str(home),
            "DISPLAY": name,
            "MOZ_CRASHREPORTER_DISABLE": "1",
            "MOZ_REMOTE_SETTINGS_DEVTOOLS": "1",
        }
        command = [
            executable,
            "--no-remote",
            "--profile",
            str(profile),
            "--marionette",
            "--remote-allow-system-access",
        ]
        with process_group(command, environment, log) as process:

            def port() -> int | None:
                file = profile / "MarionetteActivePort"
                return int(file.read_text() or 0) or None if file.exists() else None

            with socket.create_connection(("127.0.0.1", wait_for(port, process, log)), 120) as connection:
                yield Thunderbird(connection)
