"""What is known of a draft besides its text."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of a draft besides its prefix; every field may be missing."""

    subject: str | None = None
    previous_message: str | None = None
    recipient_name: str | None = None
    sent_at: datetime | None = None
