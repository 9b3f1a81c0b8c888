import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.text.typography import as_written, plain


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("I don’t th", "I don't th"),
        ("“Fine,” she wrote", '"Fine," she wrote'),
        ("today – or tomorrow — maybe…", "today - or tomorrow - maybe..."),
        ("10\u00a0am\u202fsharp", "10 am sharp"),
        ("Ｏｋ！", "Ok!"),
        ("oﬃce", "office"),
    ],
)
def test_variants_become_plain(written: str, expected: str) -> None:
    assert plain(written) == expected


@pytest.mark.parametrize("text", ["", "plain text", "café, naïve, Straße", "明日の会議。", "Привет!"])
def test_other_text_stays(text: str) -> None:
    assert plain(text) == text


def test_plain_text_stays_plain() -> None:
    once = plain("It’s “here”—now…")
    assert plain(once) == once


@given(st.text(), st.text())
def test_parts_become_plain_as_the_whole_does(one: str, other: str) -> None:
    assert plain(one + other) == plain(one) + plain(other)


@pytest.mark.parametrize(
    ("written", "answered"),
    [
        ("I don't", " it's - fine"),
        ("I don’t", " it’s - fine"),
        ("I don’t, I can't", " it's - fine"),
        ("Good – really", " it's – fine"),
        ("It’s good — really", " it’s — fine"),
        ("Café", " it's - fine"),
    ],
)
def test_an_answer_has_the_forms_of_its_draft(written: str, answered: str) -> None:
    assert as_written(written)(" it's - fine") == answered
