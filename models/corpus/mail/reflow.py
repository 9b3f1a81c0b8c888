"""Text as a compose window holds it: one line a paragraph, one space between words."""

import re
from collections.abc import Sequence

# Character codes that old mail programs left where curly quotation marks were.
_LEFTOVERS = (("\x01,", "'"), ("\x01&", '"'), ("\x018", '"'), ("\x01)", "-"), ("\x01*", "..."))
_LOST_APOSTROPHE = re.compile(r"(?<=[a-z])\?(?=(?:s|t|ll|re|ve|d|m)\b(?!\?))")
_SOFT_BREAK = re.compile(r"=[ \t]*\n")
_QUOTED_PRINTABLE = re.compile(r"=(?:20|09|0A|0D)(?![0-9A-F])|=3D(?=[\"'\w])")
_SPACES = re.compile(r"[^\S\n]+")
_BREAKS = re.compile(r"\r\n?|[\u2028\u2029\x0b\x0c\x1c-\x1e\x85]")
# Control, private-use and surrogate characters, marks of direction and blanks without width; joiners
# stay, since they shape words in some scripts.
_UNTYPED = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u00ad\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069"
    "\ufeff\ufff9-\ufffd\ud800-\udfff\ue000-\uf8ff]"
)
_LIST_ITEM = re.compile(r"(?:[-*•·–—>+#]|\(?\d{1,3}[.):]|\(?[A-Za-z][.)])(?:\s|$)|o\s")
_ENDS_SENTENCE = re.compile(r"[.!?:;][\"')\]]*$")

_MIN_WRAPPED = 55
_MAX_WRAP_WIDTH = 130
_SHORT_LINE = 28
_CLOSING_LINE = 18
_MAX_CLOSING_LINES = 3


def normalise(text: str) -> str:
    """Return the text as if typed in a compose window; nothing but white space and damage changes.

    Line breaks become LF, hard-wrapped lines are joined, spaces are single, at most one line in a
    row is blank, control characters are gone.
    """
    return join_lines(plain_lines(text))


def plain_lines(text: str) -> list[str]:
    """Split into lines without control characters or leftovers of transfer encodings."""
    text = _BREAKS.sub("\n", text)
    if "\x01" in text:
        for leftover, meant in _LEFTOVERS:
            text = text.replace(leftover, meant)
    if text.count("=\n") + text.count("=20") >= 2:
        text = _QUOTED_PRINTABLE.sub(
            lambda match: "=" if match.group() == "=3D" else " ", _SOFT_BREAK.sub("", text)
        )
    text = _LOST_APOSTROPHE.sub("'", text)
    return _UNTYPED.sub("", text).split("\n")


def reflow(lines: Sequence[str]) -> list[str]:
    """Join lines that a mail program broke for width; `lines` are stripped."""
    width = max((len(line) for line in lines), default=0)
    joined: list[str] = []
    for index, line in enumerate(lines):
        if index and line and lines[index - 1] and _continues(joined[-1], lines, index, width):
            joined[-1] = f"{joined[-1]} {line}"
        else:
            joined.append(line)
    return joined


def _continues(text: str, lines: Sequence[str], index: int, width: int) -> bool:
    """Whether line `index` goes on with the line before it, which ends the paragraph `text` so far."""
    line, previous = lines[index], lines[index - 1]
    if len(text) < _MIN_WRAPPED or _LIST_ITEM.match(line):
        return False
    ended = _ENDS_SENTENCE.search(previous) is not None
    if _is_closing(lines, index):
        return False
    if width <= _MAX_WRAP_WIDTH and len(previous) >= _MIN_WRAPPED:
        # The next word had no room, unless a capitalised word under a full stop is a name or a closing.
        signed = ended and len(line) <= _SHORT_LINE and line[0].isupper() and not _ENDS_SENTENCE.search(line)
        if not signed and len(previous) + 1 + len(line.split(" ", 1)[0]) > width:
            return True
    return not ended and (line[0].islower() or (len(line) > _SHORT_LINE and previous[-1].islower()))


def _is_closing(lines: Sequence[str], index: int) -> bool:
    """Whether a paragraph ends, from a line on, in short lines without a full stop: "thanks", a name."""
    last = ""
    for count, line in enumerate(lines[index:]):
        if not line:
            break
        if len(line) > _CLOSING_LINE or count >= _MAX_CLOSING_LINES:
            return False
        last = line
    return _ENDS_SENTENCE.search(last) is None


def join_lines(lines: list[str]) -> str:
    """Reflow lines, with single spaces, and leave at most one line in a row blank."""
    kept: list[str] = []
    for line in reflow([_SPACES.sub(" ", line).strip() for line in lines]):
        if line or (kept and kept[-1]):
            kept.append(line)
    return "\n".join(kept).strip("\n")
