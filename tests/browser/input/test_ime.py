"""Input methods: hands off from the start of a composition to its end, as the devtools protocol composes."""

import threading
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import open_editor
from tests.browser.editors import Editor
from tests.browser.scripted import Continuation, Held, Reply, ScriptedService, always, suggest
from tests.browser.suggesting import FRAMES_WITHOUT_GHOST

GHOST = "です。"
LINE = "Can we meet on Friday?"
# From here on, each change of a ghost or of what is announced, beside the editor or in it.
WATCH = """() => {
  const isOurs = (node) => node.nodeName === "INK-GHOST" || node.className === "inkling-ghost";
  const note = (records) => {
    for (const { target, addedNodes, removedNodes } of records) {
      const host = target.getRootNode().host?.localName ?? "";
      if (host.startsWith("ink-") || [...addedNodes, ...removedNodes].some(isOurs)) {
        changes.push(`${host} ${target.nodeName}`);
      }
    }
  };
  window.changes = [];
  const observer = new MutationObserver(note);
  window.changesSoFar = () => {
    note(observer.takeRecords());
    return changes;
  };
  const everything = { subtree: true, childList: true, characterData: true, attributes: true };
  observer.observe(document, everything);
  for (const { shadowRoot } of document.querySelectorAll("ink-ghost, ink-announcer")) {
    observer.observe(shadowRoot, everything);
  }
}"""
RECORD_TAKEN = """() => {
  window.taken = [];
  addEventListener("keydown", (event) => event.defaultPrevented && taken.push(event.key));
}"""
# The keys that end and move within a composition, as they arrive while an input method handles them.
HANDLED_KEYS = ("Tab", "Enter", "Escape", "ArrowRight")
DECORATED = ("prosemirror", "codemirror")
"""Editors whose ghost stands in their content: a change of it while one composes would double the text."""
LATE = ("ckeditor", "quill", "slate")
"""Editors that learn what was composed when it is over."""


@pytest.fixture(
    params=[
        "textarea",
        "editable",
        "prosemirror",
        "codemirror",
        "lexical",
        "ckeditor",
        "quill",
        "trix",
        "slate",
    ]
)
def writer(request: pytest.FixtureRequest, page: Page, service: ScriptedService) -> Editor:
    """An editor of each kind."""
    return open_editor(page, service, request.param)


def compose(editor: Editor, text: str) -> None:
    """The input method shows this at the caret; "" when the writer cancels."""
    end = len(text)
    editor.devtools.send(
        "Input.imeSetComposition", {"text": text, "selectionStart": end, "selectionEnd": end}
    )


def commit(editor: Editor, text: str) -> None:
    """The input method writes this and is done."""
    editor.devtools.send("Input.insertText", {"text": text})


def handled_key(editor: Editor, key: str) -> None:
    """A key that the input method takes: browsers give it code 229."""
    for kind in ("rawKeyDown", "keyUp"):
        event = {"type": kind, "key": key, "code": key, "windowsVirtualKeyCode": 229}
        editor.devtools.send("Input.dispatchKeyEvent", event)


def test_nothing_is_touched_while_japanese_is_composed(
    writer: Editor, service: ScriptedService, page: Page
) -> None:
    service.answer = always(suggest(GHOST))
    writer.start("")
    writer.type("A")
    writer.see(GHOST)
    compose(writer, "に")
    assert writer.ghost == ""
    page.evaluate(WATCH)
    page.evaluate(RECORD_TAKEN)
    asked = len(service.requests)
    for text in ("にh", "にほ", "にほn", "にほん", "日本"):
        compose(writer, text)
    for key in HANDLED_KEYS:
        handled_key(writer, key)
    writer.pause(350)
    assert page.evaluate("changesSoFar()") == []
    assert page.evaluate("taken") == []
    assert len(service.requests) == asked
    if writer.name not in LATE:
        assert writer.text == "A日本"
    commit(writer, "日本")
    writer.see(GHOST)
    assert writer.text == "A日本"
    assert service.prefixes[asked:] == ["A日本"]
    writer.press("Tab")
    writer.settle()
    assert writer.text == f"A日本{GHOST}"


def test_a_composition_that_is_cancelled_leaves_things_in_order(
    writer: Editor, service: ScriptedService
) -> None:
    service.answer = Continuation(f"A日本{GHOST}")
    writer.start("")
    writer.type("A")
    writer.see(f"日本{GHOST}")
    compose(writer, "に")
    compose(writer, "にほ")
    asked = len(service.requests)
    compose(writer, "")
    writer.pause(80)
    assert writer.text == "A"
    assert writer.ghost == ""
    assert len(service.requests) == asked, "nothing was typed"
    compose(writer, "日")
    commit(writer, "日")
    writer.see(f"本{GHOST}")
    writer.press("Tab")
    writer.settle()
    assert writer.text == f"A日本{GHOST}"


@pytest.mark.parametrize("writer", ["textarea", "prosemirror"], indirect=True)
def test_an_answer_that_comes_while_composing_is_not_shown(writer: Editor, service: ScriptedService) -> None:
    composing = threading.Event()

    def late(_: dict[str, Any]) -> Reply:
        assert composing.wait(30)
        return suggest(GHOST)

    service.answer = late
    writer.start("")
    writer.type("A")
    service.asked_about("A")
    compose(writer, "に")
    composing.set()
    writer.settle()
    assert writer.ghost == ""


def test_a_pause_within_korean_shows_a_suggestion(
    writer: Editor, service: ScriptedService, page: Page
) -> None:
    """Writers of Korean compose nearly always: each syllable."""
    service.answer = Continuation("A한국에서 만나요")
    writer.start("")
    writer.type("A")
    writer.see("한국에서 만나요")
    page.evaluate(RECORD_TAKEN)
    compose(writer, "하")
    assert writer.ghost == ""
    compose(writer, "한")
    if writer.name in DECORATED:
        page.evaluate(WATCH)
        writer.pause(300)
        assert page.evaluate("changesSoFar()") == []
    else:
        writer.see("국에서 만나요")
    for key in HANDLED_KEYS:
        handled_key(writer, key)
    assert page.evaluate("taken") == []
    compose(writer, "하")
    assert writer.ghost == "", "the next key hides it"
    compose(writer, "한")
    commit(writer, "한")
    writer.see("국에서 만나요")
    assert writer.text == "A한"
    writer.press("Tab")
    writer.settle()
    assert writer.text == "A한국에서 만나요"


@pytest.mark.parametrize("writer", ["textarea", "prosemirror"], indirect=True)
def test_dead_keys_write_a_letter_as_any_other(writer: Editor, service: ScriptedService) -> None:
    service.answer = Continuation("Le café est prêt.", asked_from=3)
    writer.start("")
    writer.type("Le caf")
    writer.see("é est prêt.")
    compose(writer, "´")
    assert writer.ghost == ""
    asked = len(service.requests)
    writer.pause(250)
    assert writer.ghost == ""
    assert len(service.requests) == asked
    commit(writer, "é")
    writer.see(" est prêt.")
    assert writer.text == "Le café"
    writer.press("Tab")
    writer.settle()
    assert writer.text == "Le café est prêt."


@pytest.mark.parametrize(
    "writer", ["textarea", "editable", "lexical", "ckeditor", "quill", "trix", "slate"], indirect=True
)
def test_a_keyboard_that_composes_every_word_types_through(
    writer: Editor, service: ScriptedService, page: Page
) -> None:
    """As those of phones do: what is grey stays while the word repeats it, in every frame."""
    service.answer = Continuation(LINE, asked_from=len("Can we "))
    writer.start("")
    writer.type("Can we ")
    writer.see("meet on Friday?")
    asked = len(service.requests)
    page.evaluate(FRAMES_WITHOUT_GHOST)
    for text in ("m", "me", "mee", "meet"):
        compose(writer, text)
        assert writer.ghost == LINE[len("Can we " + text) :]
        writer.pause(20)
    commit(writer, "meet")
    writer.type(" ")
    assert writer.ghost == "on Friday?"
    assert page.evaluate("(window.watching = false, window.missing)") == 0
    compose(writer, "o")
    compose(writer, "of")
    assert writer.ghost == "", "it says something else"
    writer.pause(100)
    assert len(service.requests) == asked, "nothing is asked within a word"
    if writer.name not in LATE:
        assert writer.text == "Can we meet of"
    commit(writer, "off")
    assert service.asked_about("Can we meet off")
    assert writer.text == "Can we meet off"


@pytest.mark.parametrize("writer", ["textarea", "lexical"], indirect=True)
def test_an_answer_may_come_while_a_word_is_composed(writer: Editor, service: ScriptedService) -> None:
    held = Held(Continuation(LINE, asked_from=len("Can we ")), "Can we ")
    service.answer = held
    writer.start("")
    writer.type("Can we ")
    service.asked_about("Can we ")
    compose(writer, "m")
    held.release("Can we ")
    writer.see("eet on Friday?")
    compose(writer, "")
    assert writer.ghost == "", "a deletion"
