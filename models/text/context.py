"""What is known of a draft besides its text."""

from dataclasses import dataclass, replace
from datetime import datetime

from inkling.models.text.typography import plain


@dataclass(frozen=True, slots=True)
class Context:
    """What is known of a draft besides its prefix; every field may be missing."""

    subject: str | None = None
    previous_message: str | None = None
    recipient_name: str | None = None
    sent_at: datetime | None = None

    def plain(self) -> "Context":
        """This one with the plain forms of typographic variants."""
        subject, previous = self.subject, self.previous_message
        return replace(
            self,
            subject=None if subject is None else plain(subject),
            previous_message=None if previous is None else plain(previous),
        )
