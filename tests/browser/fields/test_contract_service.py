"""Announcements, outcomes and failures of the service. Each test runs over all editors, in a real browser."""

import json

import pytest
from playwright.sync_api import Page

from tests.browser.editors import Editor
from tests.browser.scripted import Reply, ScriptedService, always, refuse, suggest
from tests.browser.suggesting import (
    begin,
)


def test_it_is_announced_once(editor: Editor, service: ScriptedService) -> None:
    begin(editor, service, draft="Can we meet on Friday?")
    assert "meet on Friday?" in editor.hear()
    editor.type(" meet", delay=20)
    assert "meet on Friday?" in editor.announcement  # not read again, because it does not change
    editor.press("Escape")
    assert editor.announcement == ""


@pytest.mark.parametrize(
    "reply",
    [
        refuse(500),
        refuse(429, {"Retry-After": "60"}),
        refuse(503, {"Retry-After": "30"}),
        refuse(401),
        Reply("not json"),
        Reply(json.dumps({"suggestions": {"text": "x"}})),
        suggest(7),
        suggest(" \u202egnp.exe\u0000"),
        suggest(" <img src=x onerror=alert(1)>"),
    ],
    ids=["500", "429", "503", "401", "text", "object", "number", "control", "html"],
)
def test_whatever_the_service_says_typing_goes_on(
    editor: Editor, service: ScriptedService, reply: Reply
) -> None:
    service.answer = always(reply)
    editor.start("")
    editor.page.evaluate(
        "() => { playground.handle.on('trouble', (trouble) => { window.trouble = trouble; }); }"
    )
    editor.type("Hello there, my friend", delay=5)
    editor.pause(80)
    assert editor.text == "Hello there, my friend"
    assert "\u202e" not in editor.ghost
    assert editor.page.evaluate("probe.ghostElement()?.querySelector('img') ?? null") is None
    if "gnp" in reply.body or "onerror" in reply.body:
        editor.see()
        editor.press("Tab")
        assert editor.page.evaluate("probe.root()?.querySelector('img[src]') ?? null") is None
    if reply.status != 200:
        rest_after_failures(editor)
        asked = editor.page.evaluate("window.asked")
        editor.type(" and so on", delay=50)
        editor.pause(80)
        assert editor.page.evaluate("window.asked") == asked


def rest_after_failures(editor: Editor) -> None:
    """Go on typing until the widget says that it leaves the service alone; three failures are enough."""
    for _ in range(5):
        editor.settle()
        if editor.page.evaluate("window.trouble?.pause > 0"):
            return
        editor.type("!")
    pytest.fail("it still asks")


def test_outcomes_carry_ids_and_counts_and_one_end_each(
    page: Page, service: ScriptedService, editor: Editor
) -> None:
    """No text leaves the page in them."""
    page.goto(f"{page.url}?telemetry=1")
    page.wait_for_selector("body[data-ready]")
    begin(editor, service, draft="Can we meet on Friday?")
    editor.press("Tab")
    editor.settle()
    page.evaluate("playground.handle.detach()")
    service.told(2)
    editor.pause(100)  # for a second end
    assert set(service.told(2)) == {"shown", "accepted"}
    assert len({event["id"] for event in service.events}) == 1
    assert set().union(*service.events) <= {"type", "id", "characters", "reason"}
