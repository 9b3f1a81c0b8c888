"""How a draft's context is laid out before its body, the same for training and serving."""

import re

from models.masking import Masker, fold_name
from models.text import chunks
from models.tokenizer import Tokenizer

MAX_SUBJECT_PIECES = 24
MAX_PREVIOUS_PIECES = 48
_PREVIOUS_CHARACTERS = 1200  # more than MAX_PREVIOUS_PIECES ever need, so that the cost is bounded
_NAME = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)*")


def recipient_names(name: str | None) -> frozenset[str]:
    """Names that a recipient's name makes known, in the form that a `Masker` takes."""
    return frozenset(map(fold_name, _NAME.findall(name or "")))


def encode_subject(
    tokenizer: Tokenizer, masker: Masker, subject: str | None, names: frozenset[str]
) -> list[int]:
    """The subject's separator and first pieces; empty when there is no subject."""
    line = " ".join((subject or "").split())[:_PREVIOUS_CHARACTERS]
    pieces = tokenizer.encode(line, masker=masker, names=names)[:MAX_SUBJECT_PIECES]
    return [tokenizer.subject_id, *pieces] if pieces else []


def encode_previous(
    tokenizer: Tokenizer, masker: Masker, previous: str | None, names: frozenset[str]
) -> list[int]:
    """The previous message's separator and its last pieces; empty when there is none."""
    text = (previous or "").strip()
    if len(text) > _PREVIOUS_CHARACTERS:
        words = list(chunks(text[-_PREVIOUS_CHARACTERS:]))
        text = "".join(words[1:]).lstrip()
    pieces = tokenizer.encode(text, masker=masker, names=names)[-MAX_PREVIOUS_PIECES:]
    return [tokenizer.previous_id, *pieces] if pieces else []
