"""Lost, refused and broken answers: they are told, and typing goes on.

What the engine makes of them is held by its unit tests; here are real requests, which a browser fails and
tells of in its console.
"""

import json
import time
from typing import Any

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import open_editor, open_page
from tests.browser.editors import Editor
from tests.browser.scripted import Continuation, Reply, ScriptedService, always, refuse, suggest
from tests.browser.suggesting import LISTEN, ask, types_on

LINE = "Can we meet on Friday?"


def trouble(editor: Editor) -> dict[str, Any]:
    """The first that is told."""
    editor.page.evaluate("() => probe.until(() => window.troubles.length > 0, 'trouble')")
    told: dict[str, Any] = editor.page.evaluate("window.troubles.at(-1)")
    return told


@pytest.mark.usefixtures("abandoned")
def test_a_service_that_hangs_is_given_up(browser: Browser, service: ScriptedService) -> None:
    with open_page(browser) as page:
        page.clock.install()
        editor = open_editor(page, service, "textarea")
        editor.start("")
        page.evaluate(LISTEN)
        ask(editor, service, "a")
        page.clock.run_for(4_000)
        assert page.evaluate("window.troubles") == []
        assert service.in_flight(1) == 1
        page.clock.run_for(1_100)
        assert service.in_flight(0) == 0
        assert page.evaluate("window.troubles.map((trouble) => trouble.kind)") == ["slow"]
        types_on(editor)


def test_a_writer_goes_offline_and_comes_back(field: Editor, service: ScriptedService) -> None:
    service.answer = Continuation(LINE)
    field.page.context.set_offline(True)
    try:
        field.type("C")
        assert trouble(field)["kind"] == "unreachable"
        assert field.ghost == ""
    finally:
        field.page.context.set_offline(False)
    field.type("an we")
    field.see(" meet on Friday?")
    assert field.page.evaluate("window.troubles.at(-1)") is None


def test_nobody_listens(field: Editor) -> None:
    field.page.route("**/v1/suggestions", lambda route: route.abort("connectionrefused"))
    field.type("C")
    assert trouble(field)["kind"] == "unreachable"
    types_on(field)
    field.page.unroute("**/v1/suggestions")


@pytest.mark.parametrize("status", [429, 503])
def test_a_service_is_left_alone_for_as_long_as_it_asks(
    browser: Browser, service: ScriptedService, status: int
) -> None:
    with open_page(browser) as page:
        page.clock.install()
        editor = open_editor(page, service, "textarea")
        editor.start("")
        page.evaluate(LISTEN)
        service.answer = always(refuse(status, {"Retry-After": "60"}))
        editor.type("C")
        told = trouble(editor)
        assert (told["kind"], told["status"]) == ("busy", status)
        assert 0 < told["pause"] <= 60_000
        service.answer = Continuation(LINE)
        editor.type("an", delay=50)
        editor.pause(60)
        assert service.prefixes == ["C"]
        page.clock.fast_forward(60_000)
        editor.type(" ")
        editor.see("we meet on Friday?")
        assert service.prefixes == ["C", "Can "]
        assert page.evaluate("window.troubles.at(-1)") is None


def test_failures_fill_no_console(field: Editor, service: ScriptedService) -> None:
    service.answer = always(refuse(500))
    said: list[str] = []

    def note(message: Any) -> None:
        said.append(message.text)

    field.page.on("console", note)
    began = time.monotonic()
    for _ in range(6):
        field.type("abcdefghij", delay=8)
        field.settle()
    pauses = (time.monotonic() - began) / 5  # of five seconds at least, each
    field.page.remove_listener("console", note)
    assert 3 <= len(service.requests) <= 3 + pauses
    assert len(said) == len(service.requests)
    assert field.text == "abcdefghij" * 6


@pytest.mark.parametrize(
    ("reply", "kind"),
    [
        pytest.param(refuse(500), "failed", id="500"),
        pytest.param(refuse(404), "failed", id="404"),
        pytest.param(refuse(302, {"Location": "/v1/elsewhere"}), "unreachable", id="redirect"),
        pytest.param(Reply("{"), "malformed", id="broken JSON"),
        pytest.param(Reply("<html>proxy error</html>"), "malformed", id="HTML"),
        pytest.param(Reply("\0" * 64), "malformed", id="null bytes"),
        pytest.param(Reply("[" * 200_000 + "]" * 200_000), "malformed", id="nested"),
        pytest.param(Reply("x" * 1_000_000), "malformed", id="a megabyte"),
        pytest.param(Reply("[]"), "malformed", id="list"),
        pytest.param(Reply('{"suggestions": {"0": {"text": " evil"}}}'), "malformed", id="not a list"),
        pytest.param(suggest(7), "malformed", id="number"),
        pytest.param(suggest(["an"]), "malformed", id="list of text"),
        pytest.param(Reply("null"), None, id="null"),
        pytest.param(suggest("long " * 200_000), None, id="a megabyte of text"),
        pytest.param(suggest("\u202e\u0000\u200b\u2066"), None, id="only invisible"),
        pytest.param(refuse(409), None, id="superseded"),
    ],
)
def test_a_bad_answer_is_told_and_forgotten(
    field: Editor, service: ScriptedService, reply: Reply, kind: str | None
) -> None:
    service.answer = lambda request: reply if request["prefix"] == "C" else Continuation(LINE)(request)
    ask(field, service, "C")
    field.settle()
    assert [told["kind"] for told in field.page.evaluate("window.troubles")] == ([kind] if kind else [])
    assert field.ghost == ""
    field.type("an we")
    field.see(" meet on Friday?")
    assert field.page.evaluate("window.troubles.at(-1) ?? null") is None


def test_confidence_and_id_of_any_kind_do_no_harm(field: Editor, service: ScriptedService) -> None:
    answer = {"id": "<b>" * 100, "suggestions": [{"text": " meet", "confidence": "sure"}, {"text": 7}]}
    service.answer = always(Reply(json.dumps(answer)))
    field.type("C")
    field.see(" meet")
    shown = field.page.evaluate("playground.handle.suggestion")
    assert shown == {"id": "local-1", "text": " meet", "confidence": None} | {
        "replace": 0,
        "rank": 0,
        "choices": 1,
    }


def test_a_refused_key_is_not_tried_again_until_there_is_another(
    field: Editor, service: ScriptedService
) -> None:
    def answer(request: dict[str, Any]) -> Reply:
        known = service.authorizations[-1] == "Bearer k-1"
        return Continuation(LINE)(request) if known else refuse(401)

    service.answer = answer
    ask(field, service, "C")
    told = trouble(field)
    assert (told["kind"], told["status"]) == ("refused", 401)
    field.type("an", delay=60)
    field.pause(60)
    assert service.prefixes == ["C"]
    field.page.evaluate("() => playground.handle.update({ headers: { Authorization: 'Bearer k-1' } })")
    field.type(" we")
    field.see(" meet on Friday?")
