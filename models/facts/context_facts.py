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


_SENTENCE_END = re.compile(r"[.!?](?=[\s\"')]|$)|\n\s*\n")
_PROPOSED = frozenset({FactKind.WEEKDAY, FactKind.DATE, FactKind.TIME})
_NUMBERED = re.compile(
    r"(?i)\b(order|ticket|invoice|room|suite|section|unit|case|flight|gate|version|page|chapter|floor|item|"
    r"reference|part|building|platform|form|article|release|build|question|step|phase|contract|exhibit|extension)"
    r"(?: (?:no\.?|number))? ?#?$"
)
_LONGEST_NAME = 30


class ContextFacts:
    """Facts of one context, each of them once, in their order. Immutable."""

    def __init__(self, context: Context) -> None:
        texts = (context.subject or "", (context.previous_message or "")[-_CHARACTERS_READ:])
        self._texts = [plain(text) for text in texts]
        self._recipient = context.recipient_name or ""
        self._today = None if context.sent_at is None else context.sent_at.date()
        self.found: Sequence[Sequence[Fact]] = [list(find_facts(text)) for text in self._texts]

    @property
    def found_any(self) -> bool:
        """Whether there is a fact."""
        return any(self.found)

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
            text = _text(fact)
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
    def asked(self) -> frozenset[str]:
        """The facts that the previous message asks about."""
        return frozenset(_text(fact) for fact in self._facts_in_questions())

    @cached_property
    def proposals(self) -> Sequence[str]:
        """The spans with a day or a time that the previous message asks about."""
        proposed = [fact.text for fact in self._facts_in_questions() if fact.kind in _PROPOSED]
        return [span for span in self.spans if any(text in span for text in proposed)]

    def _facts_in_questions(self) -> list[Fact]:
        text, found = self._texts[1], self.found[1]
        return [
            fact
            for fact in found
            if (end := _SENTENCE_END.search(text, fact.end)) is not None and end.group() == "?"
        ]

    @cached_property
    def numbered(self) -> Mapping[str, str]:
        """Things with a number, in lower case, such as "room" for "room 12"; only where each has one."""
        numbers: dict[str, set[str]] = {}
        for text, found in zip(self._texts, self.found, strict=True):
            for fact in found:
                named = _NUMBERED.search(text, max(fact.begin - _LONGEST_NAME, 0), fact.begin)
                if fact.kind is FactKind.NUMBER and named is not None:
                    numbers.setdefault(named[1].casefold(), set()).add(fact.text)
        return {thing: next(iter(found)) for thing, found in numbers.items() if len(found) == 1}

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

    @staticmethod
    def beginnings(span: str) -> list[int]:
        """Where the facts of a span begin."""
        return [fact.begin for fact in find_facts(span)]

    def agrees(self, text: str) -> bool:
        """Whether each date of a text is on the weekday that stands beside it, as far as that is known."""
        return self._today is None or weekdays_agree(text, self._today)


def _text(fact: Fact) -> str:
    return fact.text.capitalize() if fact.kind is FactKind.WEEKDAY else fact.text


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
