"""Pages whose HTML a test writes itself, with the classic script in them."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.editors import Editor
from tests.browser.scripted import POLICY, Continuation, Reply, ScriptedService

OPEN_POLICY = POLICY.replace("style-src 'self'", "style-src 'self' 'unsafe-inline'")
"""The strict policy, but for styles in the page's own HTML."""
LINE = "Can we meet on Friday?"
REST = " meet on Friday?"
# What a test's page has at hand besides `inkling`.
_HELPERS = """() => {
  window.make = (name, attributes = {}) => {
    const made = document.createElement(name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  window.draftOf = (field) => (field.value ?? field.innerText).replace(/\\u00a0/g, " ");
  // Where the ghost of a one-line draft should begin: padding, border and letters from the field's corner.
  window.expectedStart = (field) => {
    const style = getComputedStyle(field);
    const pen = make("canvas").getContext("2d");
    pen.font = style.font;
    const { left, top } = field.getBoundingClientRect();
    const inset = (side) => parseFloat(style[`padding${side}`]) + parseFloat(style[`border${side}Width`]);
    return [left + inset("Left") + pen.measureText(draftOf(field)).width, top + inset("Top")];
  };
  window.ghostStart = () => {
    const [{ left, top }] = probe.ghostElement().getClientRects();
    return [left, top];
  };
  // Whether the ghost is seen at its place, and not covered.
  window.ghostIsOnTop = () => {
    const ghost = probe.ghostElement();
    const { left, top, width, height } = ghost.getClientRects()[0];
    ghost.style.pointerEvents = "auto";
    const hit = ghost.getRootNode().elementFromPoint(left + width / 2, top + height / 2);
    ghost.style.removeProperty("pointer-events");
    return hit === ghost;
  };
}"""


def open_html(
    page: Page,
    service: ScriptedService,
    body: str,
    policy: str = POLICY,
    script: str = '<script src="/inkling.js"></script>',
    path: str = "/letter",
) -> Editor:
    """A page with this body and the classic script."""
    head = f'<meta charset="utf-8"><title>Letter</title>{script}'
    html = f'<!doctype html><html lang="en"><head>{head}</head><body><main>{body}</main></body></html>'
    service.pages[path] = Reply(html, headers={"Content-Security-Policy": policy})
    page.goto(service.url + path[1:])
    page.evaluate(_HELPERS)
    return Editor(page, "letter")


def attach(editor: Editor, selector: str, options: str = "{}") -> None:
    """Attach to an element of the page; `handle` is the handle."""
    editor.page.evaluate(
        f"() => {{ window.handle = inkling.attach(document.querySelector('{selector}'), {options}); }}"
    )


def draft(editor: Editor, selector: str = "#body") -> str:
    """What is written in an element."""
    found: str = editor.page.evaluate("selector => draftOf(document.querySelector(selector))", selector)
    return found


def stands_behind_the_caret(editor: Editor, field: str) -> None:
    """The ghost begins where the draft of `field`, an expression, ends, and nothing lies over it."""
    expected: Any
    expected, actual = editor.page.evaluate(f"[expectedStart({field}), ghostStart()]")
    assert actual[0] == pytest.approx(expected[0], abs=1)
    assert actual[1] == pytest.approx(expected[1], abs=8), "on the draft's first line"
    assert editor.page.evaluate("ghostIsOnTop()")


def open_letter(page: Page, service: ScriptedService) -> Editor:
    """A page with one textarea, focused and not yet attached, and a button; the service knows one line."""
    service.answer = Continuation(LINE)
    letter = open_html(page, service, "<textarea id=body aria-label=Message></textarea><button>Send</button>")
    page.focus("#body")
    return letter


def suggested(letter: Editor, options: str = "{}") -> None:
    """Attach to the textarea with these options, and see the rest of the line grey."""
    attach(letter, "#body", options)
    letter.type("Can we")
    letter.see(REST)


def focused(letter: Editor) -> str:
    """The kind of element that has the focus."""
    name: str = letter.page.evaluate("document.activeElement.localName")
    return name


LONG = "Can we schedule a meeting for next week to talk about the plan"
TEXTAREA = "<textarea id=body rows=3 cols=60 aria-label=Message></textarea>"
EDITABLE = "<div id=body contenteditable role=textbox aria-label=Message></div>"
FIELDS = {"textarea": TEXTAREA, "editable": EDITABLE}


def write(
    page: Page,
    service: ScriptedService,
    css: str,
    body: str = TEXTAREA,
    line: str = LINE,
    typed: str = "Can we",
) -> Editor:
    """A page with this style and body, in whose field something is typed that the service can continue."""
    letter = open_html(page, service, f"<style>{css}</style>{body}", OPEN_POLICY)
    service.answer = Continuation(line, asked_from=len(typed))
    attach(letter, "#body")
    page.focus("#body")
    letter.type(typed)
    service.asked_about(typed)
    letter.settle()
    return letter
