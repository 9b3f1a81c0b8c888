"""Held-out messages to measure on, and how to draw some of them."""

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from inkling.models.facts.known_context import NOTHING_KNOWN, KnownContext
from inkling.models.search.draft import Draft
from inkling.models.search.writer import NOBODY, Writer
from inkling.models.text.chunks import count_words
from inkling.models.text.context import Context
from inkling.models.text.masking import KnownNames


@dataclass(frozen=True, slots=True)
class HeldOutMessage:
    """One message by a person the model never saw.

    `text` is normalised as training text is. `context` is what was known before the first key. `date` only
    serves to order messages. `writer` is what was known of the person at that time.
    `known` is what is known of the context; another's is not used.
    """

    person: str
    text: str
    context: Context = field(default_factory=Context)
    date: datetime | None = None
    writer: Writer = NOBODY
    known: KnownContext = field(default=NOTHING_KNOWN, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.known.context != self.context:
            object.__setattr__(self, "known", KnownContext(self.context))

    @property
    def words(self) -> int:
        """Words of the text."""
        return count_words(self.text)

    @property
    def names(self) -> KnownNames:
        """Names that the context makes known."""
        return self.known.names

    def draft(self, position: int | None = None) -> Draft:
        """The draft after the first `position` characters are typed; all of them for None."""
        return Draft(self.text[:position], self.context, self.writer, known=self.known)


def sample(messages: Sequence[HeldOutMessage], count: int | None, *, seed: int = 0) -> list[HeldOutMessage]:
    """Draw `count` messages, every person in proportion, in random order; all of them for None.

    Shares are rounded by largest remainder. Any first part of the result is spread over the people too, so an
    interrupted run has measured a fair sample. Equal arguments, equal draw.

    Raises:
        ValueError: `count` is below 1.
    """
    if count is not None and count < 1:
        raise ValueError(f"the number of messages must be at least 1, not {count}")
    rng = random.Random(seed)
    people: dict[str, list[HeldOutMessage]] = defaultdict(list)
    for message in messages:
        people[message.person].append(message)
    wanted = len(messages) if count is None else min(count, len(messages))
    quotas = {person: wanted * len(own) / len(messages) for person, own in people.items()}
    shares = {person: int(quota) for person, quota in quotas.items()}
    by_remainder = sorted(quotas, key=lambda person: (shares[person] - quotas[person], person))
    for person in by_remainder[: wanted - sum(shares.values())]:
        shares[person] += 1

    drawn: list[HeldOutMessage] = []
    for person in sorted(people):
        drawn += rng.sample(people[person], shares[person])
    rng.shuffle(drawn)
    return drawn
