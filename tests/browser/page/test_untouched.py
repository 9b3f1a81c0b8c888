"""A page is unchanged until somebody writes in it. Elements that are added then stand outside the body."""

import pytest
from playwright.sync_api import Page

from tests.browser.literal import LINE, OPEN_POLICY, REST, attach, draft, open_html
from tests.browser.scripted import Continuation, ScriptedService

FIELDS = (
    "<label>Message <textarea id=body></textarea></label>"
    "<input id=subject><div id=rich contenteditable></div>"
)
PAGE = "document.documentElement.outerHTML"
HOSTS = "[...document.querySelectorAll('ink-ghost, ink-announcer')]"


@pytest.mark.parametrize(
    "how",
    [
        "inkling.attach(document.querySelector('#body'))",
        "inkling.attach(document.querySelector('#rich'))",
        "inkling.attachAll('input, textarea, [contenteditable]')",
        "inkling.attach(document.querySelector('#subject')).update({ minConfidence: 0.5 })",
        "inkling.attach(document.querySelector('#body')).detach()",
    ],
)
def test_a_page_that_nobody_writes_in_is_left_as_it_is(
    page: Page, service: ScriptedService, how: str
) -> None:
    """A page that a server rendered must still be unchanged when a framework hydrates it."""
    letter = open_html(page, service, FIELDS)
    before = page.evaluate(PAGE)
    page.evaluate(f"() => {{ {how}; }}")
    letter.pause(100)
    assert page.evaluate(PAGE) == before


def test_a_field_that_has_the_focus_already_is_left_until_a_key(page: Page, service: ScriptedService) -> None:
    """As one with `autofocus`."""
    letter = open_html(page, service, FIELDS)
    service.answer = Continuation(LINE)
    page.focus("#body")
    before = page.evaluate(PAGE)
    attach(letter, "#body")
    letter.pause(100)
    assert page.evaluate(PAGE) == before
    letter.type("Can we")
    letter.see(REST)


def test_the_script_alone_leaves_the_page_as_it_is(page: Page, service: ScriptedService) -> None:
    script = '<script src="/inkling.js" data-attach="input, textarea, [contenteditable]"></script>'
    open_html(page, service, FIELDS, script=script)
    plain = page.evaluate(PAGE)
    assert page.evaluate(f"{HOSTS}.length") == 0
    assert "writingsuggestions" not in plain
    page.focus("#body")
    assert page.evaluate(f"{HOSTS}.length") == 2


@pytest.mark.parametrize("selector", ["#body", "#rich", "#subject"])
def test_what_is_added_at_the_first_use_is_behind_the_body(
    page: Page, service: ScriptedService, selector: str
) -> None:
    letter = open_html(page, service, FIELDS)
    service.answer = Continuation(LINE)
    before = page.evaluate("document.body.querySelectorAll('*').length")
    attach(letter, selector)
    page.focus(selector)
    letter.type("Can we")
    letter.see(REST)
    assert page.evaluate(f"{HOSTS}.map((one) => one.parentNode.localName)") == ["html", "html"]
    assert page.evaluate("document.body.querySelectorAll('*').length") == before


def test_a_label_names_its_field_as_before(page: Page, service: ScriptedService) -> None:
    letter = open_html(page, service, "<label>Message <textarea id=body></textarea></label>")
    service.answer = Continuation(LINE)
    attach(letter, "#body")
    page.focus("#body")
    letter.type("Can we")
    letter.see(REST)
    letter.hear()
    assert page.get_by_role("textbox", name="Message", exact=True).count() == 1
    assert page.evaluate("document.querySelector('label').children.length") == 1


SIBLINGS = """
  .stack > * { display: block }
  .stack > :not(:last-child) { margin-bottom: 40px }
  .stack > :only-child, .stack > :nth-last-child(2) { color: red }
  .labelled > :focus + label { color: red }
  .labelled > * + * { margin-top: 9px }
  .grid { display: grid; gap: 20px }
  form:has(> textarea:last-child) { border: 3px solid }
"""
STACKS = {
    "last child": "<div class=stack><input><textarea id=body></textarea></div>",
    "only child": "<div class=stack><textarea id=body></textarea></div>",
    "next sibling": "<div class=labelled><textarea id=body></textarea><label for=body>Text</label></div>",
    "grid": "<div class=grid><textarea id=body></textarea><p>Below</p></div>",
    "looked for": "<form><textarea id=body></textarea></form>",
}
LAYOUT = """[...document.querySelectorAll('main, main *')].map((one) => {
  const { color, margin, border } = getComputedStyle(one);
  return [one.offsetTop, one.offsetHeight, color, margin, border];
})"""


@pytest.mark.parametrize("what", STACKS)
def test_rules_about_siblings_hold_as_before(page: Page, service: ScriptedService, what: str) -> None:
    letter = open_html(page, service, f"<style>{SIBLINGS}</style>{STACKS[what]}", OPEN_POLICY)
    service.answer = Continuation(LINE)
    page.focus("#body")
    letter.type("Can w")
    before = page.evaluate(LAYOUT)
    attach(letter, "#body")
    letter.type("e")
    letter.see(REST)
    assert page.evaluate(LAYOUT) == before


def test_nothing_of_it_is_in_what_an_editor_around_the_field_sends(
    page: Page, service: ScriptedService
) -> None:
    body = (
        "<div id=letter contenteditable><p>Hello</p><figure contenteditable=false><img alt=x>"
        "<figcaption id=body contenteditable=true></figcaption></figure>"
        "<div contenteditable=false><textarea id=field></textarea></div><p>bye</p></div>"
    )
    letter = open_html(page, service, body)
    service.answer = Continuation(LINE)
    before = page.evaluate("document.querySelector('#letter').innerHTML")
    page.evaluate("() => { inkling.attachAll('textarea, [contenteditable=true], #letter'); }")
    page.focus("#body")
    letter.type("Can we")
    letter.see(REST)
    assert page.evaluate("document.querySelectorAll('ink-ghost').length") == 1
    page.focus("#field")
    letter.type("Can we")
    letter.see(REST)
    sent = page.evaluate("document.querySelector('#letter').innerHTML")
    assert sent.replace("Can we", "") == before


@pytest.mark.parametrize("mode", ["open", "closed"])
def test_a_shadow_tree_holds_nothing_of_it(page: Page, service: ScriptedService, mode: str) -> None:
    letter = open_html(page, service, "<div id=host></div>")
    service.answer = Continuation(LINE)
    page.evaluate(
        """mode => {
          const root = document.querySelector("#host").attachShadow({ mode });
          root.append(make("textarea"));
          window.field = root.firstChild;
          inkling.attach(field);
          field.focus();
        }""",
        mode,
    )
    letter.type("Can we")
    letter.see(REST)
    assert page.evaluate("field.getRootNode().childElementCount") == 1
    letter.press("Tab")
    assert page.evaluate("field.value") == LINE


@pytest.mark.parametrize("layer", ["dialog", "popover"])
def test_it_is_seen_above_all_else(page: Page, service: ScriptedService, layer: str) -> None:
    """What the browser paints above the page has it within, and is left as soon as the field is elsewhere."""
    letter = open_html(
        page, service, "<dialog id=d><textarea id=body></textarea></dialog><section></section>"
    )
    service.answer = Continuation(LINE)
    page.evaluate(
        """layer => {
          const dialog = document.querySelector("#d");
          if (layer === "popover") dialog.popover = "manual";
          attached = inkling.attach(document.querySelector("#body"));
          if (layer === "popover") dialog.showPopover();
          else dialog.showModal();
        }""".replace("attached", "window.handle"),
        layer,
    )
    page.focus("#body")
    letter.type("Can we")
    letter.see(REST)
    assert page.evaluate("ghostIsOnTop()")
    assert page.evaluate(f"{HOSTS}.map((one) => one.parentNode.id)") == ["d", "d"]
    letter.press("Tab")
    assert draft(letter) == LINE
