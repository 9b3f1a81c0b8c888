"""How a draft's context is read, the same for training and serving."""

import re
from datetime import datetime

from models.masking import NO_NAMES, KnownNames, Masker, fold_name
from models.runtime.step import Reading
from models.suggestion import Context
from models.text import chunks
from models.tokenizer import Tokenizer

MAX_SUBJECT_PIECES = 24
MAX_PREVIOUS_PIECES = 64
_PREVIOUS_CHARACTERS = 1200  # more than MAX_PREVIOUS_PIECES ever need, so that the cost is bounded
_NAME = re.compile(r"[^\W\d_]{2,}(?:['’][^\W\d_]+)*")


def known_names(recipient: str | None) -> KnownNames:
    """What a recipient's name makes known: "Dana Pereira", "Pereira, Dana", "Dr. Dana Pereira"."""
    if not recipient:
        return NO_NAMES
    before, _, after = recipient.partition(",")
    # A title is no name; what follows it may still be a surname, and then nothing is filled in.
    given = next(iter(_NAME.findall(after) or _NAME.findall(before)), "")
    if f"{given}." in recipient:
        given = ""
    others = frozenset(map(fold_name, _NAME.findall(recipient))) - {fold_name(given)}
    return KnownNames(given.capitalize() if given.islower() or given.isupper() else given, others)


def encode_subject(tokenizer: Tokenizer, masker: Masker, subject: str | None, names: KnownNames) -> list[int]:
    """The subject's separator and first pieces; empty when there is no subject."""
    line = " ".join((subject or "").split())[:_PREVIOUS_CHARACTERS]
    pieces = tokenizer.encode(line, masker=masker, names=names)[:MAX_SUBJECT_PIECES]
    return [tokenizer.subject_id, *pieces] if pieces else []


def encode_previous(
    tokenizer: Tokenizer, masker: Masker, previous: str | None, names: KnownNames
) -> list[int]:
    """The previous message's separator and its last pieces; empty when there is none."""
    text = (previous or "").strip()
    if len(text) > _PREVIOUS_CHARACTERS:
        words = list(chunks(text[-_PREVIOUS_CHARACTERS:]))
        text = "".join(words[1:]).lstrip()
    pieces = tokenizer.encode(text, masker=masker, names=names)[-MAX_PREVIOUS_PIECES:]
    return [tokenizer.previous_id, *pieces] if pieces else []


HOURS = 8
"""Parts of a day that are told apart: three hours each."""

DAYS = 7


def encode_moment(moment: datetime | None) -> tuple[int, int]:
    """The part of the day, in [0, HOURS), and the day of the week, Monday 0; -1 each where not known.

    A moment without an offset from UTC is nobody's local time, and not known.
    """
    if moment is None or moment.tzinfo is None:
        return -1, -1
    return moment.hour * HOURS // 24, moment.weekday()


def encode_context(
    tokenizer: Tokenizer, masker: Masker, context: Context, names: KnownNames, profile: int = 0
) -> Reading:
    """What a model reads of a context; `profile` is the number of the writer's, 0 for none."""
    hour, day = encode_moment(context.sent_at)
    return Reading(
        subject=encode_subject(tokenizer, masker, context.subject, names),
        previous=encode_previous(tokenizer, masker, context.previous_message, names),
        hour=hour,
        day=day,
        profile=profile,
    )
