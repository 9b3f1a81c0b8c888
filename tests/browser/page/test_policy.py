"""The strictest content security policies are kept, and the ghost looks as it should under them."""

import pytest
from playwright.sync_api import Page

from tests.browser.literal import (
    LINE,
    REST,
    attach,
    draft,
    open_html,
    stands_behind_the_caret,
)
from tests.browser.scripted import Continuation, ScriptedService

STRICTEST = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
# A browser that knows no style sheets but those of elements.
WITHOUT_ADOPTION = """() => {
  delete window.CSSStyleSheet;
  delete ShadowRoot.prototype.adoptedStyleSheets;
}"""
# The effects of the ghost's style sheet: its color, its visibility, and clipping at the editor's edge.
LOOKS = """() => {
  const ghost = probe.ghostElement();
  const box = ghost.getRootNode().querySelector(".box");
  const field = document.getElementById("body");
  return [
    getComputedStyle(ghost).color !== getComputedStyle(field).color,
    getComputedStyle(ghost).visibility,
    getComputedStyle(box).overflow,
    getComputedStyle(box).visibility,
  ];
}"""
SEEN = [True, "visible", "hidden", "hidden"]


@pytest.mark.parametrize("body", ["<textarea id=body></textarea>", "<div id=body contenteditable></div>"])
def test_nothing_is_violated_from_attaching_to_detaching(
    page: Page, service: ScriptedService, body: str
) -> None:
    """The fixture `page` fails the test otherwise."""
    service.answer = Continuation(LINE)
    letter = open_html(page, service, body, policy=STRICTEST)
    attach(letter, "#body")
    page.focus("#body")
    letter.type("Can we")
    letter.see(REST)
    assert page.evaluate(LOOKS) == SEEN
    stands_behind_the_caret(letter, "document.getElementById('body')")
    assert "meet on Friday?" in letter.hear()
    letter.press("Control+ArrowRight", "Tab")
    assert draft(letter) == LINE
    page.evaluate("handle.detach()")


def test_what_breaks_the_policy_is_noticed(page: Page, service: ScriptedService) -> None:
    """The tests above rely on this."""
    open_html(page, service, "<p>Text</p>", policy=STRICTEST)
    page.evaluate("() => { document.querySelector('p').append(make('style')); }")
    page.evaluate("probe.frame()")
    assert page.evaluate("violations.splice(0).length") == 1


@pytest.mark.parametrize("body", ["<textarea id=body></textarea>", "<div id=body contenteditable></div>"])
def test_a_style_element_with_the_nonce_does_where_no_sheet_can_be_adopted(
    page: Page, service: ScriptedService, body: str
) -> None:
    service.answer = Continuation(LINE)
    letter = open_html(
        page, service, body, policy=STRICTEST.replace("style-src 'none'", "style-src 'nonce-n0'")
    )
    page.evaluate(WITHOUT_ADOPTION)
    attach(letter, "#body", "{ nonce: 'n0' }")
    page.focus("#body")
    letter.type("Can we")
    letter.see(REST)
    assert page.evaluate("probe.ghostElement().getRootNode().querySelector('style') !== null")
    assert page.evaluate(LOOKS) == SEEN
    letter.press("Tab")
    assert draft(letter) == LINE
