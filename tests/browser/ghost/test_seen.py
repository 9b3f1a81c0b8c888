"""Invisible text is never taken, and grey text is visible at its place."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import open_editor
from tests.browser.editors import Editor
from tests.browser.literal import (
    EDITABLE,
    FIELDS,
    LINE,
    LONG,
    OPEN_POLICY,
    REST,
    TEXTAREA,
    draft,
    focused,
    open_html,
    stands_behind_the_caret,
    write,
)
from tests.browser.scripted import Continuation, ScriptedService
from tests.browser.suggesting import begin, style

BUTTON = "<button>Send</button>"


def takes_nothing(letter: Editor) -> None:
    """Tab is the browser's, and the draft is as it was."""
    before = draft(letter)
    letter.pause(120)
    letter.press("Tab")
    assert draft(letter) == before
    assert focused(letter) != "textarea"


LIFTED = {
    "when it has the focus": ".lift { position: relative; background: #fff } .lift:focus { z-index: 5 }",
    "highest of all": ".lift { position: relative; z-index: 2147483647; background: #fff }",
    "in a layer of its own": "main { isolation: isolate } .lift { position: relative; z-index: 1 }",
    "by what moves it": ".lift { transform: translateY(9px); will-change: transform }",
    "in a flexible row": "main { display: flex } .lift { flex: 1; z-index: 5 }",
}


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("how", LIFTED)
def test_grey_text_is_above_a_field_that_is_lifted(
    page: Page, service: ScriptedService, how: str, name: str
) -> None:
    body = FIELDS[name].replace("id=body", "id=body class=lift")
    letter = write(page, service, LIFTED[how], body)
    letter.see(REST)
    stands_behind_the_caret(letter, "document.querySelector('#body')")
    letter.press("Tab")
    assert draft(letter) == LINE


@pytest.mark.parametrize(
    ("field", "css"),
    [
        ("<input id=body>", "#body { width: 180px; font: 16px sans-serif }"),
        ("<input id=body>", "#body { width: 180px; font: 16px sans-serif; padding: 4px 40px }"),
        ("<input id=body dir=rtl>", "#body { width: 180px; font: 16px sans-serif; text-align: left }"),
        ("<textarea id=body wrap=off></textarea>", "#body { width: 180px; font: 16px sans-serif }"),
        (EDITABLE, "#body { width: 180px; overflow: hidden; white-space: pre; font: 16px sans-serif }"),
    ],
)
def test_nothing_beyond_the_edge_of_a_line_is_taken(
    page: Page, service: ScriptedService, field: str, css: str
) -> None:
    """Whole words of it, as many as are seen; the line does not scroll when they are taken."""
    letter = write(page, service, css, field + BUTTON, LONG)
    letter.pause(120)
    grey = letter.ghost
    assert LONG.startswith(f"Can we{grey}")
    assert len(grey) < len(LONG) / 2
    letter.press("Tab")
    letter.settle()
    assert draft(letter) == f"Can we{grey}"
    assert page.evaluate("document.querySelector('#body').scrollLeft") == 0


def test_nothing_is_grey_in_a_line_that_is_full(page: Page, service: ScriptedService) -> None:
    css = "#body { width: 120px; font: 16px sans-serif }"
    letter = write(page, service, css, f"<input id=body>{BUTTON}", LONG, LONG[:17])
    letter.pause(120)
    assert letter.ghost == ""
    assert page.evaluate("handle.suggestion") is None
    letter.press("Tab")
    assert draft(letter) == LONG[:17]
    assert focused(letter) == "button"


UNSEEN = {
    "transparent": "#body { color: transparent; caret-color: red }",
    "nearly transparent": "#body { color: rgb(0 0 0 / 0.1) }",
    "filled with nothing": "#body { -webkit-text-fill-color: transparent }",
    "filled with the ground": "#body { color: #000; -webkit-text-fill-color: #fff; background: #fff }",
    "white on white": "#body { color: #fff; background: #fffffe }",
    "black on black": "#body { color: #000; background: #000 }",
    "as dark as the page": "body { background: #222 } #body { color: #232323; background: none }",
    "through two layers": "main { background: #888 } #body { color: #fff; background: rgb(255 255 255/.97) }",
    "a colour of the page's for it": "main { --inkling-color: #fff } #body { background: #fff }",
    "an opaque field that is not": "#body { opacity: 0 }",
    "within what is not opaque": "main { opacity: 0.05 }",
    "a gradient through letters": (
        "#body { background: linear-gradient(red, blue); background-clip: text; color: transparent }"
    ),
}


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("how", UNSEEN)
def test_what_cannot_be_told_from_the_ground_is_not_suggested(
    page: Page, service: ScriptedService, how: str, name: str
) -> None:
    letter = write(page, service, UNSEEN[how], FIELDS[name] + BUTTON)
    takes_nothing(letter)
    assert page.evaluate("handle.suggestion") is None


TOLD = {
    "light on dark": "body { background: #111 } #body { color: #eee; background: none }",
    "filled with another": "#body { color: #fff; -webkit-text-fill-color: #000; background: #fff }",
    "as light as a hint": "#body { color: #999; background: #fff }",
    "on a picture": "main { background: linear-gradient(#fff, red) } #body { color: #fff; background: none }",
    "a colour of the page's": "main { --inkling-color: #06c } #body { color: #fff; background: #fff }",
    "half opaque": "main { opacity: 0.5 }",
    "where no pointer goes": "main { pointer-events: none }",
    "told in another space": "#body { color: oklch(0.3 0.1 200); background: color(display-p3 1 1 1) }",
}


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("how", TOLD)
def test_what_can_be_told_is_taken(page: Page, service: ScriptedService, how: str, name: str) -> None:
    letter = write(page, service, TOLD[how], FIELDS[name])
    letter.see(REST)
    letter.press("Tab")
    assert draft(letter) == LINE


def test_grey_text_is_as_opaque_as_its_field(page: Page, service: ScriptedService) -> None:
    letter = write(page, service, "main { opacity: 0.5 } #body { opacity: 0.8 }")
    letter.see(REST)
    assert page.evaluate("getComputedStyle(probe.ghostElement().closest('.box')).opacity") == "0.4"


BAR = ".bar { position: sticky; top: 0; height: 60px; background: #eef }"
PANE = ".pane { height: 300px; overflow: auto } .above { height: 150px } .below { height: 900px }"
AROUND = (
    "<p>Header</p><div class=pane><div class=bar>Bold</div>"
    "<div class=above></div>{}<div class=below></div></div>"
)
COVERED = {
    "sticky bar": (BAR + PANE, "document.querySelector('.pane').scrollTop = 180"),
    "pane that scrolls": (PANE, "document.querySelector('.pane').scrollTop = 260"),
    "pane that scrolls back": (
        PANE + ".above { height: 700px }",
        "document.querySelector('.pane').scrollTop = 0",
    ),
    "fixed bar over the page": (
        ".bar { position: fixed; top: 0; left: 0; right: 0; height: 90px; background: #eef }"
        ".pane { padding: 100px 0 2000px }",
        "scrollTo(0, 160)",
    ),
    "menu that opens": (
        PANE,
        "document.querySelector('.pane').append(Object.assign(document.createElement('ul'), { style: "
        "'position: absolute; top: 0; left: 0; width: 600px; height: 400px; background: #fff' }))",
    ),
}


@pytest.mark.parametrize("name", FIELDS)
@pytest.mark.parametrize("what", COVERED)
def test_nothing_is_painted_over_what_covers_the_field_nor_taken_there(
    page: Page, service: ScriptedService, what: str, name: str
) -> None:
    css, change = COVERED[what]
    letter = write(page, service, css, AROUND.format(FIELDS[name]) + BUTTON)
    letter.see(REST)
    page.evaluate(f"() => {{ {change}; }}")
    page.evaluate("probe.until(() => probe.ghost() === '', 'cover')")
    heights = page.evaluate("[document.documentElement.scrollHeight, document.documentElement.scrollWidth]")
    takes_nothing(letter)
    page.evaluate("handle.detach()")
    assert heights == page.evaluate(
        "[document.documentElement.scrollHeight, document.documentElement.scrollWidth]"
    )


@pytest.mark.parametrize("name", FIELDS)
def test_grey_text_that_is_uncovered_is_seen_again_and_taken(
    page: Page, service: ScriptedService, name: str
) -> None:
    letter = write(page, service, BAR + PANE, AROUND.format(FIELDS[name]))
    letter.see(REST)
    page.evaluate("() => { document.querySelector('.pane').scrollTop = 180; }")
    page.evaluate("probe.until(() => probe.ghost() === '', 'cover')")
    page.evaluate("() => { document.querySelector('.pane').scrollTop = 20; }")
    letter.see(REST)
    stands_behind_the_caret(letter, "document.querySelector('#body')")
    letter.press("Tab")
    assert draft(letter) == LINE


def test_a_line_that_is_half_under_a_bar_is_not_painted(page: Page, service: ScriptedService) -> None:
    letter = write(page, service, BAR + PANE, AROUND.format(TEXTAREA))
    letter.see(REST)
    page.evaluate("""() => {
      const { top, height } = probe.ghostElement().getClientRects()[0];
      const bar = document.querySelector(".bar").getBoundingClientRect();
      document.querySelector(".pane").scrollTop = top + height / 2 - bar.bottom;
    }""")
    page.evaluate("probe.until(() => probe.ghost() === '', 'cover')")
    takes_nothing(letter)


@pytest.mark.parametrize("name", FIELDS)
def test_words_beyond_the_edge_of_the_window_are_no_part_of_it(
    page: Page, service: ScriptedService, name: str
) -> None:
    """Whole words, up to the first that is not seen."""
    page.set_viewport_size({"width": 300, "height": 500})
    css = "#body { box-sizing: border-box; width: 900px; height: 90px; font: 16px monospace }"
    letter = write(page, service, css, FIELDS[name], LONG)
    grey = letter.see()
    assert LONG.startswith(f"Can we{grey} ")
    assert page.evaluate("probe.ghostElement().getBoundingClientRect().right") <= 300
    letter.press("Tab")
    assert draft(letter) == f"Can we{grey}"


def test_what_scrolled_out_of_the_field_is_not_taken(page: Page, service: ScriptedService) -> None:
    line = "above\n" * 9 + LINE
    letter = write(page, service, "", TEXTAREA + BUTTON, line, line[: -len(REST)])
    letter.see(REST)
    page.evaluate("() => { document.querySelector('#body').scrollTop = 0; }")
    takes_nothing(letter)


def test_a_field_in_a_frame_that_is_scrolled_away(page: Page, service: ScriptedService) -> None:
    css = ".pane { height: 200px; overflow: auto } iframe { height: 600px } .below { height: 900px }"
    body = "<p>Header</p><div class=pane><iframe></iframe><div class=below></div></div>"
    letter = open_html(page, service, f"<style>{css}</style>{body}", OPEN_POLICY)
    service.answer = Continuation(LINE)
    page.evaluate("""() => {
      const frame = document.querySelector("iframe");
      window.field = frame.contentDocument.body.appendChild(make("textarea"));
      window.handle = inkling.attach(field);
      frame.contentWindow.focus();
      field.focus();
    }""")
    letter.type("Can we")
    letter.see(REST)
    page.evaluate("() => { document.querySelector('.pane').scrollTop = 150; }")
    page.evaluate("probe.until(() => probe.ghost() === '', 'cover')")
    letter.press("Tab")
    assert page.evaluate("field.value") == "Can we"


def test_nothing_is_taken_in_a_field_that_is_clipped_away(page: Page, service: ScriptedService) -> None:
    takes_nothing(write(page, service, "#body { clip-path: inset(50%) }"))


WITHIN = ("prosemirror", "tiptap", "codemirror")
"""Editors that hold the grey text in their content."""


@pytest.mark.parametrize("name", WITHIN)
@pytest.mark.parametrize(
    ("hide", "show"),
    [
        ("root.style.color = 'transparent'", "root.style.color = ''"),
        (
            "editor.style.cssText = 'height: 40px; overflow: hidden; padding-top: 300px'",
            "editor.style.cssText = ''",
        ),
        (
            "cover.style.cssText = 'position: fixed; inset: 0; background: #fff; z-index: 9'",
            "cover.style.cssText = ''",
        ),
    ],
)
def test_what_an_editor_does_not_show_is_not_taken(
    page: Page, service: ScriptedService, name: str, hide: str, show: str
) -> None:
    editor = open_editor(page, service, name)
    rest = begin(editor, service)
    page.evaluate("() => { window.cover = document.body.appendChild(document.createElement('p')); }")
    names = "const root = probe.root(); const editor = document.querySelector('#editor');"
    page.evaluate(f"() => {{ {names} {hide}; }}")
    editor.press("Control+ArrowRight")
    assert editor.text == "Can we"
    page.evaluate(f"() => {{ {names} {show}; }}")
    begin(editor, service)
    editor.press("Tab")
    assert editor.text == f"Can we{rest}"


@pytest.mark.parametrize("name", WITHIN)
def test_grey_text_within_an_editor_is_grey_whatever_fills_its_letters(
    page: Page, service: ScriptedService, name: str
) -> None:
    editor = open_editor(page, service, name)
    style(editor, "-webkit-text-fill-color: rgb(1, 2, 3)")
    begin(editor, service)
    fill = page.evaluate("getComputedStyle(probe.ghostElement()).webkitTextFillColor")
    assert fill == page.evaluate("getComputedStyle(probe.ghostElement()).color")
