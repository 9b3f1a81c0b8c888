"""Taking a suggestion moves no pixel in the middle of rich text.

Not promised, because the ghost knows only the caret's own block and piece of text: lines made higher by an
image or larger letters before the caret, text beside a float, a table whose columns or middle line follow the
text, and an element that a style sheet alone makes a block.
"""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import open_editor, open_page
from tests.browser.editors import Editor
from tests.browser.scripted import ScriptedService, always, suggest
from tests.browser.suggesting import LINE, lines, style, taking_moves_nothing

REST = LINE.removeprefix("Can we")
QUOTE = "margin: 1em 40px; border-left: 3px solid; padding-left: 1em"
TABLE = "width: 100%; table-layout: fixed; border-spacing: 9px"
# What the editor holds, "@" for the caret, and the prefix once an "e" is typed there.
TEXTS = {
    "plain": ("Can w@", "Can we"),
    "bold": ("<p>Dear all,</p><p>Can <b>w@</b></p>", "Dear all,\nCan we"),
    "bold and italic": ("<p><b>Can <i>w@</i></b></p>", "Can we"),
    "after bold": ("<p><b>Can</b> w@</p>", "Can we"),
    "a word half bold": ("<p>Can <b>w</b>@</p>", "Can we"),
    "a link": ("<p>Can <a href='https://mail.example/'>w@</a></p>", "Can we"),
    "another font": ("<p><font face='serif' size='5'>Can w@</font></p>", "Can we"),
    "smaller letters": ("<p>Can <span style='font: 11px/1 monospace'>w@</span></p>", "Can we"),
    "code": ("<p>Can <code>w@</code></p>", "Can we"),
    "a list": ("<ul><li>Dear all,</li><li>Can w@</li></ul>", "Dear all,\nCan we"),
    "paragraphs in a list": ("<ol><li><p>Can w@</p></li></ol>", "Can we"),
    "a quote": (f"<blockquote style='{QUOTE}'>Can w@</blockquote>", "Can we"),
    "a quote in a quote": (
        f"<blockquote style='{QUOTE}'><blockquote>Can w@</blockquote></blockquote>",
        "Can we",
    ),
    "a definition": ("<dl><dt>Plan</dt><dd>Can w@</dd></dl>", "Plan\nCan we"),
    "blocks in blocks": (
        "<div>Dear all,</div><div style='padding: 5px 20px'><div>Can w@</div></div>",
        "Dear all,\nCan we",
    ),
    "a heading": ("<h2>Can w@</h2>", "Can we"),
    "a table": (f"<table style='{TABLE}'><tr><td>Plan</td><td>Can w@</td></tr></table>", "Plan\nCan we"),
    "an empty first line": ("<div><br></div><div>Can w@</div>", "\nCan we"),
    "line breaks": ("Dear all,<br><br>Can w@", "Dear all,\n\nCan we"),
    "text and then a block": ("Dear all,<div>Can w@</div>", "Dear all,\nCan we"),
    "margins": (
        "<p style='margin: 2em'>Dear all,</p><p style='margin: 3em 1em'>Can w@</p>",
        "Dear all,\nCan we",
    ),
    "leading": ("<p style='line-height: 2'>Can w@</p>", "Can we"),
    "an indent": ("<p style='text-indent: 3em'>Can w@</p>", "Can we"),
    "a padded block": ("<div style='border: 3px solid; padding: 1em; margin: 5px'>Can w@</div>", "Can we"),
    "columns of a flexible box": (
        "<div style='display: flex'><div style='flex: 1'>Can w@</div></div>",
        "Can we",
    ),
}
BEGIN = """html => {
  const root = probe.root();
  playground.handle.update({}); // forgets the answers
  root.innerHTML = html;
  const nodes = probe.textNodes(root);
  const node = nodes.find((one) => one.data.includes("@"));
  const offset = node.data.indexOf("@");
  node.deleteData(offset, 1);
  root.focus();
  getSelection().collapse(node, offset);
}"""


@pytest.fixture(scope="module")
def editor(browser: Browser, scripted_service: ScriptedService) -> Iterator[Editor]:
    """In a page that may set HTML and styles from strings, as the tests do."""
    with open_page(browser, bypass_csp=True, viewport={"width": 460, "height": 720}) as page:
        editor = open_editor(page, scripted_service, "editable")
        style(editor, "min-height: 400px")  # room for a heading in any font
        yield editor


def write(editor: Editor, service: ScriptedService, html: str) -> None:
    service.answer = always(suggest(REST))
    editor.page.evaluate(BEGIN, html)
    editor.type("e")


@pytest.mark.parametrize(
    ("text", "spaces"),
    [*((text, "normal") for text in TEXTS), *((text, "pre-wrap") for text in ("plain", "bold", "a list"))],
)
def test_taking_moves_nothing(editor: Editor, service: ScriptedService, text: str, spaces: str) -> None:
    html, prefix = TEXTS[text]
    style(editor, f"white-space: {spaces}")
    write(editor, service, html)
    assert editor.see() == REST
    assert service.prefixes[-1] == prefix
    assert lines(taking_moves_nothing(editor)) > 1


@pytest.mark.parametrize("text", ["bold", "a list", "a quote", "smaller letters", "a heading"])
def test_what_is_taken_is_within_the_element_of_the_caret(
    editor: Editor, service: ScriptedService, text: str
) -> None:
    html, _ = TEXTS[text]
    write(editor, service, html)
    editor.see()
    editor.press("Tab")
    editor.settle()
    written = editor.outgoing.replace("&nbsp;", " ").replace('"', "'")
    assert written == html.replace("@", f"e{REST}")
    editor.press("Control+z")
    assert editor.outgoing.replace("&nbsp;", " ").replace('"', "'") == html.replace("@", "e")


@pytest.mark.parametrize(
    "html",
    [
        "<center>Can w@</center>",
        "<div align='right'>Can w@</div>",
        "<p style='text-align: center'>Can w@</p>",
    ],
)
def test_nothing_is_grey_in_a_line_that_would_move(
    editor: Editor, service: ScriptedService, html: str
) -> None:
    write(editor, service, html)
    service.asked_about("Can we")
    editor.settle()
    assert editor.ghost == ""


def test_a_column_that_follows_its_text_keeps_the_ghost_on_one_line(
    editor: Editor, service: ScriptedService
) -> None:
    write(editor, service, "<table><tr><td style='width: 120px'>Can w@</td><td>other</td></tr></table>")
    ghost = editor.see()
    assert REST.startswith(f"{ghost} ")
    assert lines(editor.ghost_words()) == 1
