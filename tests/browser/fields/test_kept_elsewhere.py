"""Editors with a text model of their own: known ones are refused by name, others after they lost text."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import ConsoleMessage, Page

from tests.browser.conftest import open_editor
from tests.browser.literal import LINE, REST, attach, draft, open_html
from tests.browser.scripted import Continuation, ScriptedService
from tests.browser.suggesting import begin

EDITABLE = "<div id=body contenteditable=true aria-label=Message></div>"
KNOWN = {
    "Draft.js": ["<div id=body contenteditable=true class=public-DraftEditor-content>", "</div>"],
    "inkling-compose/slate": ["<div id=body contenteditable=true data-slate-editor=true>", "</div>"],
    "CKEditor 4": ["<div id=body contenteditable=true class=cke_editable>", "</div>"],
    "inkling-compose/ckeditor": [
        '<div id=body contenteditable=true class="ck ck-content ck-editor__editable">',
        "</div>",
    ],
    "inkling-compose/trix": ["<trix-editor id=body contenteditable>", "</trix-editor>"],
    "inkling-compose/quill": [
        "<div class=ql-container><div id=body contenteditable=true class=ql-editor>",
        "</div></div>",
    ],
    "inkling-compose/lexical": ["<div id=body contenteditable=true data-lexical-editor=true>", "</div>"],
    "inkling-compose/prosemirror": [
        '<div id=body contenteditable=true class="tiptap ProseMirror">',
        "</div>",
    ],
    "Monaco": ["<div class=monaco-editor><textarea id=body>", "</textarea></div>"],
}
# An editor that writes its own text anew: after each change, or only when the next character comes.
MODEL = """(late) => {
  const root = document.querySelector("#body");
  let model = "";
  const write = () => {
    root.textContent = model;
    getSelection().selectAllChildren(root);
    getSelection().collapseToEnd();
  };
  root.addEventListener("beforeinput", (event) => {
    if (event.inputType === "insertText") model += event.data;
    if (late) setTimeout(write);
  });
  if (!late) root.addEventListener("input", () => setTimeout(write));
}"""


@pytest.fixture
def said(page: Page) -> Iterator[list[str]]:
    """What the widget says in the console."""
    lines: list[str] = []

    def note(message: ConsoleMessage) -> None:
        if message.text.startswith("inkling:"):
            lines.append(message.text)

    page.on("console", note)
    yield lines
    page.remove_listener("console", note)


def test_known_editors_are_refused_by_name_once(
    page: Page, service: ScriptedService, said: list[str]
) -> None:
    service.answer = Continuation(LINE)
    editors = "".join(f"{before}{after}".replace("id=body", "") for before, after in KNOWN.values())
    letter = open_html(page, service, editors + editors + "<textarea id=plain></textarea>")
    page.evaluate("inkling.attachAll('textarea, [contenteditable]')")
    page.focus("#plain")
    letter.type("Can we")
    letter.see(REST)
    assert len(said) == len(KNOWN)
    for name, line in zip(KNOWN, said, strict=True):
        assert name in line
        assert "\n" not in line
        assert name.startswith("inkling-compose/") or "adapter" in line
    assert page.locator("[writingsuggestions]").count() == 1, "nothing is touched"


def test_attach_refuses_what_it_would_harm(page: Page, service: ScriptedService) -> None:
    open_html(page, service, "".join(KNOWN["Draft.js"]))
    page.evaluate("() => { window.body = document.querySelector('#body'); }")
    said = page.evaluate("() => { try { inkling.attach(body) } catch (error) { return String(error) } }")
    assert said.startswith("TypeError: inkling: ")
    assert "Draft.js" in said


def test_an_editor_that_is_made_of_a_plain_element_is_given_up(
    page: Page, service: ScriptedService, said: list[str]
) -> None:
    open_html(page, service, EDITABLE)
    page.evaluate("inkling.attachAll('[contenteditable]')")
    page.focus("#body")
    assert page.locator("[writingsuggestions]").count() == 1
    page.evaluate(
        "() => { const root = document.querySelector('#body'); "
        "root.className = 'ProseMirror'; root.append(make('p')) }"
    )
    page.wait_for_function("() => document.querySelector('[writingsuggestions]') === null")
    assert len(said) == 1


@pytest.mark.parametrize("late", [False, True], ids=["at once", "with the next key"])
def test_an_editor_that_loses_what_was_taken_is_left_alone(
    page: Page, service: ScriptedService, said: list[str], late: bool
) -> None:
    service.answer = Continuation(LINE)
    letter = open_html(page, service, EDITABLE)
    page.evaluate(MODEL, late)
    attach(letter, "#body")
    page.focus("#body")
    letter.type("Can we", delay=30)
    letter.see(REST)
    letter.press("Tab")
    if late:
        letter.type("!!", delay=30)
    page.wait_for_function("() => handle.enabled === false")
    assert len(said) == 1
    assert "adapter" in said[0]
    page.evaluate("document.querySelector('#body').focus()")
    letter.type("!", delay=30)
    letter.pause(80)
    assert draft(letter) == "Can we!" + "!!" * late
    assert letter.ghost == ""


@pytest.mark.parametrize("name", ["textarea", "tinymce"])
def test_one_that_keeps_it_goes_on(page: Page, service: ScriptedService, said: list[str], name: str) -> None:
    """Also where the writer takes it back, and writes or deletes at once."""
    service.answer = Continuation(LINE)
    editor = open_editor(page, service, name)
    for keys in (
        ["Control+z", "!"],
        ["!", "?"],
        ["Backspace", "x"],
        ["Control+z"],
        ["ArrowLeft", "Home", "x"],
    ):
        editor.start("Can w")
        editor.type("e")
        editor.see(REST)
        editor.press("Tab", *keys)
        editor.pause(400 if keys == ["Control+z"] else 50)
        assert editor.evaluate("playground.handle.enabled"), keys
    assert said == []


def test_a_page_that_writes_the_same_beginning_again_is_no_loss(
    page: Page, service: ScriptedService, said: list[str]
) -> None:
    """As where a message was sent, and the next one begins as the last did."""
    editor = open_editor(page, service, "textarea")
    begin(editor, service)
    editor.press("Tab")
    editor.evaluate("""() => {
      playground.start("Can w");
      const key = new KeyboardEvent("keydown", { key: "e", bubbles: true });
      document.activeElement.dispatchEvent(key);
      document.execCommand("insertText", false, "e");
    }""")
    editor.see()
    assert said == []
