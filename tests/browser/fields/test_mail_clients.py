"""Suggestions in the editors of mail clients, each hosted as its client hosts it."""

import pytest
from playwright.sync_api import Page

from tests.browser.conftest import open_editor
from tests.browser.editors import Editor
from tests.browser.scripted import Continuation, ScriptedService, always, suggest

LINE = "Can we meet on Friday afternoon?"
REST = LINE[len("Can we") :]
LONG = "Can we" + " meet to talk about the plan" * 12
HOSTS = "probe.documents().flatMap((page) => [...page.querySelectorAll('ink-ghost, ink-announcer')]).length"
WATCH_DRAFT = """() => playground.handle.update({
  when: (draft) => {
    window.draft = draft;
    return true;
  },
})"""
# Where what matches `selector` stands, and each line of the ghost: [top, bottom] in pixels of their window.
EDGES = """(selector) => {
  const edges = ({ top, bottom }) => [top, bottom];
  const other = probe.documents().map((page) => page.querySelector(selector)).find(Boolean);
  return [edges(other.getBoundingClientRect()), [...probe.ghostElement().getClientRects()].map(edges)];
}"""


def begin(editor: Editor, service: ScriptedService) -> None:
    """Type the beginning of the line below a greeting, and see its rest grey."""
    service.answer = continuing("Dear Ben,\nCan we", REST)
    editor.start("Dear Ben,\nCan w")
    editor.type("e")
    editor.see(REST)


def continuing(prefix: str, rest: str) -> Continuation:
    return Continuation(prefix + rest, asked_from=len(prefix))


def toggle(editor: Editor) -> None:
    editor.page.evaluate("() => playground.toggle()")


def end_of_line(editor: Editor, line: int) -> None:
    """From the start of the draft to the end of one of its lines, as writers do."""
    editor.press(*["ArrowDown"] * line, "End")


def covers_nothing_of(editor: Editor, selector: str) -> None:
    (top, bottom), ghost = editor.page.evaluate(EDGES, selector)
    assert bottom > top
    assert ghost
    assert all(below <= top + 1 for _, below in ghost), (top, ghost)


@pytest.fixture
def roundcube(page: Page, service: ScriptedService) -> Editor:
    return open_editor(page, service, "roundcube")


@pytest.fixture
def snappymail(page: Page, service: ScriptedService) -> Editor:
    return open_editor(page, service, "snappymail")


@pytest.fixture(params=["", "?lines", "?design", "?design&lines"])
def thunderbird(request: pytest.FixtureRequest, page: Page, service: ScriptedService) -> Editor:
    """The compose document with paragraphs or with lines, its body edited or all of it."""
    return open_editor(page, service, "thunderbird", request.param)


def test_roundcube_suggests_in_both_editors_as_they_are_toggled(
    roundcube: Editor, service: ScriptedService
) -> None:
    begin(roundcube, service)
    roundcube.press("Tab")
    assert roundcube.text == f"Dear Ben,\n{LINE}"

    toggle(roundcube)
    assert roundcube.text == f"Dear Ben,\n{LINE}"
    assert roundcube.page.evaluate("document.activeElement.localName") == "textarea"
    end_of_line(roundcube, 1)
    service.answer = continuing(f"Dear Ben,\n{LINE} O", "r on Monday?")
    roundcube.type(" O")
    roundcube.see("r on Monday?")
    roundcube.press("Tab")
    assert roundcube.text == f"Dear Ben,\n{LINE} Or on Monday?"

    toggle(roundcube)
    end_of_line(roundcube, 1)
    service.answer = continuing(f"Dear Ben,\n{LINE} Or on Monday? Y", "ours, Ada")
    roundcube.type(" Y")
    roundcube.see("ours, Ada")
    roundcube.press("Tab")
    assert roundcube.text == f"Dear Ben,\n{LINE} Or on Monday? Yours, Ada"


@pytest.mark.parametrize("plain", [False, True])
def test_roundcube_carries_no_ghost_over(roundcube: Editor, service: ScriptedService, plain: bool) -> None:
    if plain:
        toggle(roundcube)
    begin(roundcube, service)
    toggle(roundcube)
    assert roundcube.ghost == ""
    assert roundcube.text == "Dear Ben,\nCan we"
    assert "Friday" not in roundcube.outgoing
    assert roundcube.page.evaluate("document.documentElement.innerText").count("Friday") == 0


@pytest.mark.parametrize("plain", [False, True])
def test_roundcube_tells_the_end_of_what_a_toggle_took_away(
    page: Page, service: ScriptedService, plain: bool
) -> None:
    editor = open_editor(page, service, "roundcube", "?telemetry")
    if plain:
        toggle(editor)
    begin(editor, service)
    toggle(editor)
    outcomes = service.told(2)
    assert set(outcomes) == {"shown", "dismissed"}
    assert outcomes["dismissed"]["reason"] == "detach"


@pytest.mark.parametrize("plain", [False, True])
def test_roundcube_signature_is_neither_covered_nor_changed(
    roundcube: Editor, service: ScriptedService, plain: bool
) -> None:
    if plain:
        toggle(roundcube)
    service.answer = Continuation(LONG)
    roundcube.start("Can w")
    outgoing = roundcube.outgoing
    signature = outgoing[outgoing.index("Can w") + len("Can w") :]
    assert "Harbour Office" in signature
    roundcube.type("e")
    ghost = roundcube.see()
    assert LONG.startswith(f"Can we{ghost}")
    if not plain:
        covers_nothing_of(roundcube, "#_rc_sig")
    roundcube.press("Tab")
    assert roundcube.text == f"Can we{ghost}"
    assert roundcube.outgoing.endswith(signature)
    assert roundcube.outgoing.count("Harbour Office") == 1


@pytest.mark.parametrize("plain", [False, True])
def test_roundcube_asks_about_what_stands_above_the_signature(
    roundcube: Editor, service: ScriptedService, plain: bool
) -> None:
    """A caret above a signature is not at the end of the text, but at the end of its line."""
    if plain:
        toggle(roundcube)
    roundcube.page.evaluate(WATCH_DRAFT)
    begin(roundcube, service)
    draft = roundcube.page.evaluate("window.draft")
    assert draft["before"] == "Dear Ben,\nCan we"
    assert draft["after"].split("\n")[0].strip() == ""
    assert set(service.prefixes) == {"Dear Ben,\nCan we"}


def test_roundcube_toggles_leave_nothing_behind(roundcube: Editor, service: ScriptedService) -> None:
    one_handle = roundcube.page.evaluate(HOSTS)
    assert one_handle == 2
    for number in range(10):
        toggle(roundcube)
        assert roundcube.page.evaluate(HOSTS) == one_handle, number
    field = "document.getElementById('composebody')"
    assert roundcube.page.evaluate(f"{field}.getAttribute('writingsuggestions')") is None
    begin(roundcube, service)
    asked = len(service.requests)
    assert asked == 1
    roundcube.press("Tab")
    assert roundcube.text == f"Dear Ben,\n{LINE}"


def test_snappymail_suggests_in_both_editors_as_they_are_toggled(
    snappymail: Editor, service: ScriptedService, page: Page
) -> None:
    begin(snappymail, service)
    snappymail.press("Tab")
    assert snappymail.text == f"Dear Ben,\n{LINE}"

    page.get_by_role("button", name="Plain text").click()
    assert snappymail.text == f"Dear Ben,\n{LINE}"
    page.keyboard.press("Control+End")
    service.answer = continuing(f"Dear Ben,\n{LINE} O", "r on Monday?")
    snappymail.type(" O")
    snappymail.see("r on Monday?")

    page.get_by_role("button", name="Plain text").click()
    assert snappymail.ghost == ""
    assert snappymail.text == f"Dear Ben,\n{LINE} O"
    assert "Monday" not in snappymail.outgoing
    page.keyboard.press("Control+End")
    service.answer = continuing(f"Dear Ben,\n{LINE} Or", " on Monday?")
    snappymail.type("r")
    snappymail.see(" on Monday?")
    snappymail.press("Tab")
    assert snappymail.text == f"Dear Ben,\n{LINE} Or on Monday?"
    snappymail.settle()
    service.answer = always(suggest())
    snappymail.press("Control+z")
    assert snappymail.text == f"Dear Ben,\n{LINE} Or"


def test_snappymail_toolbar_hides_and_what_it_sets_goes_on(
    snappymail: Editor, service: ScriptedService, page: Page
) -> None:
    begin(snappymail, service)
    page.get_by_role("button", name="Bold").click()
    assert snappymail.ghost == ""
    assert "Friday" not in snappymail.outgoing
    service.answer = continuing("Dear Ben,\nCan we no", "t meet?")
    snappymail.type(" no")
    snappymail.see("t meet?")
    weight = page.evaluate("getComputedStyle(probe.ghostElement()).fontWeight")
    snappymail.press("Tab")
    assert snappymail.text == "Dear Ben,\nCan we not meet?"
    assert "not meet?</b>" in snappymail.outgoing
    assert weight == "700"


def test_snappymail_toggles_leave_nothing_behind(
    snappymail: Editor, service: ScriptedService, page: Page
) -> None:
    """Both editors stay in the page, and with them what each has behind it, once it was used."""
    for _ in range(10):
        page.get_by_role("button", name="Plain text").click()
    assert page.evaluate(HOSTS) <= 4
    begin(snappymail, service)
    assert len(service.requests) == 1


def test_thunderbird_tab_takes_and_one_undo_takes_back(thunderbird: Editor, service: ScriptedService) -> None:
    begin(thunderbird, service)
    thunderbird.press("Tab")
    thunderbird.settle()
    assert thunderbird.text == f"Dear Ben,\n{LINE}"
    service.answer = always(suggest())
    thunderbird.press("Control+z")
    assert thunderbird.text == "Dear Ben,\nCan we"


def test_thunderbird_goes_on_after_a_new_line(thunderbird: Editor, service: ScriptedService) -> None:
    begin(thunderbird, service)
    thunderbird.press("Tab")
    service.answer = continuing(f"Dear Ben,\n{LINE}\nYo", "urs, Ada")
    thunderbird.press("Enter")
    thunderbird.type("Yo")
    thunderbird.see("urs, Ada")
    covers_nothing_of(thunderbird, ".moz-signature")
    thunderbird.press("Tab")
    assert thunderbird.text == f"Dear Ben,\n{LINE}\nYours, Ada"


def test_thunderbird_ghost_covers_nothing_below(thunderbird: Editor, service: ScriptedService) -> None:
    service.answer = Continuation(LONG)
    thunderbird.start("Can w")
    thunderbird.type("e")
    ghost = thunderbird.see()
    assert 0 < len(ghost) < len(LONG) - len("Can we")
    covers_nothing_of(thunderbird, ".moz-signature")
    assert thunderbird.page.evaluate("probe.ghostElement().getClientRects().length") == 1


def test_thunderbird_sends_no_ghost(thunderbird: Editor, service: ScriptedService) -> None:
    """Nothing of it is in the body; in the document around it, two empty elements until it is sent."""
    body = "document.querySelector('iframe').contentDocument.body.innerHTML"
    begin(thunderbird, service)
    shown = thunderbird.page.evaluate(body)
    assert "Friday" not in thunderbird.outgoing
    assert "ink-" not in shown
    thunderbird.press("Escape")
    assert thunderbird.page.evaluate(body) == shown
    thunderbird.type("!")
    sent = thunderbird.page.evaluate("playground.send()")
    assert "Can we!" in sent
    assert "ink-" not in sent
    assert "writingsuggestions" not in sent


def test_thunderbird_leaves_the_quote_as_it_was(thunderbird: Editor, service: ScriptedService) -> None:
    quote = "document.querySelector('iframe').contentDocument.querySelector('blockquote').outerHTML"
    before = thunderbird.page.evaluate(quote)
    assert "The hall is free" in before
    begin(thunderbird, service)
    assert thunderbird.page.evaluate(quote) == before
    thunderbird.press("Tab")
    thunderbird.press("Control+z")
    assert thunderbird.page.evaluate(quote) == before
    assert not any("hall" in prefix for prefix in service.prefixes)


def test_thunderbird_suggests_nothing_within_the_quote(thunderbird: Editor, service: ScriptedService) -> None:
    thunderbird.start("Dear Ben,")
    service.answer = always(suggest(" and more"))
    thunderbird.press("Control+End")
    thunderbird.type("x")
    thunderbird.settle()
    assert "The hall is free on Monday.x" in thunderbird.outgoing
    assert thunderbird.ghost == ""
    assert service.requests == []
    thunderbird.page.evaluate("playground.handle.update({ when: () => true })")
    thunderbird.type("y")
    assert thunderbird.see() == " and more"
