"""Encodes a draft's context, in the same way for training and serving."""

import re
from datetime import datetime

from inkling.models.text.chunks import chunks
from inkling.models.text.context import Context
from inkling.models.text.masking import NO_NAMES, KnownNames, Masker, fold_name
from inkling.models.text.tokenizer import Tokenizer

MAX_SUBJECT_TOKENS = 24
MAX_PREVIOUS_TOKENS = 256
TRAINED_PREVIOUS_TOKENS = 64
"""Training reads less of the message before: what it learns from 64 tokens holds for 256."""
_CHARACTERS_A_TOKEN = 20  # more characters than the tokens ever need; bounds the cost
_NAME = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)*")


def known_names(recipient: str | None) -> KnownNames:
    """The known names of a recipient such as "Dana Pereira", "Pereira, Dana" or "Dr. Dana Pereira"."""
    if not recipient:
        return NO_NAMES
    before, _, after = recipient.partition(",")
    # A title is not a name. The next word may be a surname, and then no given name is filled in.
    given = next(iter(_NAME.findall(after) or _NAME.findall(before)), "")
    if f"{given}." in recipient:
        given = ""
    others = frozenset(map(fold_name, _NAME.findall(recipient))) - {fold_name(given)}
    return KnownNames(given.capitalize() if given.islower() or given.isupper() else given, others)


def encode_subject(tokenizer: Tokenizer, masker: Masker, subject: str | None, names: KnownNames) -> list[int]:
    """The subject's separator and first tokens; empty when there is no subject."""
    line = " ".join((subject or "").split())[: _CHARACTERS_A_TOKEN * MAX_SUBJECT_TOKENS]
    tokens = tokenizer.encode(line, masker=masker, names=names)[:MAX_SUBJECT_TOKENS]
    return [tokenizer.subject_id, *tokens] if tokens else []


def encode_previous(
    tokenizer: Tokenizer,
    masker: Masker,
    previous: str | None,
    names: KnownNames,
    most: int = MAX_PREVIOUS_TOKENS,
) -> list[int]:
    """The previous message's separator and its last tokens, `most` of them; empty when there is none."""
    text = (previous or "").strip()
    characters = _CHARACTERS_A_TOKEN * most
    if len(text) > characters:
        words = list(chunks(text[-characters:]))
        text = "".join(words[1:]).lstrip()
    tokens = tokenizer.encode(text, masker=masker, names=names)[-most:]
    return [tokenizer.previous_id, *tokens] if tokens else []


def encode_moment(tokenizer: Tokenizer, moment: datetime | None) -> list[int]:
    """One token for the part of the day and one for the weekday. Empty for a time without an offset from
    UTC.

    Such a time may not be local. Older tokenizers have no time tokens; with them the result is empty too.
    """
    if moment is None or moment.tzinfo is None or not tokenizer.hour_ids:
        return []
    hour = tokenizer.hour_ids[moment.hour * len(tokenizer.hour_ids) // 24]
    return [hour, tokenizer.day_ids[moment.weekday()]]


def encode_context(tokenizer: Tokenizer, masker: Masker, context: Context, names: KnownNames) -> list[int]:
    """The tokens that a model reads of a context before a draft's first word."""
    return [
        *encode_subject(tokenizer, masker, context.subject, names),
        *encode_previous(tokenizer, masker, context.previous_message, names),
        *encode_moment(tokenizer, context.sent_at),
    ]
