"""The facts that a draft may take up: those of its subject and of the message that it answers."""

import re
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from itertools import pairwise

from inkling.models.facts.fact import Fact, FactKind
from inkling.models.facts.fact_finding import WEEKDAYS, date_of, digit_words, find_facts
from inkling.models.text.context import Context
from inkling.models.text.typography import plain

_CHARACTERS_READ = 5_000
_JOINED = re.compile(r"(?:,? (?:on|at|of|the|this|next|around|by|from|in)(?: the)? |, | )")


class ContextFacts:
    """Facts of one context, each of them once, in their order. Immutable."""

    def __init__(self, context: Context) -> None:
        texts = (context.subject or "", (context.previous_message or "")[-_CHARACTERS_READ:])
        self._texts = [plain(text) for text in texts]
        self._recipient = context.recipient_name or ""
        self._today = None if context.sent_at is None else context.sent_at.date()
        self.found: Sequence[Sequence[Fact]] = [list(find_facts(text)) for text in self._texts]

    @property
    def today(self) -> date | None:
        """The day on which the draft is written; None where it is not known."""
        return self._today

    @cached_property
    def digit_words(self) -> frozenset[str]:
        """The words with a digit that may be repeated, without the marks around them."""
        return frozenset(word for text in (*self._texts, self._recipient) for word in digit_words(text))

    @cached_property
    def by_kind(self) -> Mapping[FactKind, Sequence[str]]:
        """The texts of each kind. A weekday that follows from a date and the day of writing is among them."""
        texts: dict[FactKind, list[str]] = {kind: [] for kind in FactKind}
        for fact in (fact for found in self.found for fact in found):
            text = fact.text.capitalize() if fact.kind is FactKind.WEEKDAY else fact.text
            if text not in texts[fact.kind]:
                texts[fact.kind].append(text)
        if self._today is not None:
            for text in texts[FactKind.DATE]:
                day = date_of(text, self._today)
                if day is not None and WEEKDAYS[day.weekday()] not in texts[FactKind.WEEKDAY]:
                    texts[FactKind.WEEKDAY].append(WEEKDAYS[day.weekday()])
        return texts

    @cached_property
    def only(self) -> Mapping[FactKind, str]:
        """The fact of each kind of which there is one."""
        return {kind: texts[0] for kind, texts in self.by_kind.items() if len(texts) == 1}

    @cached_property
    def spans(self) -> Sequence[str]:
        """Facts as they stand together, such as "3 pm on Tuesday"."""
        spans: list[str] = []
        for text, found in zip(self._texts, self.found, strict=True):
            begin = end = -1
            for fact in found:
                if end < 0 or not _JOINED.fullmatch(text, end, fact.begin):
                    begin = fact.begin
                    spans.append(fact.text)
                end = fact.end
                spans[-1] = text[begin:end]
        return [span for span in dict.fromkeys(spans) if self.agrees(span)]

    def agrees(self, text: str) -> bool:
        """Whether each date of a text is on the weekday that stands beside it, as far as that is known."""
        return self._today is None or weekdays_agree(text, self._today)


def weekdays_agree(text: str, today: date) -> bool:
    """Whether each date of a text is on the weekday beside it, in the year that is nearest to today."""
    facts = [fact for fact in find_facts(text) if fact.kind in (FactKind.WEEKDAY, FactKind.DATE)]
    for one, other in pairwise(facts):
        between = text[one.end : other.begin]
        if one.kind is other.kind or not re.fullmatch(r"[,(]* ?(?:the )?", between):
            continue
        weekday, day = (one, other) if one.kind is FactKind.WEEKDAY else (other, one)
        named = date_of(day.text, today)
        if named is not None and WEEKDAYS[named.weekday()] != weekday.text.capitalize():
            return False
    return True
