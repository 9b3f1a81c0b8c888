"""The main part of the contract in Firefox's and WebKit's engines. Chromium runs all of it."""

import itertools
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.browser.composer import COUNT_UNSETTLED
from tests.browser.conftest import require_playground
from tests.browser.editors import EDITORS, PROBE, Words, Writing
from tests.browser.engines.firefox import firefox
from tests.browser.engines.webdriver import WebDriver
from tests.browser.engines.webkit import WebKit, webkit
from tests.browser.scripted import Continuation, Reply, ScriptedService, always, suggest
from tests.browser.suggesting import (
    LINE,
    a_sentence_is_typed_through,
    begin,
    close,
    the_next_word_is_taken,
)

pytestmark = pytest.mark.slow

ENGINES = {"firefox": firefox, "webkit": webkit}
FORM = Reply(
    "<!doctype html><form target=sent><textarea name=message></textarea><button>Send</button></form>"
    "<iframe name=sent></iframe>"
    "<script src=/inkling.js data-attach=textarea></script>",
    headers={"Content-Security-Policy": "script-src 'self'; form-action 'self'"},
)
DECORATED = ("prosemirror", "tiptap", "codemirror")
"""Editors that hold the grey text as a decoration: it is in the page, but in no draft."""
NOTE_ERRORS = """
window.errors = [];
addEventListener("error", (event) => errors.push(event.message));
addEventListener("unhandledrejection", (event) => errors.push(String(event.reason)));
document.addEventListener("securitypolicyviolation", (event) => errors.push(event.violatedDirective));
"""


class Driven(Writing):
    """A page in a browser that WebDriver drives."""

    def __init__(self, driver: WebDriver, url: str, name: str) -> None:
        self.driver, self.url, self.name = driver, url, name

    def open(self) -> None:
        self.driver.goto(self.url)
        for script in (NOTE_ERRORS, COUNT_UNSETTLED, PROBE):
            self.driver.run(script)

    def evaluate(self, source: str, argument: Any = None) -> Any:
        return self.driver.evaluate(source, argument)

    def type(self, text: str, delay: float = 0) -> None:
        self.driver.type(text, delay)

    def press(self, *keys: str) -> None:
        for key in keys:
            self.driver.press(key)

    def undo(self) -> None:
        """Undo once, by the key that does it."""
        if isinstance(self.driver, WebKit) and self.name in ("textarea", "editable"):
            self.evaluate("playground.undo()")  # MiniBrowser has no such key
        else:
            self.press("Control+z")

    @property
    def text(self) -> str:
        return super().text.removesuffix("\n")  # with which WebKit's innerText ends the last line

    def last_words(self, length: int) -> Words:
        words: Words = self.evaluate("length => probe.lastWords(probe.root(), length)", length)
        return words


Start = Callable[[str], WebDriver]
"""Gives a browser by the name of its engine."""


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Start]:
    """Each browser starts once, when the first test wants it."""
    started: dict[str, WebDriver] = {}
    with ExitStack() as running:

        def find(engine: str) -> WebDriver:
            if engine not in started:
                started[engine] = running.enter_context(ENGINES[engine](tmp_path_factory.mktemp(engine)))
            return started[engine]

        yield find


@pytest.fixture(scope="module", params=itertools.product(ENGINES, EDITORS), ids="-".join)
def opened(request: pytest.FixtureRequest, start: Start, scripted_service: ScriptedService) -> Driven:
    """The page of each editor in each engine, opened once."""
    engine, name = request.param
    require_playground(name)
    page = Driven(start(engine), f"{scripted_service.url}playground/{name}.html", name)
    page.open()
    return page


@pytest.fixture
def editor(opened: Driven) -> Iterator[Driven]:
    """An editor that knows no answers; an error in the page fails the test."""
    opened.evaluate("probe.until(() => document.body.dataset.ready, 'editor')")
    opened.evaluate("playground.handle.update({})")
    yield opened
    assert opened.evaluate("window.errors") == []


def test_tab_takes_it_where_it_stands_and_one_undo_gives_it_back(
    editor: Driven, service: ScriptedService
) -> None:
    rest = begin(editor, service)
    grey = editor.ghost_words()
    assert len({edges[1] for word in grey for edges in word}) > 1, "a ghost that wraps"
    service.answer = always(suggest())
    editor.press("Tab")
    editor.settle()
    assert editor.text == LINE
    assert editor.ghost == ""
    if editor.name != "textarea":  # whose own letters only the engine sees
        close(grey, editor.last_words(len(rest)))
    editor.undo()
    editor.settle()
    assert editor.text == "Can we"


def test_what_is_grey_is_nowhere_in_the_draft(editor: Driven, service: ScriptedService) -> None:
    begin(editor, service)
    assert editor.text == "Can we"
    assert "Friday" not in editor.outgoing
    if editor.name not in DECORATED:
        assert "Friday" not in editor.evaluate("probe.documents().map((page) => page.body.innerText).join()")
    editor.press("Control+a", "Control+c", "ArrowRight", "Control+v")
    editor.settle()
    assert editor.text.replace("\n", "") == "Can weCan we"
    # WebKit copies styles along, which the page's policy forbids it to paste.
    editor.evaluate("(window.errors = errors.filter((error) => error !== 'style-src-attr'), null)")


def test_typing_through_shows_it_in_every_frame_and_asks_nothing(
    editor: Driven, service: ScriptedService
) -> None:
    a_sentence_is_typed_through(editor, service)


def test_the_next_word_alone_can_be_taken(editor: Driven, service: ScriptedService) -> None:
    the_next_word_is_taken(editor, service)


def test_hands_off_while_composing(editor: Driven, service: ScriptedService) -> None:
    service.answer = always(suggest("です。"))
    editor.start("")
    editor.type("A")
    editor.see("です。")
    asked = len(service.requests)
    editor.driver.compose("日")
    assert editor.ghost == ""
    editor.driver.commit()
    editor.see("です。")
    assert editor.text == "A日"
    assert service.prefixes[asked:] == ["A日"]
    editor.press("Tab")
    editor.settle()
    assert editor.text == "A日です。"


def test_escape_takes_it_away(editor: Driven, service: ScriptedService) -> None:
    begin(editor, service)
    editor.press("Escape")
    assert editor.ghost == ""
    editor.type(" ")
    editor.settle()
    assert editor.ghost == "", "it is not offered again"
    editor.press("Tab")
    assert "Friday" not in editor.text
    editor.open()  # it leaves Tab alone for a while, in what comes next too


@pytest.mark.parametrize("engine", ENGINES)
def test_a_form_sends_what_was_written(engine: str, start: Start, service: ScriptedService) -> None:
    service.pages["/letter"] = FORM
    page = Driven(start(engine), f"{service.url}letter", "form")
    page.open()
    service.answer = Continuation("Can we meet?")
    page.evaluate("document.querySelector('textarea').focus()")
    page.type("Can we")
    page.see(" meet?")
    page.evaluate("document.querySelector('button').focus()")
    page.press("Enter")
    page.evaluate("probe.until(() => frames.sent.location.search, 'sent form')")
    assert page.evaluate("frames.sent.location.search") == "?message=Can+we"
