"""A message as a reader finds it and as it is trained on."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from inkling.models.text.masking import KnownNames


@dataclass(frozen=True, slots=True)
class RawMessage:
    """One message of a source, as found; only `body` is sure to hold text.

    `previous_id` is the id of the message it answers and `previous_body` that message's text, if the source
    has them. `headers` holds, under lower-case names, the headers that tell machine-made mail from a
    person's. `unread` is the reason why the text is empty, if it is known, for instance encryption.
    """

    id: str
    corpus: str
    body: str
    sender: str = ""
    to: str = ""
    date: datetime | None = None
    subject: str = ""
    previous_id: str | None = None
    previous_body: str | None = None
    person: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    unread: str | None = None


@dataclass(frozen=True, slots=True)
class Message:
    """A clean message by a person. `names` are those of its From and To.

    `recipient` is the first person it is to, the given name first.
    """

    id: str
    corpus: str
    person: str
    thread: str
    date: datetime | None
    subject: str
    body: str
    previous_body: str | None
    names: KnownNames
    recipient: str = ""
