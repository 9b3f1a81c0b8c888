"""Dates, times, weekdays, amounts and numbers are found in text."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.facts.context_facts import ContextFacts, weekdays_agree
from inkling.models.facts.fact import FactKind
from inkling.models.facts.fact_finding import date_of, find_facts
from inkling.models.text.context import Context

TODAY = date(2026, 11, 23)  # a Monday
SENT_AT = datetime(2026, 11, 23, 9, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Does 3 pm on Tuesday suit you?", [("time", "3 pm"), ("weekday", "Tuesday")]),
        ("at 10:30, or 15:00 (noon is late)", [("time", "10:30"), ("time", "15:00"), ("time", "noon")]),
        ("by 14 December 2026.", [("date", "14 December 2026")]),
        ("on Dec. 3rd or 2026-12-04", [("date", "Dec. 3rd"), ("date", "2026-12-04")]),
        ("It costs $1,250.50 or 20% more", [("amount", "$1,250.50"), ("amount", "20%")]),
        ("for 300 EUR in 2 weeks", [("amount", "300 EUR"), ("amount", "2 weeks")]),
        ("order #4471-B, room 12.", [("number", "4471-B"), ("number", "12")]),
        ("Monday, in May we march", [("weekday", "Monday")]),
        ("No facts at all", []),
    ],
)
def test_facts_of_a_text(text: str, found: list[tuple[str, str]]) -> None:
    assert [(fact.kind.value, fact.text) for fact in find_facts(text)] == found


@given(st.text(max_size=60) | st.text("0123456789:/.$ apmMay", max_size=40))
def test_every_digit_is_in_a_fact_and_facts_are_where_they_say(text: str) -> None:
    end = 0
    for fact in find_facts(text):
        assert text[fact.begin : fact.end] == fact.text
        assert not any(one in "0123456789" for one in text[end : fact.begin])
        end = fact.end
    assert not any(one in "0123456789" for one in text[end:])


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("14 December", date(2026, 12, 14)),
        ("December 3rd, 2027", date(2027, 12, 3)),
        ("3 Jan", date(2027, 1, 3)),
        ("2026-02-28", date(2026, 2, 28)),
        ("31 February", None),
        ("4/5", None),
    ],
)
def test_the_day_that_a_date_names(text: str, day: date | None) -> None:
    assert date_of(text, TODAY) == day


def test_a_weekday_agrees_with_the_date_beside_it() -> None:
    assert weekdays_agree("on Monday, 14 December", TODAY)
    assert weekdays_agree("14 December (Monday)", TODAY)
    assert not weekdays_agree("on Tuesday, 14 December", TODAY)
    assert weekdays_agree("on Tuesday, or on 14 December", TODAY)


def test_facts_of_a_context() -> None:
    context = Context(
        subject="Review on 14 December", previous_message="Does 3 pm on Tuesday suit you?", sent_at=SENT_AT
    )
    facts = ContextFacts(context)
    assert facts.by_kind[FactKind.WEEKDAY] == ["Tuesday", "Monday"]  # 14 December is a Monday
    assert facts.only[FactKind.TIME] == "3 pm"
    assert FactKind.WEEKDAY not in facts.only
    assert facts.spans == ["14 December", "3 pm on Tuesday"]
    assert facts.digit_words == {"14", "3"}


def test_a_span_whose_weekday_is_wrong_is_left_out() -> None:
    said = "Shall we meet on Tuesday, 14 December?"
    assert ContextFacts(Context(previous_message=said)).spans == ["Tuesday, 14 December"]
    assert ContextFacts(Context(previous_message=said, sent_at=SENT_AT)).spans == []
