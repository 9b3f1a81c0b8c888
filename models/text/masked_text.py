"""Masked text as text: private-use characters stand for placeholders.

A user's mail is kept in this form. It does not hold what masking hides, and another tokenizer can read it
later.
"""

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType

from inkling.models.text.chunks import chunks, split_chunk
from inkling.models.text.masking import NO_NAMES, KnownNames, Masker, Placeholder, Segment
from inkling.models.text.tokenizer import Tokenizer, unspell

_FIRST = 0xE000
_CHARACTERS = {placeholder: chr(_FIRST + index) for index, placeholder in enumerate(Placeholder)}
PLACEHOLDERS: Mapping[str, Placeholder] = MappingProxyType(
    {character: placeholder for placeholder, character in _CHARACTERS.items()}
)
"""What each placeholder character stands for."""

_PLACEHOLDER = re.compile("([" + "".join(PLACEHOLDERS) + "])")


def mask_text(text: str, masker: Masker, names: KnownNames = NO_NAMES) -> str:
    """A text with a placeholder character for each masked stretch. Such characters in the original are
    dropped.
    """
    text = _PLACEHOLDER.sub("", text)
    masked = []
    for chunk in chunks(text):
        space, word = split_chunk(chunk)
        masked.append(space)
        masked += (
            _CHARACTERS[part] if isinstance(part, Placeholder) else part for part in masker.mask(word, names)
        )
    return "".join(masked) + text[len(text.rstrip()) :]


def decode_masked(tokens: Iterable[int], tokenizer: Tokenizer) -> str:
    """The text of tokens that start at a line start, with placeholder characters."""
    characters = {
        tokenizer.placeholder_id(kind): character
        for kind, character in _CHARACTERS.items()
        if kind is not Placeholder.RECIPIENT
    }
    if tokenizer.recipient_id is not None:
        characters[tokenizer.recipient_id] = f" {_CHARACTERS[Placeholder.RECIPIENT]}"
    spelled = [
        characters[token].encode() if token in characters else tokenizer.piece_bytes[token]
        for token in tokens
    ]
    return unspell(b"".join(spelled).decode("utf-8", errors="replace"), line_start=True)


def readable(masked: str) -> str:
    """A masked text for people: "[name]" for a name."""
    return _PLACEHOLDER.sub(lambda match: f"[{PLACEHOLDERS[match[0]].lower()}]", masked)


class MaskedTextMasker(Masker):
    """Reads masked text. The output of `mask_text` gets the same tokens as the original text."""

    def segments(self, word: str, names: KnownNames = NO_NAMES) -> tuple[Segment, ...]:  # noqa: ARG002
        """See `Masker.segments`; names are masked already."""
        return tuple((part, PLACEHOLDERS.get(part)) for part in _PLACEHOLDER.split(word) if part)
