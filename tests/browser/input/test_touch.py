"""A finger takes the ghost by a tap or swipe. A mouse does not meet it."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, Position

from tests.browser.conftest import open_editor, open_page
from tests.browser.editors import EDITORS, Editor
from tests.browser.scripted import Continuation, ScriptedService, always, suggest
from tests.browser.suggesting import LINE, begin

OVERLAYS = ("textarea", "editable", "lexical", "tinymce", "squire", "ckeditor", "quill", "trix", "slate")
IN_THE_GHOST = """() => {
  const ghost = probe.ghostElement();
  const [first] = ghost.getClientRects();
  const frame = ghost.ownerDocument.defaultView.frameElement?.getBoundingClientRect() ?? { left: 0, top: 0 };
  return { x: frame.left + first.left + 40, y: frame.top + first.top + first.height / 2 };
}"""


@pytest.fixture(scope="module")
def phone(browser: Browser) -> Iterator[Page]:
    with open_page(browser, has_touch=True, is_mobile=True, viewport={"width": 390, "height": 800}) as page:
        yield page


def in_the_ghost(editor: Editor) -> Position:
    """A place on its first line, some letters behind the caret."""
    place: Position = editor.page.evaluate(IN_THE_GHOST)
    return place


def swipe(editor: Editor, right: float, down: float) -> None:
    """Draw a finger across the screen, from within the ghost."""
    start = in_the_ghost(editor)
    send = editor.devtools.send
    for step in range(7):
        point = {"x": start["x"] + right * step / 6, "y": start["y"] + down * step / 6}
        kind = "touchStart" if step == 0 else "touchMove"
        send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": [point]})
    send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})


def writes_on(editor: Editor, service: ScriptedService, expected: str) -> None:
    """The caret is behind what was written, so that this is where typing goes on."""
    service.answer = always(suggest())
    editor.type("!")
    assert editor.text == expected + "!"


@pytest.mark.parametrize("name", EDITORS)
def test_a_tap_takes_the_ghost(phone: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(phone, service, name)
    begin(editor, service)
    phone.touchscreen.tap(**in_the_ghost(editor))
    phone.evaluate("() => probe.until(() => probe.ghost() === '')")
    assert editor.text == LINE
    writes_on(editor, service, LINE)


@pytest.mark.parametrize("name", ["textarea", "editable", "lexical", "trix"])
def test_a_tap_takes_the_ghost_within_a_word_that_is_composed(
    phone: Page, service: ScriptedService, name: str
) -> None:
    editor = open_editor(phone, service, name)
    begin(editor, service, typed="Can we ")
    word = {"text": "me", "selectionStart": 2, "selectionEnd": 2}
    editor.devtools.send("Input.imeSetComposition", word)
    editor.see(LINE[len("Can we me") :])
    phone.touchscreen.tap(**in_the_ghost(editor))
    phone.evaluate("() => probe.until(() => probe.ghost() === '')")
    assert editor.text == LINE
    writes_on(editor, service, LINE)


@pytest.mark.parametrize("name", ["ckeditor", "quill", "slate"])
def test_a_tap_within_a_word_that_is_composed_loses_nothing(
    phone: Page, service: ScriptedService, name: str
) -> None:
    """These editors have a composed word only when it is over. Until then they take nothing."""
    editor = open_editor(phone, service, name)
    begin(editor, service, typed="Can we ")
    word = {"text": "me", "selectionStart": 2, "selectionEnd": 2}
    editor.devtools.send("Input.imeSetComposition", word)
    editor.see(LINE[len("Can we me") :])
    phone.touchscreen.tap(**in_the_ghost(editor))
    phone.evaluate("() => probe.until(() => probe.ghost() === '')")
    editor.devtools.send("Input.insertText", {"text": "meet"})
    editor.see(LINE[len("Can we meet") :])
    assert editor.text == "Can we meet"
    phone.touchscreen.tap(**in_the_ghost(editor))
    phone.evaluate("() => probe.until(() => probe.ghost() === '')")
    assert editor.text == LINE


@pytest.mark.parametrize(("name", "right"), [("textarea", -50), *((name, 90) for name in OVERLAYS)])
def test_a_swipe_along_the_line_takes_the_ghost(
    phone: Page, service: ScriptedService, name: str, right: float
) -> None:
    """Not where the ghost stands in the editor itself, which cannot be told not to scroll there."""
    editor = open_editor(phone, service, name)
    begin(editor, service)
    swipe(editor, right, 5)
    phone.evaluate("() => probe.until(() => probe.ghost() === '')")
    writes_on(editor, service, LINE)


@pytest.mark.parametrize("name", ["textarea", "editable", "prosemirror", "codemirror"])
def test_a_swipe_that_scrolls_takes_nothing(phone: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(phone, service, name)
    phone.evaluate("() => { document.body.style.height = '3000px'; }")
    begin(editor, service)
    swipe(editor, 4, -90)
    phone.evaluate("() => probe.until(() => scrollY > 20)")
    writes_on(editor, service, "Can we")


@pytest.mark.parametrize("name", ["textarea", "prosemirror", "codemirror"])
def test_a_tap_takes_nothing_where_touch_is_off(phone: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(phone, service, name)
    service.answer = Continuation(LINE)
    editor.start("Can w")
    phone.evaluate("() => playground.handle.update({ touch: false })")
    editor.type("e")
    editor.see()
    phone.touchscreen.tap(**in_the_ghost(editor))
    editor.pause(60)
    writes_on(editor, service, "Can we")


@pytest.mark.parametrize("name", EDITORS)
def test_a_click_goes_through_the_ghost(page: Page, service: ScriptedService, name: str) -> None:
    """To the end of the line, as without a ghost."""
    editor = open_editor(page, service, name)
    begin(editor, service)
    page.mouse.click(**in_the_ghost(editor))
    writes_on(editor, service, "Can we")
