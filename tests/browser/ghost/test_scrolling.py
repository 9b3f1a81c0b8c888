"""The ghost stays at its place in a draft that is scrolled, moved or resized, and inside its editor."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.conftest import open_editor, open_page
from tests.browser.editors import Editor
from tests.browser.scripted import Continuation, ScriptedService, always, suggest
from tests.browser.suggesting import LINE, begin, lines, style, taking_moves_nothing

REST = LINE.removeprefix("Can we")
ABOVE = "".join(f"{number}. {LINE}\n" for number in range(8))
SCROLLING = ("textarea", "editable", "prosemirror", "lexical", "squire")
PLACED = ("textarea", "editable", "codemirror", "tinymce")
ROOT = "(probe.root() ?? document.querySelector('textarea'))"


def long_draft(editor: Editor, service: ScriptedService) -> None:
    """A draft longer than its editor, with room below the caret, scrolled to its end."""
    style(editor, "height: 200px; min-height: 0; overflow: auto; padding-bottom: 90px")
    service.answer = Continuation(ABOVE + LINE)
    editor.start(ABOVE + "Can w")
    editor.type("e")
    editor.see()
    scroll(editor, 10_000)
    assert scrolled(editor) > 100


def scroll(editor: Editor, to: float) -> None:
    editor.page.evaluate(f"async to => {{ {ROOT}.scrollTop = to; await probe.until(() => true); }}", to)


def scrolled(editor: Editor) -> float:
    return float(editor.page.evaluate(f"{ROOT}.scrollTop"))


def top(editor: Editor) -> float:
    """The upper edge of the first grey word, in pixels."""
    return editor.ghost_words()[0][0][1]


def screen_but_for(page: Page, selector: str) -> bytes:
    """What is seen of the page around an element."""
    return page.screenshot(mask=[page.locator(selector)], animations="disabled")


@pytest.mark.parametrize("name", SCROLLING)
def test_taking_moves_nothing_in_a_scrolled_draft(page: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(page, service, name)
    long_draft(editor, service)
    before = scrolled(editor)
    taking_moves_nothing(editor)
    assert scrolled(editor) == before


@pytest.mark.parametrize("name", ["textarea", "editable", "codemirror"])
def test_taking_moves_nothing_where_a_pixel_is_not_a_pixel(
    browser: Browser, service: ScriptedService, name: str
) -> None:
    with open_page(browser, device_scale_factor=1.5, viewport={"width": 533, "height": 600}) as page:
        editor = open_editor(page, service, name)
        begin(editor, service)
        assert lines(taking_moves_nothing(editor)) > 1


@pytest.mark.parametrize("name", SCROLLING)
def test_the_ghost_goes_with_the_draft_that_is_scrolled(
    page: Page, service: ScriptedService, name: str
) -> None:
    editor = open_editor(page, service, name)
    long_draft(editor, service)
    end, place, ghost = scrolled(editor), top(editor), editor.ghost
    scroll(editor, end - 30)
    assert top(editor) == pytest.approx(place + 30, abs=1)
    scroll(editor, 0)
    scroll(editor, end)
    assert top(editor) == pytest.approx(place, abs=1)
    assert editor.ghost == ghost
    taking_moves_nothing(editor)


@pytest.mark.parametrize("name", SCROLLING)
def test_nothing_is_painted_outside_the_editor(page: Page, service: ScriptedService, name: str) -> None:
    """Nor may the ghost make anything scroll."""
    editor = open_editor(page, service, name)
    long_draft(editor, service)
    around, heights = "#editor > *", "[document.documentElement.scrollHeight, document.body.scrollWidth]"
    before = page.evaluate(heights)
    scroll(editor, 0)
    with_ghost = screen_but_for(page, around)
    assert editor.ghost != ""
    assert page.evaluate(heights) == before
    page.evaluate("() => playground.handle.dismiss()")
    assert screen_but_for(page, around) == with_ghost


@pytest.mark.parametrize("name", PLACED)
def test_the_ghost_goes_with_the_page_that_is_scrolled(
    page: Page, service: ScriptedService, name: str
) -> None:
    editor = open_editor(page, service, name)
    page.evaluate("() => { document.body.style.paddingBottom = '2000px'; }")
    begin(editor, service)
    words = editor.ghost_words()
    page.evaluate("async () => { scrollTo(0, 60); await probe.until(() => scrollY === 60); }")
    assert top(editor) == pytest.approx(words[0][0][1] - (0 if name == "tinymce" else 60), abs=1)
    taking_moves_nothing(editor)


@pytest.mark.parametrize("width", [400, 800])
@pytest.mark.parametrize("name", PLACED)
def test_the_window_is_resized(page: Page, service: ScriptedService, name: str, width: int) -> None:
    page.set_viewport_size({"width": 520, "height": 720})
    editor = open_editor(page, service, name)
    begin(editor, service)
    page.set_viewport_size({"width": width, "height": 720})
    page.evaluate("width => probe.until(() => innerWidth === width)", width)
    taking_moves_nothing(editor)


@pytest.mark.parametrize("name", PLACED)
def test_something_above_the_editor_grows(page: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(page, service, name)
    begin(editor, service)
    page.evaluate(
        "async () => { document.querySelector('h1').style.height = '150px'; await probe.until(() => true); }"
    )
    taking_moves_nothing(editor)


@pytest.mark.parametrize("name", ["textarea", "editable"])
def test_what_an_editor_made_smaller_no_longer_shows_is_not_taken(
    page: Page, service: ScriptedService, name: str
) -> None:
    editor = open_editor(page, service, name)
    page.set_viewport_size({"width": 520, "height": 720})
    begin(editor, service)
    style(editor, "min-height: 0; height: 50px")
    page.evaluate("rest => probe.until(() => probe.ghost() !== rest)", REST)
    ghost = editor.ghost
    assert REST.startswith(ghost + " ")
    assert lines(taking_moves_nothing(editor)) == 1
    assert editor.text == "Can we" + ghost


@pytest.mark.parametrize("blank", [0, 1])
@pytest.mark.parametrize("name", ["textarea", "editable"])
def test_the_ghost_does_not_cover_the_lines_below(
    page: Page, service: ScriptedService, name: str, blank: int
) -> None:
    """In whole words, on as many lines as are free; an editable element's ghost keeps to the caret's."""
    page.set_viewport_size({"width": 520, "height": 720})
    editor = open_editor(page, service, name)
    service.answer = always(suggest(f"{REST} {LINE}"))
    editor.start("Can w\n" + "\n" * blank + "Kind regards")
    editor.press("Control+Home", "End")
    editor.type("e")
    ghost = editor.see()
    assert f"{REST} {LINE}".startswith(ghost + " ")
    assert lines(editor.ghost_words()) == 1 + (blank if name == "textarea" else 0)
    editor.press("Tab")
    editor.settle()
    assert editor.text.startswith(f"Can we{ghost}\n")
    assert editor.text.endswith("\nKind regards")


def test_more_than_one_caret_hides_the_ghost_and_asks_nothing(page: Page, service: ScriptedService) -> None:
    editor = open_editor(page, service, "codemirror")
    begin(editor, service, "Yes\nCan we", f"Yes\n{LINE}")
    service.answer = always(suggest(" and more"))
    page.locator(".cm-line").first.click(modifiers=["Control"])
    assert editor.ghost == ""
    asked = len(service.requests)
    editor.type("x")
    editor.pause(100)
    assert editor.text == "Yesx\nCan wex"
    assert editor.ghost == ""
    assert len(service.requests) == asked
