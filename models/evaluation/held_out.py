"""Held-out messages from files of mail."""

from datetime import datetime
from pathlib import Path

from inkling.models.corpus.cleaning.fixed_phrases import load_phrases
from inkling.models.corpus.cleaning.names import first_recipient
from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.corpus.mail.message import Message
from inkling.models.corpus.mail.readers import read_messages
from inkling.models.corpus.mail.reflow import normalise
from inkling.models.corpus.pipeline import prepare, require_messages
from inkling.models.evaluation.messages import HeldOutMessage
from inkling.models.text.context import Context


def load_messages(path: Path, *, clean: bool) -> list[HeldOutMessage]:
    """Read the messages of a file or folder of any format that training reads.

    With `clean`, they are cleaned and de-duplicated like training mail. Without it, their text is only
    normalised and every message with text is kept, so a fixed set never changes. Each message has the context
    that a mail client would send. The recipient is the first one named.

    Raises:
        CorpusError: the path is missing, unreadable or holds no message with text.
    """
    messages = _cleaned(path) if clean else _as_given(path)
    if not messages:
        raise CorpusError(path, "holds no message with text to measure on")
    return messages


def _cleaned(path: Path) -> list[HeldOutMessage]:
    corpus = prepare([path])
    require_messages(corpus, path)
    return [held_out_message(one) for one in corpus.messages]


def held_out_message(message: Message) -> HeldOutMessage:
    """A clean message as one to measure on."""
    return _held_out(
        message.person,
        message.body,
        message.subject,
        message.previous_body,
        message.recipient,
        message.date,
    )


def _as_given(path: Path) -> list[HeldOutMessage]:
    phrases = load_phrases()
    found: list[HeldOutMessage] = []
    entries = 0
    for raw in read_messages(path):
        entries += 1
        text = normalise(raw.body) if raw is not None else ""
        if raw is None or not text:
            continue
        subject = " ".join(raw.subject.split())
        previous = normalise(raw.previous_body) if raw.previous_body else None
        recipient = first_recipient(raw.to, phrases)
        found.append(_held_out(raw.person or raw.sender, text, subject, previous, recipient, raw.date))
    if entries and not found:
        raise CorpusError(path, f"none of its {entries} entries holds text that could be read")
    return found


def _held_out(
    person: str, text: str, subject: str, previous: str | None, recipient: str, date: datetime | None
) -> HeldOutMessage:
    # A date without an offset does not tell the local time.
    sent_at = date if date is not None and date.tzinfo is not None else None
    context = Context(subject or None, previous or None, recipient or None, sent_at)
    return HeldOutMessage(person, text, context, date)
