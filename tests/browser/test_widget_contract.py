"""What every editor with suggestions must do; each test runs over all of them, in a real browser."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.editors import Editor
from tests.browser.scripted import Continuation, Reply, ScriptedService, always, refuse, suggest
from tests.browser.suggesting import (
    LINE,
    a_sentence_is_typed_through,
    begin,
    close,
    the_next_word_is_taken,
)


def test_tab_takes_what_is_grey(editor: Editor, service: ScriptedService) -> None:
    begin(editor, service)
    editor.press("Tab")
    editor.settle()
    assert editor.text == LINE
    assert editor.ghost == ""


def test_the_ghost_is_never_in_the_draft(editor: Editor, service: ScriptedService, page: Page) -> None:
    begin(editor, service)
    assert editor.text == "Can we"
    assert "Friday" not in editor.outgoing
    page.keyboard.press("Control+a")
    copied = page.evaluate("probe.documents().map((page) => page.getSelection().toString()).join('')")
    assert "Friday" not in copied


def test_accepting_moves_no_pixel(editor: Editor, service: ScriptedService) -> None:
    rest = begin(editor, service)
    grey = editor.ghost_words()
    assert len({edges[1] for word in grey for edges in word}) > 1, "a ghost that wraps"
    editor.press("Tab")
    editor.settle()
    close(grey, editor.last_words(len(rest)))


def test_a_word_that_no_longer_fits_is_grey_where_it_will_stand(
    editor: Editor, service: ScriptedService
) -> None:
    """The unfinished word goes to the next line with its end: so does its end when it is grey."""
    for size in range(8):
        draft = "i" * (4 * size + 1) + " w" * 60 + " extraordinary"
        service.answer = always(suggest())
        editor.start(draft[: -len("ordinary") - 1])
        service.answer = Continuation(draft)
        editor.type("a")
        rest = editor.see("ordinary")
        grey = editor.ghost_words()
        editor.press("Tab")
        editor.settle()
        assert editor.text == draft
        close(grey, editor.last_words(len(rest)))


def test_typing_a_sentence_through_costs_no_request_and_no_frame(
    editor: Editor, service: ScriptedService
) -> None:
    a_sentence_is_typed_through(editor, service)


def test_the_next_word_alone_can_be_taken(editor: Editor, service: ScriptedService) -> None:
    the_next_word_is_taken(editor, service)


def test_one_undo_takes_back_exactly_the_suggestion(editor: Editor, service: ScriptedService) -> None:
    service.answer = Continuation(LINE, asked_from=10)
    editor.start("")
    editor.type("Can we mee")
    editor.see("t" + LINE[len("Can we meet") :])
    editor.press("Tab")
    editor.settle()
    assert editor.text == LINE
    service.answer = always(suggest())
    editor.press("Control+z")
    editor.settle()
    assert editor.text == "Can we mee"


def test_ghosts_leave_the_undo_history_as_it_is(editor: Editor, service: ScriptedService) -> None:
    """Thirty suggestions shown and hidden: undo gives the same drafts as without any."""

    def drafts(answer: Callable[[dict[str, Any]], Reply]) -> list[str]:
        service.answer = answer
        editor.start("")
        for letter in "abcdefghijklmnopqrstuvwxyzabcd":
            editor.type(letter)
            if answer is grey:
                editor.see(" and more")
        service.answer = always(suggest())
        editor.settle()
        seen = []
        for _ in range(4):
            editor.press("Control+z")
            seen.append(editor.text)
        return seen

    grey = always(suggest(" and more"))
    silent = drafts(always(suggest()))
    editor.page.reload()
    editor.page.wait_for_selector("body[data-ready]")
    assert drafts(grey) == silent


@pytest.mark.parametrize("keys", [["Backspace"], ["Control+z"], ["ArrowLeft"], ["Home"], ["Control+a"]])
def test_only_typing_asks(editor: Editor, service: ScriptedService, keys: list[str]) -> None:
    begin(editor, service)
    asked = len(service.requests)
    editor.press(*keys)
    editor.pause(100)
    assert editor.ghost == ""
    assert len(service.requests) == asked


def test_pasting_hides_and_asks_nothing(editor: Editor, service: ScriptedService, page: Page) -> None:
    begin(editor, service)
    asked = len(service.requests)
    editor.devtools.send("Input.insertText", {"text": " "})  # one more letter that is not what was proposed
    editor.settle()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('pasted')")
    asked = len(service.requests)
    editor.press("Control+v")
    editor.pause(100)
    assert editor.text.endswith("pasted")
    assert editor.ghost == ""
    assert len(service.requests) == asked


def test_escape_hides_and_lets_tab_leave(editor: Editor, service: ScriptedService) -> None:
    begin(editor, service)
    editor.press("Escape")
    assert editor.ghost == ""
    editor.type(" x")
    editor.settle()
    service.answer = always(suggest(" and more"))
    editor.type("y")
    editor.see(" and more")
    editor.press("Tab")
    assert "and more" not in editor.text


def test_a_modified_tab_is_never_taken(editor: Editor, service: ScriptedService) -> None:
    begin(editor, service)
    editor.press("Shift+Tab")
    assert "Friday" not in editor.text


def test_leaving_the_editor_hides_and_takes_nothing(
    editor: Editor, service: ScriptedService, page: Page
) -> None:
    begin(editor, service)
    page.mouse.click(5, 5)
    page.evaluate("document.activeElement?.blur()")
    editor.pause(50)
    assert editor.ghost == ""
    assert editor.text == "Can we"


def test_no_ghost_before_other_text_of_the_line(editor: Editor, service: ScriptedService) -> None:
    service.answer = always(suggest(" and more"))
    editor.start("Can we meet")
    editor.press("ArrowLeft", "ArrowLeft")
    editor.type("x")
    editor.pause(100)
    assert editor.ghost == ""
    assert service.requests == []


def test_hands_off_while_composing(editor: Editor, service: ScriptedService) -> None:
    service.answer = always(suggest("です。"))
    editor.start("")
    editor.type("A")
    editor.see("です。")
    editor.devtools.send("Input.imeSetComposition", {"text": "に", "selectionStart": 1, "selectionEnd": 1})
    assert editor.ghost == ""
    asked = len(service.requests)
    editor.devtools.send("Input.imeSetComposition", {"text": "にほ", "selectionStart": 2, "selectionEnd": 2})
    editor.pause(300)
    assert editor.ghost == ""
    assert len(service.requests) == asked
    editor.devtools.send("Input.insertText", {"text": "日本"})
    editor.see("です。")
    assert editor.text == "A日本"
    assert service.prefixes[-1] == "A日本"


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
