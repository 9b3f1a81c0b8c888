"""Showing, taking and undoing suggestions. Each test runs over all editors, in a real browser."""

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

from tests.browser.editors import Editor
from tests.browser.scripted import Continuation, Reply, ScriptedService, always, suggest
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
    """An unfinished word wraps to the next line as a whole. Its grey end must wrap in the same way."""
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
                editor.evaluate("probe.see(' and more', 0)")
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
