"""Keys that take, dismiss or ask for a suggestion: when they do, and what a screen reader says of them."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import open_editor
from tests.browser.editors import Editor
from tests.browser.literal import LINE, REST, attach, draft, focused, open_letter, suggested
from tests.browser.scripted import Continuation, ScriptedService

OUTSIDE = """() => {
  window.outside = document.createElement("button");
  document.body.append(outside);
}"""
HASTY_MS = 350
"""After this long, a Tab is no hasty repetition of the one that took something."""


@pytest.fixture
def letter(page: Page, service: ScriptedService) -> Editor:
    return open_letter(page, service)


@pytest.mark.parametrize(
    ("keys", "pressed", "written"),
    [
        ('{ accept: "ArrowRight" }', "ArrowRight", LINE),
        ('{ accept: ["Control+Enter", "Tab"] }', "Control+Enter", LINE),
        ('{ accept: ["Control+Enter", "Tab"] }', "Tab", LINE),
        ('{ word: "Alt+w" }', "Alt+w", "Can we meet"),
        ('{ word: "Shift+ArrowRight", accept: null }', "Shift+ArrowRight", "Can we meet"),
    ],
)
def test_other_keys_take(letter: Editor, keys: str, pressed: str, written: str) -> None:
    suggested(letter, f"{{ keys: {keys} }}")
    letter.press(pressed)
    assert draft(letter) == written


def test_keys_that_are_null_are_the_pages_own(letter: Editor) -> None:
    suggested(letter, "{ keys: { accept: null, word: null, dismiss: null } }")
    letter.page.evaluate("""() => {
      window.taken = [];
      addEventListener("keydown", (event) => event.defaultPrevented && taken.push(event.key));
    }""")
    letter.press("Control+ArrowRight", "Escape")
    assert letter.ghost == REST
    letter.press("Tab")
    assert letter.page.evaluate("taken") == []
    assert draft(letter) == "Can we"
    assert focused(letter) == "button"


def test_a_key_that_was_changed_no_longer_takes(letter: Editor) -> None:
    suggested(letter, '{ keys: { accept: "ArrowRight", dismiss: "Alt+x" } }')
    letter.press("Alt+x")
    assert letter.ghost == ""
    letter.page.evaluate("handle.trigger()")
    letter.see(REST)
    letter.press("Tab")
    assert draft(letter) == "Can we"
    assert focused(letter) == "button"


def test_a_key_asks_where_the_caret_is(letter: Editor, service: ScriptedService) -> None:
    attach(letter, "#body", '{ keys: { trigger: "Control+ " } }')
    letter.page.evaluate("() => { document.getElementById('body').value = 'Can we'; }")
    letter.pause(80)
    assert service.requests == []
    letter.press("Control+Space")
    letter.see(REST)
    assert draft(letter) == "Can we"


def test_what_is_announced_names_the_key(letter: Editor) -> None:
    suggested(letter, '{ keys: { accept: ["Control+Enter", "Tab"] } }')
    assert letter.hear() == "Suggestion: meet on Friday?. Press Control+Enter to accept."


def test_what_is_announced_names_no_key_where_there_is_none(letter: Editor) -> None:
    suggested(letter, "{ keys: { accept: null } }")
    assert letter.hear() == "Suggestion: meet on Friday?."


def test_what_is_announced_may_be_the_pages_words(letter: Editor) -> None:
    suggested(letter, "{ announce: (text) => `Vorschlag: ${text}` }")
    assert letter.hear() == "Vorschlag: meet on Friday?"


def test_nothing_is_announced_where_the_page_wants_that(letter: Editor) -> None:
    suggested(letter, "{ announce: false }")
    letter.pause(900)
    assert letter.announcement == ""
    assert letter.ghost == REST


def test_a_suggestion_must_have_been_seen_to_be_taken(letter: Editor) -> None:
    suggested(letter, "{ minVisibleMs: 60000 }")
    letter.press("Control+ArrowRight")
    assert draft(letter) == "Can we"
    letter.press("Tab")
    assert draft(letter) == "Can we"
    assert focused(letter) == "button"


def test_a_suggestion_may_be_taken_in_its_first_frame(letter: Editor) -> None:
    attach(letter, "#body", "{ minVisibleMs: 0, complete: () => ' and more' }")
    letter.page.evaluate("""() => {
      let tried = false;  // what is shown behind the taken one stays
      window.taken = new Promise((done) => handle.on("outcome", ({ type }) => {
        if (type !== "shown" || tried) return;
        tried = true;
        const key = new KeyboardEvent("keydown", { key: "Tab", bubbles: true, cancelable: true });
        document.getElementById("body").dispatchEvent(key);
        done(key.defaultPrevented);
      }));
    }""")
    letter.type("C")
    assert letter.page.evaluate("taken") is True
    assert draft(letter) == "C and more"


def test_tab_with_another_key_is_not_taken(letter: Editor) -> None:
    suggested(letter)
    letter.press("Control+Tab", "Alt+Tab", "Meta+Tab", "Shift+Tab")
    assert draft(letter) == "Can we"


def test_tab_leaves_for_two_seconds_after_escape(letter: Editor) -> None:
    attach(letter, "#body", "{ complete: () => ' and more' }")
    letter.type("C")
    letter.see(" and more")
    letter.press("Escape")
    letter.type("a")
    letter.see(" and more")
    letter.press("Control+ArrowRight")
    assert draft(letter) == "Ca", "as for Tab"
    letter.pause(2000)
    letter.press("Tab")
    assert draft(letter) == "Ca and more"


def hold(letter: Editor, key: str, times: int) -> None:
    """Press a key and let it repeat, as a keyboard does, before it comes up."""
    for _ in range(times):
        letter.page.keyboard.down(key)
    letter.page.keyboard.up(key)


def test_a_key_that_is_held_takes_once_and_keeps_the_focus(letter: Editor, service: ScriptedService) -> None:
    service.answer = Continuation(f"{LINE} Or now?", asked_from=6)
    line = f"{LINE} Or now?"
    attach(letter, "#body", "{ minVisibleMs: 0 }")
    letter.type("Can we")
    letter.see(line.removeprefix("Can we"))
    letter.page.evaluate("""() => {
      window.sent = 0;
      document.querySelector("button").addEventListener("click", () => { sent += 1; });
    }""")
    hold(letter, "Tab", 20)
    assert draft(letter) == line
    assert focused(letter) == "textarea"
    letter.pause(HASTY_MS)
    letter.press("Tab")
    assert focused(letter) == "button"


def test_a_key_that_is_held_takes_nothing_that_comes_meanwhile(letter: Editor) -> None:
    """Held from before: it goes through the fields of the page, as it would without suggestions."""
    attach(letter, "#body", "{ minVisibleMs: 0 }")
    letter.type("Can we")
    letter.see(REST)
    letter.page.focus("button")
    letter.page.evaluate(
        "() => { document.querySelector('#body').addEventListener('focus', () => handle.trigger()); }"
    )
    letter.page.evaluate("document.querySelector('button').after(make('a', { href: '#' }))")
    letter.page.keyboard.down("Shift")
    letter.page.keyboard.down("Tab")
    letter.page.keyboard.up("Shift")
    letter.see(REST)
    letter.page.keyboard.down("Tab")
    letter.page.keyboard.up("Tab")
    assert draft(letter) == "Can we"


@pytest.mark.parametrize("name", ["textarea", "editable", "prosemirror"])
def test_a_second_quick_tab_stays_and_a_later_one_leaves(
    page: Page, service: ScriptedService, name: str
) -> None:
    editor = open_editor(page, service, name)
    page.evaluate(OUTSIDE)
    service.answer = Continuation(LINE, asked_from=6)
    editor.start("Can w")
    editor.type("e")
    editor.see(REST)
    editor.press("Tab", "Tab")
    assert editor.text == LINE
    assert page.evaluate("document.activeElement !== outside")
    editor.pause(HASTY_MS)
    editor.press("Tab")
    assert page.evaluate("document.activeElement === outside")
    assert editor.text == LINE


@pytest.mark.parametrize("name", ["textarea", "editable", "prosemirror"])
def test_a_tab_just_before_a_suggestion_may_be_taken_stays(
    page: Page, service: ScriptedService, name: str
) -> None:
    editor = open_editor(page, service, name)
    page.evaluate(OUTSIDE)
    editor.start("Can w")
    # In the task in which it is painted, so that no pause of the machine comes between.
    page.evaluate("""() => {
      window.met = new Promise((done) => playground.handle.on("outcome", ({ type }) => {
        if (type !== "shown") return;
        const key = new KeyboardEvent("keydown", { key: "Tab", bubbles: true, cancelable: true });
        (probe.root() ?? document.querySelector("textarea")).dispatchEvent(key);
        done(key.defaultPrevented);
      }));
    }""")
    service.answer = Continuation(LINE, asked_from=6)
    editor.type("e")
    assert page.evaluate("met") is True
    assert editor.text == "Can we"
    editor.see(REST)
    editor.press("Tab")
    assert editor.text == LINE


def test_after_escape_a_second_quick_tab_leaves(letter: Editor) -> None:
    suggested(letter)
    letter.press("Control+ArrowRight", "Escape", "Tab")
    assert draft(letter) == "Can we meet"
    assert focused(letter) == "button"


def test_shift_tab_leaves_right_after_one_was_taken(letter: Editor) -> None:
    letter.page.evaluate("document.querySelector('#body').before(make('input'))")
    suggested(letter)
    letter.press("Tab", "Shift+Tab")
    assert focused(letter) == "input"


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ("field.ariaExpanded = 'true'", "field.ariaExpanded = 'false'"),
        ("field.setAttribute('aria-expanded', 'true')", "field.removeAttribute('aria-expanded')"),
        (
            "field.setAttribute('aria-activedescendant', 'one')",
            "field.setAttribute('aria-activedescendant', '')",
        ),
        (
            "field.ariaActiveDescendantElement = document.querySelector('button')",
            "field.ariaActiveDescendantElement = null",
        ),
        (
            "field.parentNode.role = 'combobox'; field.parentNode.ariaExpanded = 'true'",
            "field.parentNode.ariaExpanded = 'false'",
        ),
    ],
)
@pytest.mark.parametrize("key", ["Tab", "Control+ArrowRight", "Escape"])
def test_keys_belong_to_a_menu_that_is_open(letter: Editor, key: str, opened: str, closed: str) -> None:
    suggested(letter)
    letter.page.evaluate(f"""() => {{
      window.met = [];
      const field = document.querySelector("#body");
      {opened};
      field.addEventListener("keydown", (event) => {{
        met.push(event.key);
        event.preventDefault();
      }});
    }}""")
    letter.press(key)
    assert draft(letter) == "Can we"
    assert letter.page.evaluate("met.pop()") == key.split("+")[-1]
    letter.page.evaluate(f"() => {{ const field = document.querySelector('#body'); {closed}; }}")
    letter.press("Tab")
    assert draft(letter) == LINE


def test_a_section_that_is_unfolded_around_the_field_is_no_menu(letter: Editor) -> None:
    suggested(letter)
    letter.page.evaluate("() => { document.querySelector('main').ariaExpanded = 'true'; }")
    letter.press("Tab")
    assert draft(letter) == LINE
