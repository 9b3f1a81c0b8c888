"""Taking a suggestion moves no pixel, whatever the editor's style, width, direction and scale."""

import itertools

import pytest
from playwright.sync_api import Page, ViewportSize

from tests.browser.conftest import open_editor
from tests.browser.editors import EDITORS, Editor
from tests.browser.scripted import Continuation, ScriptedService, always, suggest
from tests.browser.suggesting import LINE, begin, lines, style, taking_moves_nothing

OVERLAYS = ("textarea", "editable")
NARROW: ViewportSize = {"width": 520, "height": 720}
STYLES = [
    "font: 11px/1 sans-serif; width: 20em; padding: 0; border: 0",
    "font: 20px/2.2 serif; text-indent: 3em",
    "font: 14px/normal monospace; letter-spacing: 2px",
    "font: italic bold 17px/30px serif; text-transform: uppercase",
    "font: 15.5px/1.37 sans-serif; font-kerning: none; letter-spacing: -0.5px; word-spacing: 6px",
    "font-variant: small-caps; font-size-adjust: 0.6",
    "text-transform: capitalize; padding: 10px 0 0 30px; text-indent: -20px",
    "padding: 30px 7px 3px 41px; border-width: 1px 20px 3px 7px",
    "box-sizing: content-box; padding: 2em; border: 5px double; width: 16em",
    "word-break: break-all",
    "line-break: anywhere",
    "float: right; width: 15em; position: relative; top: 20px",
    "white-space: break-spaces",
]
HEBREW = "שלום לכולם, נתראה בשבוע הבא בחדר הישיבות הגדול, ונדבר על התוכנית לשנה הבאה ועל התקציב שלה"
ARABIC = "شكرا جزيلا على رسالتك، سنلتقي يوم الأحد القادم في المكتب لمناقشة الخطة والميزانية للعام القادم"


@pytest.fixture
def narrow(page: Page) -> Page:
    page.set_viewport_size(NARROW)
    return page


@pytest.mark.parametrize("css", STYLES)
@pytest.mark.parametrize("name", OVERLAYS)
def test_in_any_style(narrow: Page, service: ScriptedService, name: str, css: str) -> None:
    editor = open_editor(narrow, service, name)
    style(editor, css)
    begin(editor, service)
    assert lines(taking_moves_nothing(editor)) > 1


@pytest.mark.parametrize("name", EDITORS[2:])
def test_in_another_font_and_box(narrow: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(narrow, service, name)
    style(editor, "font: italic bold 17px/30px serif; letter-spacing: 1px; padding: 30px 7px 3px 41px")
    begin(editor, service)
    assert lines(taking_moves_nothing(editor)) > 1


@pytest.mark.parametrize("name", ["textarea", "editable", "tiptap", "codemirror"])
def test_where_spaces_take_room_at_the_end_of_a_line(
    narrow: Page, service: ScriptedService, name: str
) -> None:
    """At some of these widths a word would fit if no space followed it."""
    editor = open_editor(narrow, service, name)
    style(editor, "white-space: break-spaces")
    breaks = set()
    for width in range(400, 448, 8):
        narrow.evaluate("width => { document.querySelector('main').style.width = `${width}px`; }", width)
        begin(editor, service)
        breaks.add(tuple(word[0][1] for word in taking_moves_nothing(editor)))
    assert len(breaks) > 1, "every width breaks the lines alike"


def test_in_a_narrow_window(editor: Editor, service: ScriptedService) -> None:
    editor.page.set_viewport_size({"width": 240, "height": 900})
    style(editor, "min-height: 600px")
    begin(editor, service)
    assert lines(taking_moves_nothing(editor)) > 4


def test_where_the_ghost_would_need_a_scrollbar(narrow: Page, service: ScriptedService) -> None:
    """A longer ghost would make the field scroll, and its lines narrower. The ghost stays within the free
    room.
    """
    editor = open_editor(narrow, service, "textarea")
    style(editor, "height: 92px; min-height: 0")  # two lines and a part of the third
    answer = f" {LINE} {LINE}"
    service.answer = always(suggest(answer))
    editor.start("Can w")
    editor.type("e")
    ghost = editor.see()
    assert ghost != answer
    assert answer.startswith(ghost + " ")
    taking_moves_nothing(editor)
    assert narrow.locator("textarea").evaluate("field => field.scrollHeight === field.clientHeight")


@pytest.mark.parametrize(
    ("name", "direction", "text"),
    [
        *itertools.product(OVERLAYS, ["dir=rtl", "dir=auto", "style"], [ARABIC]),
        *itertools.product(["tiptap", "codemirror", "tinymce", "lexical"], ["dir=rtl"], [ARABIC]),
        *itertools.product(["textarea", "editable", "codemirror"], ["dir=rtl"], [HEBREW]),
    ],
)
def test_from_right_to_left(
    narrow: Page, service: ScriptedService, name: str, direction: str, text: str
) -> None:
    editor = open_editor(narrow, service, name)
    write_in_direction(editor, direction)
    begin(editor, service, text[:7], text)
    assert lines(taking_moves_nothing(editor)) > 1


def write_in_direction(editor: Editor, direction: str) -> None:
    if direction == "style":
        style(editor, "direction: rtl")
    else:
        editor.page.evaluate(
            "direction => { (probe.root() ?? document.querySelector('textarea')).dir = direction; }",
            direction.removeprefix("dir="),
        )


@pytest.mark.parametrize(("above", "text"), [(HEBREW, LINE), (LINE, HEBREW)], ids=["latin", "hebrew"])
def test_each_line_of_a_field_in_its_own_direction(
    narrow: Page, service: ScriptedService, above: str, text: str
) -> None:
    editor = open_editor(narrow, service, "textarea")
    write_in_direction(editor, "dir=auto")
    begin(editor, service, f"{above}\n{text[:6]}", f"{above}\n{text}")
    taking_moves_nothing(editor)


@pytest.mark.parametrize(
    ("css", "text"),
    [
        ("direction: ltr", HEBREW),
        ("direction: rtl", LINE),
        ("text-align: center", LINE),
        ("text-align: right", LINE),
    ],
)
@pytest.mark.parametrize("name", OVERLAYS)
def test_nothing_is_grey_where_it_would_lie_over_what_is_written(
    narrow: Page, service: ScriptedService, name: str, css: str, text: str
) -> None:
    """A line that is centred, or runs the other way, moves as it grows."""
    editor = open_editor(narrow, service, name)
    style(editor, css)
    service.answer = Continuation(text)
    editor.start(text[:2])
    editor.type(text[2])
    service.asked_about(text[:3])
    editor.settle()
    assert editor.ghost == ""
    assert narrow.evaluate("playground.handle.suggestion") is None


@pytest.mark.parametrize("css", ["text-align: center", "text-align: justify"])
@pytest.mark.parametrize("name", ["prosemirror", "codemirror"])
def test_a_ghost_within_the_line_moves_with_it(
    narrow: Page, service: ScriptedService, name: str, css: str
) -> None:
    editor = open_editor(narrow, service, name)
    style(editor, css)
    begin(editor, service)
    assert lines(taking_moves_nothing(editor)) > 1


def test_a_justified_field(narrow: Page, service: ScriptedService) -> None:
    """Not so in editable elements: there the ghost knows only of the caret's word, not of all its line."""
    editor = open_editor(narrow, service, "textarea")
    style(editor, "text-align: justify")
    begin(editor, service)
    assert lines(taking_moves_nothing(editor)) > 1


@pytest.mark.parametrize(
    ("name", "css"),
    [
        *itertools.product(EDITORS, ["zoom: 1.25"]),
        *itertools.product(
            OVERLAYS, ["zoom: 0.8; max-width: 500px; transform: translate(9px, 9px) scale(1.1)"]
        ),
    ],
)
def test_enlarged_or_made_smaller(narrow: Page, service: ScriptedService, name: str, css: str) -> None:
    editor = open_editor(narrow, service, name)
    narrow.evaluate(
        "css => { document.querySelector('main').style.cssText = `${css}; transform-origin: 0 0`; }", css
    )
    begin(editor, service)
    assert lines(taking_moves_nothing(editor)) > 1
