"""Suggestions are accessible: axe, the keyboard, announcements, forced colors, print."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.axe import audit
from tests.browser.conftest import open_editor, open_page, require_playground
from tests.browser.editors import EDITORS, Editor
from tests.browser.literal import LINE, REST, attach, draft, open_html
from tests.browser.scripted import Continuation, ScriptedService

MAIL_CLIENTS = ("roundcube", "snappymail", "thunderbird")
FORM = """
  <form>
    <label>To <input id=to></label>
    <label>Message <textarea id=body></textarea></label>
    <button id=send type=button>Send</button>
  </form>
"""
# The announcements for a screen reader that listens to the region, change by change.
LISTEN = """() => {
  window.heard = [];
  for (const { shadowRoot } of document.querySelectorAll("ink-announcer")) {
    const region = shadowRoot.querySelector("[aria-live=polite]");
    const everything = { subtree: true, childList: true, characterData: true };
    new MutationObserver(() => heard.push(region.textContent)).observe(region, everything);
  }
}"""
# Whether screen readers pass over the ghost itself.
HIDDEN = "(probe.ghostElement().getRootNode().host ?? probe.ghostElement()).ariaHidden === 'true'"
SAID = "Suggestion: meet on Friday?. Press Tab to accept."
# The ghost's color, the system's for such text, and that of the draft.
COLORS = """() => {
  const ghost = probe.ghostElement();
  const page = ghost.ownerDocument;
  const grey = page.body.appendChild(page.createElement("span"));
  grey.style.color = "GrayText";
  const colors = [ghost, grey, page.body].map((one) => getComputedStyle(one).color);
  grey.remove();
  return colors;
}"""


@pytest.fixture
def stopped(browser: Browser) -> Iterator[Page]:
    """A page whose clock runs only where a test lets it: `stopped.clock.run_for`."""
    with open_page(browser) as page:
        page.clock.install(time=0)
        yield page


def open_stopped(page: Page, service: ScriptedService, name: str) -> Editor:
    """See the rest of the line grey, at most ten milliseconds ago by the page's clock."""
    editor = open_editor(page, service, name)
    page.clock.pause_at(1_000_000)
    service.answer = Continuation(LINE)
    editor.start("Can w")
    page.evaluate(LISTEN)
    editor.type("e")
    while editor.ghost != REST:
        page.clock.run_for(10)
    return editor


def begin(editor: Editor, service: ScriptedService) -> None:
    """See the rest of the line grey; from its first letter on, `heard` is what is read aloud."""
    service.answer = Continuation(LINE)
    editor.start("Can w")
    editor.page.evaluate(LISTEN)
    editor.type("e")
    editor.see(REST)


@pytest.fixture
def form(page: Page, service: ScriptedService) -> Editor:
    """A form whose message has suggestions, the focus in the field before that."""
    service.answer = Continuation(LINE)
    form = open_html(page, service, FORM)
    attach(form, "#body")
    page.focus("#to")
    return form


@pytest.fixture
def forced_colors(page: Page) -> Iterator[None]:
    page.emulate_media(forced_colors="active")
    yield
    page.emulate_media(forced_colors="null")


def focus(editor: Editor) -> str:
    """The id of the element that has the focus."""
    name: str = editor.page.evaluate("document.activeElement.id")
    return name


@pytest.mark.parametrize("name", [*EDITORS, *MAIL_CLIENTS])
def test_axe_finds_nothing_with_a_ghost_shown(page: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(page, service, name)
    begin(editor, service)
    assert audit(page) == []
    assert editor.ghost == REST
    assert page.evaluate(HIDDEN)


def test_axe_finds_nothing_on_the_list_of_pages(page: Page, service: ScriptedService) -> None:
    require_playground("index")
    page.goto(f"{service.url}playground/index.html")
    assert audit(page) == []


def test_tab_goes_through_the_form_where_nothing_is_grey(form: Editor) -> None:
    form.press("Tab")
    assert focus(form) == "body"
    form.press("Tab")
    assert focus(form) == "send"
    form.press("Shift+Tab", "Shift+Tab")
    assert focus(form) == "to"


def test_tab_takes_what_is_grey_and_then_leaves(form: Editor) -> None:
    form.press("Tab")
    form.type("Can we")
    form.see(REST)
    form.press("Tab")
    assert (focus(form), draft(form)) == ("body", LINE)
    form.pause(350)  # or it would be a hasty repetition
    form.press("Tab")
    assert (focus(form), draft(form)) == ("send", LINE)


def test_tab_leaves_after_escape(form: Editor) -> None:
    form.press("Tab")
    form.type("Can we")
    form.see(REST)
    form.press("Escape")
    assert (focus(form), form.ghost) == ("body", "")
    form.press("Tab")
    assert (focus(form), draft(form)) == ("send", "Can we")


def test_shift_tab_always_leaves_backwards(form: Editor) -> None:
    form.press("Tab")
    form.type("Can we")
    form.see(REST)
    form.press("Shift+Tab")
    assert (focus(form), draft(form), form.ghost) == ("to", "Can we", "")
    form.press("Tab")
    assert (focus(form), form.ghost) == ("body", "")


def test_a_click_elsewhere_takes_nothing(form: Editor, page: Page) -> None:
    form.press("Tab")
    form.type("Can we")
    form.see(REST)
    page.click("#send")
    assert (focus(form), draft(form), form.ghost) == ("send", "Can we", "")


def test_enter_makes_a_line_and_takes_nothing(editor: Editor, service: ScriptedService) -> None:
    begin(editor, service)
    editor.press("Enter")
    editor.settle()
    assert editor.ghost == ""
    editor.type("x")
    assert editor.text.startswith("Can we\n")
    assert editor.text.endswith("\nx")


@pytest.mark.parametrize("name", ["textarea", "editable", "prosemirror", "codemirror", "lexical", "tinymce"])
def test_an_empty_line_below_is_another_place(page: Page, service: ScriptedService, name: str) -> None:
    """Tab must not write there what is grey above."""
    editor = open_editor(page, service, name)
    editor.start("Dear Ben,\nCan w\n")
    editor.press("ArrowUp", "End")
    service.answer = Continuation(f"Dear Ben,\n{LINE}")
    editor.type("e")
    editor.see(REST)
    editor.press("ArrowDown")
    editor.page.evaluate("probe.until(() => probe.ghost() === '', 'line without a ghost')")
    editor.press("Tab")
    assert "Friday" not in editor.text


@pytest.mark.parametrize("name", ["textarea", "prosemirror"])
def test_a_suggestion_is_read_once_after_a_quiet_moment(
    stopped: Page, service: ScriptedService, name: str
) -> None:
    editor = open_stopped(stopped, service, name)
    stopped.clock.run_for(400)
    assert stopped.evaluate("heard") == []
    stopped.clock.run_for(400)
    assert stopped.evaluate("heard") == [SAID]
    editor.type(" mee")
    stopped.clock.run_for(900)
    assert editor.ghost == "t on Friday?"
    assert stopped.evaluate("heard") == [SAID]
    editor.press("Escape")
    stopped.clock.run_for(50)
    assert stopped.evaluate("heard") == [SAID, ""]


def test_nothing_is_read_while_the_suggestion_is_typed(stopped: Page, service: ScriptedService) -> None:
    editor = open_stopped(stopped, service, "textarea")
    for letter in " meet on":
        stopped.clock.run_for(400)
        editor.type(letter)
    stopped.clock.run_for(400)
    assert stopped.evaluate("heard") == []
    stopped.clock.run_for(400)
    editor.press("Tab")
    stopped.clock.run_for(50)
    assert stopped.evaluate("heard") == ["Suggestion: Friday?. Press Tab to accept.", ""]


def test_what_is_read_makes_nothing_scroll(page: Page, service: ScriptedService) -> None:
    page.set_viewport_size({"width": 320, "height": 600})
    editor = open_editor(page, service, "textarea")
    service.answer = Continuation("Can we" + " meet on Friday" * 12)
    editor.start("Can w")
    editor.type("e")
    editor.see()
    assert len(editor.hear()) > 100
    root = "document.documentElement"
    assert page.evaluate(f"{root}.scrollWidth - {root}.clientWidth") == 0


@pytest.mark.parametrize("leave", ["Tab", "Backspace"])
def test_what_was_quick_is_not_read_afterwards(stopped: Page, service: ScriptedService, leave: str) -> None:
    editor = open_stopped(stopped, service, "textarea")
    stopped.clock.run_for(100)
    editor.press(leave)
    stopped.clock.run_for(2_000)
    assert stopped.evaluate("heard") == []


@pytest.mark.usefixtures("forced_colors")
@pytest.mark.parametrize("name", ["textarea", "tinymce", "prosemirror", "codemirror"])
def test_forced_colors_paint_the_ghost_as_grey_text(page: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(page, service, name)
    begin(editor, service)
    ghost, grey, text = editor.page.evaluate(COLORS)
    assert ghost == grey != text


@pytest.mark.parametrize("name", ["textarea", "tinymce", "prosemirror"])
def test_no_ghost_is_printed(page: Page, service: ScriptedService, name: str) -> None:
    editor = open_editor(page, service, name)
    begin(editor, service)
    page.evaluate("""() => {
      addEventListener("afterprint", () => { window.printed = probe.ghost(); });
    }""")
    page.pdf()
    assert page.evaluate("printed") == ""
    assert editor.text == "Can we"
