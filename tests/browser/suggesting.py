"""Steps that several tests share: bring a suggestion to the screen, take it, and check that nothing moves."""

import pytest

from tests.browser.editors import Editor, Words, Writing
from tests.browser.scripted import Continuation, ScriptedService

LINE = (
    "Can we meet on Friday afternoon to talk about the plan for the whole of the coming year, and the budget?"
)
LISTEN = """() => {
  window.troubles = [];
  window.outcomes = [];
  playground.handle.on("trouble", (trouble) => window.troubles.push(trouble));
  playground.handle.on("outcome", (outcome) => window.outcomes.push(outcome));
}"""

FRAMES_WITHOUT_GHOST = """async (done) => {
  window.missing = 0;
  window.frames_seen = 0;
  window.watching = true;
  const look = () => {
    if (!window.watching) return;
    window.frames_seen += 1;
    if (probe.ghost() === "") window.missing += 1;
    requestAnimationFrame(look);
  };
  requestAnimationFrame(look);
}"""


def begin(editor: Writing, service: ScriptedService, typed: str = "Can we", draft: str = LINE) -> str:
    """Type the beginning of `draft`, wait until the rest of it is grey, and return that rest."""
    service.answer = Continuation(draft)
    editor.start(typed[:-1])
    editor.type(typed[-1])
    return editor.see(draft[len(typed) :])


def a_sentence_is_typed_through(editor: Writing, service: ScriptedService) -> None:
    """Typing through a sentence sends no request, and each frame shows grey text."""
    rest = begin(editor, service, draft="Can we meet on Friday?")
    asked = len(service.requests)
    editor.evaluate(FRAMES_WITHOUT_GHOST)
    editor.type(rest[:-1], delay=15)
    assert editor.ghost == "?"
    assert editor.evaluate("(window.watching = false, window.missing)") == 0
    assert editor.evaluate("window.frames_seen") >= 5
    assert len(service.requests) == asked
    editor.type("?")
    assert editor.text == "Can we meet on Friday?"


def the_next_word_is_taken(editor: Writing, service: ScriptedService) -> None:
    """Take one word, then the rest."""
    begin(editor, service)
    editor.press("Control+ArrowRight")
    assert editor.text == "Can we meet"
    assert editor.ghost == LINE[len("Can we meet") :]
    editor.press("Tab")
    assert editor.text == LINE


def close(left: Words, right: Words) -> None:
    """Each word stands where its counterpart does, within a pixel."""
    assert len(left) == len(right)
    for one, other in zip(left, right, strict=True):
        assert len(one) == len(other), (left, right)
        for edges, others in zip(one, other, strict=True):
            assert edges == pytest.approx(others, abs=1), (left, right)


def lines(words: Words) -> int:
    """On how many lines they stand."""
    return len({round(edges[3]) for word in words for edges in word})


def taking_moves_nothing(editor: Editor) -> Words:
    """Take what is grey: each of its words stays where it is. Returns where they stand."""
    written, ghost, grey = editor.text, editor.ghost, editor.ghost_words()
    assert grey, "nothing is grey"
    editor.press("Tab")
    editor.settle()
    assert editor.text.lower() == (written + ghost).lower()  # or as text-transform shows it
    close(grey, editor.last_words(len(ghost)))
    return grey


def style(editor: Editor, css: str) -> None:
    """Style the editor itself."""
    editor.page.evaluate(
        """css => {
          const root = probe.root() ?? document.querySelector("textarea, input");
          for (const rule of css.split(";")) {
            const [name, value] = rule.split(/:(.*)/);
            root.style.setProperty(name.trim(), value.trim());
          }
        }""",
        css,
    )


def types_on(editor: Editor) -> None:
    """The proof that typing is left alone."""
    before = editor.text
    editor.type(" and on")
    assert editor.text == before + " and on"


def ask(editor: Editor, service: ScriptedService, *letters: str) -> None:
    """Type each and wait until it is asked about."""
    for letter in letters:
        editor.type(letter)
        service.asked_about(editor.text)
