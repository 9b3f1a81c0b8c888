"""The extension on pages that host their editors as web mails do."""

import json
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.axe import audit
from tests.browser.conftest import require_playground
from tests.browser.extension.installed import BUILT, KEY, Installed
from tests.browser.extension.pages import HOSTS
from tests.browser.scripted import Continuation, Held, ScriptedService, always, refuse, suggest
from tests.materials.key_files import key_file, key_line
from tests.missing import missing
from tests.programs.serving import ServedFake, live_server

LINE = "Can we meet on Friday afternoon?"
REST = LINE[len("Can we") :]


def see(page: Page, text: str) -> None:
    page.evaluate("text => probe.until(() => probe.ghost() === text, `ghost ${text}`)", text)
    page.evaluate("() => new Promise((done) => setTimeout(done, 120))")  # a key takes what was seen for 80 ms


def write(page: Page, text: str) -> None:
    page.evaluate("begin()")
    page.keyboard.type(text)


def open_host(extension: Installed, mail: ScriptedService, name: str) -> Page:
    if name == "squire":
        require_playground("bare_squire")
    return extension.page(mail.url.rstrip("/") + HOSTS[name].path)


@pytest.mark.parametrize("name", HOSTS)
def test_it_suggests_in_bodies_and_what_is_sent_is_the_writers(
    extension: Installed, mail: ScriptedService, inkling: ScriptedService, name: str
) -> None:
    inkling.answer = Continuation(LINE, asked_from=len("Can we"))
    extension.switch(mail.url, on=True)
    page = open_host(extension, mail, name)
    write(page, "Can we")
    see(page, REST)
    assert "Friday" not in page.evaluate("outgoing()")
    page.keyboard.press("Tab")
    sent = page.evaluate("outgoing()")
    assert LINE in sent.replace("&nbsp;", " ")
    assert HOSTS[name].after in sent
    assert "ink-" not in sent
    assert "writingsuggestions" not in sent
    # Squire keeps states of its own, and is not told that one begins here.
    for _ in range(3 if name == "squire" else 1):
        page.keyboard.press("Control+z")
    assert "Friday" not in page.evaluate("outgoing()")
    request = inkling.asked_about("Can we")
    if name != "squire":
        assert request["context"]["subject"] == "Planning"
    if HOSTS[name].after:
        assert request["context"]["previous_message"].endswith("Could we talk about the plan?")
    assert inkling.authorizations[-1] == f"Bearer {KEY}"
    assert mail.requests == []


def test_it_suggests_in_a_frame_that_is_written_again(
    extension: Installed, mail: ScriptedService, inkling: ScriptedService
) -> None:
    """Which takes every listener from the frame's document, the extension's too."""
    written = "Can we meet on Friday afternoon then?"
    inkling.answer = Continuation(LINE)
    extension.set_up(inkling.url.rstrip("/"), learning=True)
    extension.switch(mail.url, on=True)
    page = open_host(extension, mail, "frame")
    for _ in range(2):
        write(page, "Can we")
        see(page, REST)
        page.evaluate("writeFrame()")
    write(page, written)
    inkling.asked_about(written)
    page.keyboard.press("Control+Enter")
    page.evaluate("writeFrame()")
    until(page, lambda: {"text": written} in inkling.requests)


def test_it_does_nothing_until_a_site_is_switched_on(
    extension: Installed, mail: ScriptedService, inkling: ScriptedService
) -> None:
    inkling.answer = Continuation(LINE)
    page = open_host(extension, mail, "editable")
    before = page.evaluate("document.documentElement.outerHTML")
    write(page, "Can we")
    assert inkling.requests == []
    assert "writingsuggestions" not in page.content()  # which the widget sets where it is used
    extension.switch(mail.url, on=True)  # in pages that are open, too
    page.bring_to_front()
    page.keyboard.type(" meet")
    see(page, LINE[len("Can we meet") :])
    extension.switch(mail.url, on=False)
    page.bring_to_front()
    page.evaluate("() => probe.until(() => probe.ghost() === '', 'end')")
    asked = len(inkling.requests)
    page.keyboard.type(" on")
    other = open_host(extension, mail, "editable")
    write(other, "Can we")
    assert len(inkling.requests) == asked
    after = other.evaluate("document.documentElement.outerHTML.replace('Can we', '')")
    assert after == before.replace("<div><br></div>", "<div></div>", 1)


def test_only_bodies_get_suggestions(
    extension: Installed, mail: ScriptedService, inkling: ScriptedService
) -> None:
    inkling.answer = always(suggest(" more"))
    extension.switch(mail.url, on=True)
    page = open_host(extension, mail, "editable")
    for other in ("search", "to", "subject", "note", "quote"):
        page.locator(f"#{other}").click()
        page.keyboard.type("abc def")
    write(page, "Hello there")
    inkling.asked_about("Hello there")
    assert all(prefix in "Hello there" for prefix in inkling.prefixes)


def test_a_key_is_for_one_server(extension: Installed, inkling: ScriptedService) -> None:
    other = ScriptedService()
    try:
        extension.set_up(other.url.rstrip("/"), key="")
        kept = extension.worker.evaluate("async () => (await chrome.storage.local.get('key')).key")
        assert kept == ""
        extension.set_up(inkling.url.rstrip("/"))
        extension.set_up(inkling.url.rstrip("/"), key="")  # the same server keeps it
        assert extension.worker.evaluate("async () => (await chrome.storage.local.get('key')).key") == KEY
    finally:
        other.close()


_READ_ALL = """async () => {
  const read = [];
  const seen = new Set();
  const within = (root) => {
    read.push(root.documentElement?.outerHTML ?? root.innerHTML);
    for (const one of root.querySelectorAll("*")) if (one.shadowRoot) within(one.shadowRoot);
  };
  within(document);
  const walk = (value, depth) => {
    if (depth > 4 || value === null || seen.has(value)) return;
    if (typeof value === "string") read.push(value);
    if (typeof value !== "object" && typeof value !== "function") return;
    seen.add(value);
    for (const name of Object.getOwnPropertyNames(value)) {
      read.push(name);
      try { walk(value[name], depth + 1); } catch { /* not for scripts */ }
    }
  };
  walk(window, 0);
  read.push(JSON.stringify([{...localStorage}, {...sessionStorage}]), document.cookie);
  read.push(JSON.stringify(await indexedDB.databases()), JSON.stringify(await caches.keys()));
  read.push(JSON.stringify(performance.getEntries()));
  read.push(JSON.stringify(window.heard));
  return read.join("\\n");
}"""
# Whatever the page is told by events and messages from its first instruction on.
_HEAR_ALL = """
  window.heard = [];
  const types = ["suggestion", "outcome", "trouble", "answered"].map((one) => `inkling:${one}`);
  for (const type of ["message", ...types])
    addEventListener(type, (event) => heard.push([type, event.data ?? event.detail ?? null]), true);
  const post = window.postMessage;
  window.postMessage = (...given) => { heard.push(given); return post.apply(window, given); };
  const ask = window.fetch;
  window.fetch = (...given) => { heard.push(given); return ask(...given); };
"""


def test_no_page_can_reach_the_key(
    extension: Installed, mail: ScriptedService, inkling: ScriptedService
) -> None:
    extension.context.add_init_script(_HEAR_ALL)
    inkling.answer = Continuation(LINE)
    extension.switch(mail.url, on=True)
    page = open_host(extension, mail, "editable")
    write(page, "Can we")
    see(page, REST)
    read = page.evaluate(_READ_ALL)
    assert len(read) > 50_000
    assert "inkling:suggestion" in read  # so it does hear
    for secret in (KEY, KEY[:12], "Bearer", inkling.url.rstrip("/")):
        assert secret not in read
    for file in ("manifest.json", "background.js", "options.html", "content.js"):
        reached = page.evaluate(
            "address => fetch(address).then((response) => response.ok, () => false)",
            f"{extension.base}/{file}",
        )
        assert not reached
    assert page.evaluate("globalThis.chrome?.storage === undefined")
    # Not even the extension's own script in the page reads it.
    devtools = page.context.new_cdp_session(page)
    worlds: list[dict[str, Any]] = []
    devtools.on("Runtime.executionContextCreated", lambda event: worlds.append(event["context"]))
    devtools.send("Runtime.enable")
    own = next(one for one in worlds if one["origin"] == extension.base)
    answer = devtools.send(
        "Runtime.evaluate",
        {
            "contextId": own["id"],
            "expression": "chrome.storage.local.get().then(JSON.stringify, (error) => `refused: ${error}`)",
            "awaitPromise": True,
        },
    )
    assert answer["result"]["value"].startswith("refused: ")
    asked = devtools.send(
        "Runtime.evaluate",
        {
            "contextId": own["id"],
            "expression": """Promise.all(["check", "forget", "changed"].map(
              (kind) => chrome.runtime.sendMessage({ kind }))).then(JSON.stringify)""",
            "awaitPromise": True,
        },
    )
    assert asked["result"]["value"] == "[null,null,null]"


@pytest.mark.parametrize(
    ("reply", "says"), [(refuse(500), "problem"), (refuse(401), "API key"), (refuse(429), "busy")]
)
def test_a_server_that_refuses_disturbs_nobody(
    extension: Installed, mail: ScriptedService, inkling: ScriptedService, reply: Any, says: str
) -> None:
    inkling.answer = always(reply)
    extension.switch(mail.url, on=True)
    page = open_host(extension, mail, "plain")
    write(page, "Can we meet on Friday")
    assert page.evaluate("outgoing()") == "Can we meet on Friday"
    until(page, lambda: extension.badges() == ["!"])
    assert says in extension.title()
    assert len(inkling.requests) <= 6
    inkling.answer = Continuation("Can we meet on Friday or on Monday?")
    if says != "API key":  # a refused key is not sent again
        until(page, lambda: _types(page, extension))
        assert extension.badges() == []


def _types(page: Page, extension: Installed) -> bool:
    """Type a word and take it back; whether the mark has gone."""
    page.keyboard.type(" o")
    for _ in range(2):
        page.keyboard.press("Backspace")
    return extension.badges() == []


def until(page: Page, condition: Any) -> None:
    for _ in range(600):
        if condition():
            return
        page.evaluate("() => new Promise((done) => setTimeout(done, 50))")
    raise AssertionError("it did not come to that")


def test_a_server_that_is_away_or_silent_disturbs_nobody(
    extension: Installed, mail: ScriptedService, inkling: ScriptedService
) -> None:
    held = Held(always(suggest()))
    inkling.answer = held
    extension.switch(mail.url, on=True)
    page = open_host(extension, mail, "plain")
    write(page, "Can we meet on Friday")
    assert page.evaluate("outgoing()") == "Can we meet on Friday"
    assert len(inkling.requests) <= 4
    held.release()
    gone = ScriptedService()
    gone.close()
    extension.set_up(gone.url.rstrip("/"))
    page.bring_to_front()
    page.keyboard.type(" or on Monday")
    until(page, lambda: extension.badges() == ["!"])
    assert "cannot be reached" in extension.title()
    assert page.evaluate("outgoing()") == "Can we meet on Friday or on Monday"


def test_what_is_sent_is_learned_where_the_writer_wants_it(
    extension: Installed, mail: ScriptedService, inkling: ScriptedService
) -> None:
    written = "Can we meet on Friday afternoon then?"
    for learning in (False, True):
        extension.set_up(inkling.url.rstrip("/"), learning=learning)
        if not learning:
            extension.switch(mail.url, on=True)
        page = open_host(extension, mail, "editable")
        write(page, written)
        inkling.asked_about(written)
        page.locator("#send").click()
        assert page.locator("#mail").count() == 0
        if learning:
            until(page, lambda: any("text" in request for request in inkling.requests))
    learned = [request for request in inkling.requests if "text" in request]
    assert learned == [{"text": written}]  # once, and without the quote
    users = {request.get("user_id") for request in inkling.requests if "prefix" in request}
    assert None in users
    assert any(user is not None and user.startswith("ext-") for user in users)


@pytest.mark.lengthy
def test_the_real_service_takes_its_questions(
    extension: Installed, mail: ScriptedService, tmp_path: Path
) -> None:
    keys = key_file(tmp_path, key_line("acme", KEY))
    with live_server(ServedFake(), api_keys=keys) as url:
        assert extension.set_up(url) == "Connected to fake-1."
        extension.switch(mail.url, on=True)
        page = open_host(extension, mail, "plain")
        write(page, "Can we ")
        page.evaluate("() => probe.until(() => probe.ghost() !== '', 'any ghost')")
        assert extension.badges() == []


@pytest.mark.parametrize("name", ["options", "popup"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_wrong(extension: Installed, mail: ScriptedService, name: str, scheme: Any) -> None:
    page = extension.context.new_page()
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto(f"{extension.base}/{name}.html?site={mail.url}")
    assert audit(page) == []
    assert KEY not in page.content()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_nothing_is_asked_of_the_browser_beforehand() -> None:
    if not BUILT.is_dir():
        missing("the extension is not built: run `make extensions`, which needs Node.js")
    manifests = [json.loads(one.read_text("utf-8")) for one in BUILT.parent.glob("*/manifest.json")]
    assert len(manifests) == 2
    for manifest in manifests:
        assert "host_permissions" not in manifest
        assert "content_scripts" not in manifest
        assert "web_accessible_resources" not in manifest
        assert sorted(manifest["permissions"]) == ["activeTab", "scripting", "storage"]
