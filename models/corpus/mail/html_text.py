"""The text of an HTML message, as a reader sees it."""

import re
from html.parser import HTMLParser
from typing import NamedTuple

_PARAGRAPHS = frozenset(("p", "blockquote", "ul", "ol", "table", "h1", "h2", "h3", "h4", "h5", "h6"))
_BLOCKS = _PARAGRAPHS | frozenset(
    (
        "address",
        "article",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "fieldset",
        "figure",
        "footer",
        "form",
        "header",
        "hr",
        "li",
        "main",
        "nav",
        "pre",
        "section",
        "tr",
    )
)
_HIDDEN = frozenset(("head", "script", "style", "template", "title"))


# What mail programs put around a quote; an attribution in any language is marked as quoted with it.
_QUOTES = frozenset(("gmail_attr", "moz-cite-prefix", "yahoo_quoted", "protonmail_quote"))
# From these on everything is quoted: Outlook closes them before the text that they lead into.
_FORWARD_IDS = frozenset(("divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container"))
_FORWARD_CLASSES = frozenset(("outlookmessageheader",))
_SIGNATURES = frozenset(("gmail_signature", "moz-signature", "protonmail_signature_block"))
_UNSEEN = re.compile(r"display\s*:\s*none|mso-hide\s*:\s*all", re.IGNORECASE)
_VOID = frozenset(
    ("area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr")
)
_FORWARD_RULE = "-----"
_DEEPEST = 200


class _Element(NamedTuple):
    tag: str
    hides: bool
    quotes: bool
    attributes: bool


class _TextParser(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []
        self._open: list[_Element] = []
        self._hidden = 0
        self._quoted = 0
        self._attributed = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        named = {name: value or "" for name, value in attrs}
        classes = frozenset(named.get("class", "").lower().split())
        if tag == "body":
            self._open = []
            self._hidden = self._quoted = self._attributed = 0  # a head that was never closed
        if tag in _BLOCKS:
            self.parts.append("\n\n" if tag in _PARAGRAPHS else "\n")
        if tag == "li":
            self.parts.append("- ")
        if (
            not _FORWARD_CLASSES.isdisjoint(classes)
            or named.get("id", "").lower().removeprefix("x_") in _FORWARD_IDS
        ):
            self._quoted += 1  # never closed: it holds to the end
        if tag in _VOID:
            return
        hides = (
            tag in _HIDDEN
            or not _SIGNATURES.isdisjoint(classes)
            or _UNSEEN.search(named.get("style", "")) is not None
        )
        attributes = not _QUOTES.isdisjoint(classes)
        quotes = attributes or tag == "blockquote"
        self._open.append(_Element(tag, hides, quotes, attributes))
        self._hidden += hides
        self._quoted += quotes
        self._attributed += attributes

    def handle_endtag(self, tag: str) -> None:
        if any(tag == element.tag for element in self._open[-_DEEPEST:]):
            while self._open:
                closed = self._open.pop()
                self._hidden -= closed.hides
                self._quoted -= closed.quotes
                self._attributed = max(0, self._attributed - closed.attributes)
                if closed.tag == tag:
                    break
        if tag in _BLOCKS:
            self.parts.append("\n\n" if tag in _PARAGRAPHS else "\n")
        elif tag in ("td", "th"):
            self.parts.append(" ")

    def handle_data(self, data: str) -> None:
        if self._hidden:
            return
        # Line breaks of the source are mere spaces; a quotation is marked as in plain text.
        text = " ".join(data.split())
        if not text:
            self.parts.append(" ")
            return
        if self._attributed and text.startswith(_FORWARD_RULE):
            self._quoted += 1  # a forward: nothing marks what follows, and it is quoted to the end
            self._attributed = 0
        lead = " " if data[0].isspace() else ""
        trail = " " if data[-1].isspace() else ""
        if self._quoted and (not self.parts or self.parts[-1].endswith("\n")):
            self.parts.append("> ")
        self.parts.append(f"{lead}{text}{trail}")


def html_to_text(html: str) -> str:
    """Return the visible text, a line a block, a blank line between paragraphs; never raises."""
    parser = _TextParser()
    parser.feed(html)
    parser.close()
    lines = [" ".join(line.split()) for line in "".join(parser.parts).split("\n")]
    kept = [line for index, line in enumerate(lines) if line or (index and lines[index - 1])]
    return "\n".join(kept).strip("\n")
