"""Suggestions by markup alone: the element `ink-compose`, and the classic script with its attributes."""

import pytest
from playwright.sync_api import Page

from tests.browser.editors import Editor
from tests.browser.literal import LINE, REST, draft, open_html
from tests.browser.scripted import POLICY, Continuation, ScriptedService

HOSTS = "document.querySelectorAll('ink-ghost, ink-announcer').length"


def suggests(letter: Editor, service: ScriptedService, field: str) -> None:
    """In this field Tab takes what is grey."""
    service.answer = Continuation(LINE)
    letter.page.fill(field, "")
    letter.page.focus(field)
    letter.type("Can we")
    letter.see(REST)
    letter.press("Tab")
    assert draft(letter, field) == LINE


def suggests_not(letter: Editor, service: ScriptedService, field: str) -> None:
    """What was taken elsewhere may still be asked about, nothing that is typed here."""
    letter.page.focus(field)
    letter.type("When")
    letter.pause(80)
    assert letter.ghost == ""
    assert not any(prefix.endswith(("W", "Wh", "Whe", "When")) for prefix in service.prefixes)


@pytest.mark.parametrize(
    "body",
    [
        "<textarea id=body></textarea><ink-compose for=body></ink-compose>",
        "<ink-compose for=body></ink-compose><textarea id=body></textarea>",
        "<ink-compose><label>Message <textarea id=body></textarea></label></ink-compose>",
        "<ink-compose><p>To <div contenteditable id=body></div></ink-compose>",
        "<ink-compose><input id=body></ink-compose>",
    ],
    ids=["before", "after", "around", "around an editable", "around an input"],
)
def test_the_element_serves_the_field_it_names_or_holds(
    page: Page, service: ScriptedService, body: str
) -> None:
    suggests(open_html(page, service, body), service, "#body")


def test_the_element_passes_its_attributes_on(page: Page, service: ScriptedService) -> None:
    letter = open_html(
        page,
        service,
        "<textarea id=body></textarea>"
        '<ink-compose for=body endpoint="/" user="u-7" min-confidence="0.4"></ink-compose>',
    )
    suggests(letter, service, "#body")
    assert {(request["user_id"], request["min_confidence"]) for request in service.requests} == {("u-7", 0.4)}
    page.evaluate("document.querySelector('ink-compose').setAttribute('user', 'u-8')")
    suggests(letter, service, "#body")
    assert service.requests[-1]["user_id"] == "u-8"
    page.evaluate("document.querySelector('ink-compose').removeAttribute('user')")
    suggests(letter, service, "#body")
    assert "user_id" not in service.requests[-1]


def test_the_element_takes_options_that_are_no_text(page: Page, service: ScriptedService) -> None:
    letter = open_html(page, service, "<textarea id=body></textarea><ink-compose for=body></ink-compose>")
    page.evaluate("""() => {
      document.querySelector("ink-compose").options = { context: () => ({ subject: "Lunch" }) };
    }""")
    suggests(letter, service, "#body")
    assert service.requests[-1]["context"] == {"subject": "Lunch"}


def test_the_element_moves_to_another_field(page: Page, service: ScriptedService) -> None:
    letter = open_html(
        page,
        service,
        "<textarea id=one></textarea><textarea id=two></textarea><ink-compose for=one></ink-compose>",
    )
    page.evaluate("document.querySelector('ink-compose').setAttribute('for', 'two')")
    suggests(letter, service, "#two")
    suggests_not(letter, service, "#one")
    assert page.evaluate(HOSTS) == 2


def test_the_element_finds_its_field_when_it_is_told_where(page: Page, service: ScriptedService) -> None:
    letter = open_html(page, service, "<ink-compose for=nobody></ink-compose><textarea id=body></textarea>")
    assert page.evaluate("document.querySelector('ink-compose').handle") is None
    page.evaluate("document.querySelector('ink-compose').setAttribute('for', 'body')")
    suggests(letter, service, "#body")


def test_the_element_takes_everything_along_when_it_goes(page: Page, service: ScriptedService) -> None:
    letter = open_html(page, service, "<textarea id=body></textarea><ink-compose for=body></ink-compose>")
    page.focus("#body")
    assert page.evaluate(HOSTS) == 2
    page.evaluate("() => { window.gone = document.querySelector('ink-compose'); gone.remove(); }")
    assert page.evaluate(HOSTS) == 0
    assert page.evaluate("document.querySelector('textarea').outerHTML") == '<textarea id="body"></textarea>'
    suggests_not(letter, service, "#body")
    page.evaluate("document.body.append(gone)")
    suggests(letter, service, "#body")


def test_the_element_works_in_a_shadow_tree(page: Page, service: ScriptedService) -> None:
    letter = open_html(page, service, "<section></section>")
    page.evaluate("""() => {
      const root = document.querySelector("section").attachShadow({ mode: "open" });
      window.field = make("textarea", { id: "body" });
      root.append(field, make("ink-compose", { for: "body" }));
      field.focus();
    }""")
    service.answer = Continuation(LINE)
    letter.type("Can we")
    letter.see(REST)


@pytest.mark.parametrize("attributes", ["", "defer", "async"])
def test_the_script_serves_what_matches_now_and_later(
    page: Page, service: ScriptedService, attributes: str
) -> None:
    script = f'<script src="/inkling.js" data-attach="textarea, [contenteditable]" {attributes}></script>'
    letter = open_html(page, service, "<textarea id=body></textarea><input id=other>", script=script)
    suggests(letter, service, "#body")
    suggests_not(letter, service, "#other")
    page.evaluate("""() => {
      const box = make("section");
      box.append(make("div", { contenteditable: "", id: "later" }));
      document.querySelector("main").append(box);
    }""")
    suggests(letter, service, "#later")
    assert page.evaluate(HOSTS) == 4
    page.evaluate("document.querySelector('section').remove()")
    assert page.evaluate(HOSTS) == 2


def test_the_script_lets_go_of_what_is_removed(page: Page, service: ScriptedService) -> None:
    """The field may live on elsewhere, without suggestions."""
    script = '<script src="/inkling.js" data-attach="textarea"></script>'
    letter = open_html(page, service, "<textarea id=body></textarea>", script=script)
    page.evaluate("() => { window.field = document.getElementById('body'); field.remove(); }")
    page.evaluate("probe.frame()")
    assert page.evaluate("field.outerHTML") == '<textarea id="body"></textarea>'
    assert page.evaluate(HOSTS) == 0
    page.evaluate("document.querySelector('main').append(field)")
    suggests(letter, service, "#body")


def test_the_script_names_endpoint_and_user(page: Page, service: ScriptedService) -> None:
    script = (
        '<script src="/inkling.js" data-attach="textarea" data-endpoint="/nowhere" data-user="u-9"></script>'
    )
    letter = open_html(page, service, "<textarea id=body></textarea>", script=script)
    with page.expect_request("**/nowhere/v1/suggestions") as asked:
        page.focus("#body")
        letter.type("C")
    assert '"user_id":"u-9"' in (asked.value.post_data or "")


def test_the_script_asks_the_service_that_serves_it(page: Page, service: ScriptedService) -> None:
    script = '<script src="/inkling.js" data-attach="textarea"></script>'
    letter = open_html(page, service, "<textarea></textarea>", script=script, path="/mail/inbox")
    with page.expect_request("**/v1/suggestions") as asked:
        page.focus("textarea")
        letter.type("C")
    assert asked.value.url == f"{service.url}v1/suggestions"


def test_the_script_gives_its_nonce_to_the_style_it_needs(page: Page, service: ScriptedService) -> None:
    """Where style sheets cannot be adopted."""
    policy = POLICY.replace("style-src 'self'", "style-src 'nonce-n0nce'").replace(
        "script-src 'self'", "script-src 'nonce-n0nce'"
    )
    script = (
        '<script nonce="n0nce">delete window.CSSStyleSheet;'
        " delete ShadowRoot.prototype.adoptedStyleSheets;</script>"
        '<script src="/inkling.js" nonce="n0nce" data-attach="textarea"></script>'
    )
    letter = open_html(page, service, "<textarea id=body></textarea>", policy=policy, script=script)
    service.answer = Continuation(LINE)
    page.focus("#body")
    letter.type("Can we")
    letter.see(REST)
    assert page.evaluate("probe.ghostElement().getRootNode().querySelector('style') !== null")
