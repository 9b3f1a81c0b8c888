import pytest

from models.typography import plain


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
