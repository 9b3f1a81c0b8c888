"""Which fields get suggestions, how long they are, and what remains after detaching."""

import pytest
from playwright.sync_api import Page

from tests.browser.editors import Editor
from tests.browser.literal import LINE, REST, attach, draft, open_html
from tests.browser.scripted import Continuation, ScriptedService, always, suggest

HOSTS = "document.querySelectorAll('ink-ghost, ink-announcer').length"
REFUSED = {
    "password": "<input type=password>",
    "email": "<input type=email>",
    "number": "<input type=number>",
    "telephone": "<input type=tel>",
    "checkbox": "<input type=checkbox>",
    "file": "<input type=file>",
    "one-time code": "<input autocomplete=one-time-code>",
    "current password": "<input autocomplete=current-password>",
    "new password": "<input autocomplete=new-password>",
    "card number": "<input autocomplete=cc-number>",
    "card number of a section": '<input autocomplete="section-a billing cc-number">',
    "card holder in capitals": "<input autocomplete=CC-NAME>",
    "code in a textarea": "<textarea autocomplete=one-time-code></textarea>",
    "password in an editable": "<div contenteditable><input type=password class=field></div>",
    "email that is editable": "<input type=email contenteditable>",
    "paragraph": "<p>Text</p>",
    "select": "<select><option>One</option></select>",
}
ACCEPTED = {
    "textarea": "<textarea></textarea>",
    "text": "<input type=text>",
    "search": "<input type=search>",
    "no type": "<input>",
    "subject": "<input autocomplete=off>",
    "editable": "<div contenteditable>x</div>",
    "plain text only": "<div contenteditable=plaintext-only>x</div>",
    "within an editable": "<div contenteditable><p class=field>x</p></div>",
}


# Attaches to the innermost element of each part of the page. Returns the error for each part, or null.
TRY_EACH = """() => Object.fromEntries([...document.querySelectorAll("section")].map((part) => {
  const element = part.querySelector(".field") ?? part.firstElementChild;
  try {
    inkling.attach(element);
    return [part.title, null];
  } catch (error) {
    return [part.title, `${error.name}: ${error.message}`];
  }
}))"""


def parts(bodies: dict[str, str]) -> str:
    return "".join(f'<section title="{name}">{body}</section>' for name, body in bodies.items())


def test_fields_for_secrets_and_other_than_text_are_refused(page: Page, service: ScriptedService) -> None:
    open_html(page, service, parts(REFUSED))
    said = page.evaluate(TRY_EACH)
    assert list(said) == list(REFUSED)
    for name, message in said.items():
        assert message, name
        assert message.startswith("TypeError: inkling: not an editable"), name
    page.evaluate("() => { inkling.attachAll('input, textarea, select, p'); }")
    assert page.evaluate(HOSTS) == 0


def test_fields_of_text_are_accepted(page: Page, service: ScriptedService) -> None:
    open_html(page, service, parts(ACCEPTED))
    assert page.evaluate(TRY_EACH) == dict.fromkeys(ACCEPTED)
    page.evaluate("""() => {
      for (const field of document.querySelectorAll("input, textarea, [contenteditable]")) field.focus();
    }""")
    within_another = 1
    assert page.evaluate(HOSTS) == 2 * (len(ACCEPTED) - within_another)


def test_the_script_skips_fields_for_secrets(page: Page, service: ScriptedService) -> None:
    script = '<script src="/inkling.js" data-attach="input"></script>'
    letter = open_html(page, service, "<input type=password><input id=name>", script=script)
    service.answer = always(suggest(" and more"))
    page.focus("input[type=password]")
    letter.type("Can we")
    letter.pause(80)
    assert service.requests == []
    page.focus("#name")
    letter.type("Can we")
    letter.see(" and more")


def test_a_field_that_comes_to_hide_its_text_is_left_alone(page: Page, service: ScriptedService) -> None:
    """As the button beside a password does, which shows and hides it."""
    letter = open_html(page, service, "<input id=body>")
    service.answer = always(suggest(" and more"))
    attach(letter, "#body")
    page.focus("#body")
    letter.type("C")
    letter.see(" and more")
    asked = len(service.requests)
    page.evaluate("() => { document.querySelector('input').type = 'password'; }")
    letter.type("x")
    letter.pause(80)
    assert letter.ghost == ""
    assert len(service.requests) == asked


def suggested_and_changed(page: Page, service: ScriptedService, body: str, change: str) -> Editor:
    """A page whose field was changed by a program while the rest of the line was grey in it."""
    letter = open_html(page, service, body)
    service.answer = Continuation(LINE)
    attach(letter, "#body")
    page.focus("#body")
    letter.type("Can we")
    letter.see(REST)
    page.evaluate(f"() => {{ const field = document.getElementById('body'); {change}; }}")
    return letter


@pytest.mark.parametrize(
    ("body", "change", "key"),
    [
        ("<textarea id=body></textarea>", "field.readOnly = true", "x"),
        ("<textarea id=body></textarea>", "field.readOnly = true", "ArrowLeft"),
        ("<textarea id=body></textarea>", "field.disabled = true", "x"),
        ("<fieldset><input id=body></fieldset>", "field.parentNode.disabled = true", "x"),
        ("<div contenteditable id=body></div>", "field.contentEditable = 'false'", "x"),
        ("<div contenteditable id=body></div>", "field.contentEditable = 'false'", "Tab"),
    ],
)
def test_a_field_that_may_no_longer_be_written_in_hides_at_the_next_key(
    page: Page, service: ScriptedService, body: str, change: str, key: str
) -> None:
    letter = suggested_and_changed(page, service, body, change)
    letter.press(key)
    page.evaluate("probe.frame()")
    assert letter.ghost == ""
    assert draft(letter, "#body") == "Can we"


@pytest.mark.parametrize(
    ("body", "change"),
    [
        ("<textarea id=body></textarea>", "field.value = ''"),
        ("<form><input id=body></form>", "field.form.reset()"),
        ("<div contenteditable id=body></div>", "field.textContent = ''"),
        ("<div contenteditable id=body></div>", "field.append(' and')"),
    ],
)
def test_what_a_program_writes_hides(page: Page, service: ScriptedService, body: str, change: str) -> None:
    """As a page does that sends with Enter and empties the field."""
    suggested_and_changed(page, service, body, change)
    page.evaluate("probe.until(() => probe.ghost() === '', 'draft without a ghost')")


@pytest.mark.parametrize(
    ("tag", "most", "grey"),
    [
        ("<textarea id=body maxlength={}></textarea>", 13, " meet"),
        ("<textarea id=body maxlength={}></textarea>", 14, " meet on"),
        ("<input id=body maxlength={}>", 21, " meet on"),
        ("<input id=body maxlength={}>", 22, REST),
        ("<input id=body maxlength={}>", 99, REST),
    ],
)
def test_no_more_is_grey_than_may_be_written(
    page: Page, service: ScriptedService, tag: str, most: int, grey: str
) -> None:
    """Whole words of it."""
    letter = open_html(page, service, tag.format(most))
    service.answer = Continuation(LINE)
    attach(letter, "#body")
    page.focus("#body")
    letter.type("Can we")
    letter.see(grey)
    letter.press("Tab")
    letter.settle()
    assert draft(letter, "#body") == f"Can we{grey}"


@pytest.mark.parametrize("most", [6, 8])
def test_nothing_is_grey_where_no_word_fits(page: Page, service: ScriptedService, most: int) -> None:
    letter = open_html(page, service, f"<input id=body maxlength={most}>")
    service.answer = Continuation(LINE, asked_from=5)
    attach(letter, "#body")
    page.focus("#body")
    letter.type("Can we")
    letter.pause(100)
    assert letter.ghost == ""


def test_one_line_fields_show_the_first_line(page: Page, service: ScriptedService) -> None:
    letter = open_html(page, service, "<input id=one><textarea id=many></textarea>")
    service.answer = Continuation("Can we meet?\nYours, Ada", asked_from=6)
    attach(letter, "#one")
    attach(letter, "#many")
    page.focus("#one")
    letter.type("Can we")
    letter.see(" meet?")
    letter.press("Tab")
    assert draft(letter, "#one") == "Can we meet?"
    page.focus("#many")
    letter.type("Can we")
    letter.see(" meet?\nYours, Ada")


@pytest.mark.parametrize(
    "body",
    [
        "<textarea id=body></textarea>",
        '<textarea id=body writingsuggestions="true" spellcheck="true" class=""></textarea>',
        '<input id=body writingsuggestions="" spellcheck="false" lang="de">',
        '<div id=body contenteditable="true" writingsuggestions="false"></div>',
        "<div id=body contenteditable></div>",
    ],
)
def test_detaching_leaves_everything_as_it_was(page: Page, service: ScriptedService, body: str) -> None:
    service.answer = Continuation(LINE)
    letter = open_html(page, service, f"<p>Above</p>{body}<p>Below</p>")
    before = page.evaluate("document.documentElement.outerHTML")
    spelling = "document.getElementById('body').getAttribute('spellcheck')"
    spellcheck = page.evaluate(spelling)
    attach(letter, "#body")
    page.focus("#body")
    assert page.evaluate("document.getElementById('body').getAttribute('writingsuggestions')") == "false"
    assert page.evaluate(spelling) == spellcheck
    letter.type("Can we")
    letter.see(REST)
    page.evaluate("handle.detach()")
    page.evaluate(
        "() => { const field = document.getElementById('body'); field.value = ''; field.textContent = ''; }"
    )
    assert page.evaluate("document.documentElement.outerHTML") == before
    assert page.evaluate("document.adoptedStyleSheets.length") == 0


@pytest.mark.parametrize("body", ["<textarea id=body></textarea>", "<div id=body contenteditable></div>"])
def test_nothing_listens_after_detaching(page: Page, service: ScriptedService, body: str) -> None:
    service.answer = Continuation(LINE)
    letter = open_html(page, service, body)
    before = listeners(letter)
    attach(letter, "#body")
    assert {"keydown", "selectionchange", "blur"} <= set(listeners(letter)) - set(before)
    page.evaluate("() => { window.told = []; handle.on('suggestion', (shown) => told.push(shown)); }")
    page.focus("#body")
    letter.type("Can we")
    letter.see(REST)
    page.evaluate("handle.detach()")
    assert listeners(letter) == before
    assert page.evaluate("told.pop()") is None, "the end of what was shown"
    told, asked = page.evaluate("told.length"), len(service.requests)
    letter.type(" meet")
    letter.pause(80)
    assert draft(letter, "#body") == "Can we meet"
    assert page.evaluate("told.length") == told
    assert len(service.requests) == asked


def listeners(letter: Editor) -> list[str]:
    """What is listened to on the window, the document and the field."""
    types: list[str] = []
    for target in ("window", "document", "document.getElementById('body')"):
        found = letter.devtools.send("Runtime.evaluate", {"expression": target})["result"]["objectId"]
        answer = letter.devtools.send("DOMDebugger.getEventListeners", {"objectId": found})
        types += [listener["type"] for listener in answer["listeners"]]
    return sorted(types)
