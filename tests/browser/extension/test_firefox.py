"""The archive for Firefox, installed in Firefox: the main part of what Chromium is tried with."""

from collections.abc import Iterator

import pytest

from tests.browser.editors import PROBE
from tests.browser.engines.firefox import Firefox, firefox
from tests.browser.extension.installed import BUILT, KEY
from tests.browser.extension.pages import HOSTS, replies
from tests.browser.scripted import Continuation, ScriptedService
from tests.missing import missing

pytestmark = pytest.mark.slow

ID = "webmail@inkling.invalid"
LINE = "Can we meet on Friday afternoon?"
# No program can answer the browser's own question. So the permission is given with the rights of the browser.
_GRANT = """
const { ExtensionPermissions } = ChromeUtils.importESModule("resource://gre/modules/ExtensionPermissions.sys.mjs");
const policy = WebExtensionPolicy.getByID(arguments[0]);
const origins = ["http://127.0.0.1/*"];
return ExtensionPermissions.add(arguments[0], { origins, permissions: [] }, policy.extension)
  .then(() => policy.mozExtensionHostname);
"""


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Firefox, str]]:
    """Firefox with the extension, and the address of its pages."""
    archives = sorted((BUILT.parents[2] / "dist").glob("inkling-webmail-firefox-*.xpi"))
    if not archives:
        missing("the extension is not built: run `make extensions`, which needs Node.js")
    with firefox(tmp_path_factory.mktemp("firefox")) as driver:
        host = driver.install(archives[-1], _GRANT, ID)
        yield driver, f"moz-extension://{host}"


def until(driver: Firefox, condition: str) -> None:
    source = f"() => probe.until(() => {condition}, `that`)"
    driver.run(PROBE)
    driver.evaluate(source)


def test_it_suggests_and_what_is_sent_is_the_writers(
    installed: tuple[Firefox, str], service: ScriptedService
) -> None:
    driver, base = installed
    service.pages |= replies()
    service.answer = Continuation(LINE, asked_from=len("Can we"))
    driver.goto(f"{base}/options.html")
    until(driver, "document.getElementById('fields')?.disabled === false")
    driver.run("document.getElementById('server').value = arguments[0]", service.url.rstrip("/"))
    driver.run("document.getElementById('key').value = arguments[0]", KEY)
    driver.click("button.primary")
    until(driver, "!['', 'Trying…'].includes(document.getElementById('told').textContent)")
    driver.goto(f"{base}/popup.html?site={service.url}")
    until(driver, "!document.getElementById('toggle').hidden")
    driver.click("#toggle")
    until(driver, "document.getElementById('site').textContent.endsWith('on')")
    for name in ("editable", "frame", "source", "plain"):
        driver.goto(service.url.rstrip("/") + HOSTS[name].path)
        until(driver, "document.body.dataset.ready === 'true'")
        driver.run("begin()")
        driver.type("Can we")
        until(driver, f"probe.ghost() === {LINE[len('Can we') :]!r}")
        assert "Friday" not in driver.run("return outgoing()")
        driver.evaluate("() => new Promise((done) => setTimeout(done, 120))")  # a key takes what was seen
        driver.press("Tab")
        sent = driver.run("return outgoing()")
        assert LINE in sent
        assert HOSTS[name].after in sent
        assert "ink-" not in sent
    assert f"Bearer {KEY}" in service.authorizations
    assert KEY not in driver.run("return document.documentElement.outerHTML")
