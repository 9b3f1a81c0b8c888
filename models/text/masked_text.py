"""Masked text as text: private-use characters stand for placeholders.

A user's mail is kept in this form. It does not hold what masking hides, and another tokenizer can read it
later.
"""

import re
from collections.abc import Iterable

from models.text.chunks import chunks, split_chunk
from models.text.masking import NO_NAMES, KnownNames, Masker, Placeholder, Segment
from models.text.tokenizer import Tokenizer, unspell

_FIRST = 0xE000
_MARKS = {placeholder: chr(_FIRST + index) for index, placeholder in enumerate(Placeholder)}
_PLACEHOLDERS = {mark: placeholder for placeholder, mark in _MARKS.items()}
_MARK = re.compile("([" + "".join(_PLACEHOLDERS) + "])")


def mark(text: str, masker: Masker, names: KnownNames = NO_NAMES) -> str:
    """A text with a mark for whatever is masked; marks that stand in it are dropped."""
    text = _MARK.sub("", text)
    marked = []
    for chunk in chunks(text):
        space, word = split_chunk(chunk)
        marked.append(space)
        marked += (
            _MARKS[part] if isinstance(part, Placeholder) else part for part in masker.mask(word, names)
        )
    return "".join(marked) + text[len(text.rstrip()) :]


def marked_text(pieces: Iterable[int], tokenizer: Tokenizer) -> str:
    """The text of pieces that start at a line start, with marks for placeholders."""
    marks = {
        tokenizer.placeholder_id(kind): mark
        for kind, mark in _MARKS.items()
        if kind is not Placeholder.RECIPIENT
    }
    if tokenizer.recipient_id is not None:
        marks[tokenizer.recipient_id] = f" {_MARKS[Placeholder.RECIPIENT]}"
    spelled = [marks[piece].encode() if piece in marks else tokenizer.piece_bytes[piece] for piece in pieces]
    return unspell(b"".join(spelled).decode("utf-8", errors="replace"), line_start=True)


def readable(marked: str) -> str:
    """A marked text for people: "[name]" for a name."""
    return _MARK.sub(lambda match: f"[{_PLACEHOLDERS[match[0]].lower()}]", marked)


class MarkedMasker(Masker):
    """Reads marked text: the output of `mark` has the same pieces as the text it was made from."""

    def segments(self, word: str, names: KnownNames = NO_NAMES) -> tuple[Segment, ...]:  # noqa: ARG002
        """See `Masker.segments`; names are marked already."""
        return tuple((part, _PLACEHOLDERS.get(part)) for part in _MARK.split(word) if part)
