"""Text as a compose window holds it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.corpus.mail.reflow import normalise

LINES = st.lists(
    st.one_of(
        st.text("ab A.,\t\r\x00\u00a0", max_size=90),
        st.sampled_from(
            ["", "Thanks,", "Ida", "- clay", "so far as I can tell from here it is ready now and", "1. cups"]
        ),
    ),
    max_size=12,
).map("\n".join)


def test_wrapped_lines_of_a_paragraph_are_joined() -> None:
    text = (
        "Can we schedule a meeting about the new kiln on Thursday? I would\n"
        "like to agree on the firing times before the students come back. The\n"
        "inspector comes on Friday.\n"
        "\n"
        "Thanks,\n"
        "Ottilie"
    )
    assert normalise(text) == text.replace("would\nlike", "would like").replace("The\ninsp", "The insp")


@pytest.mark.parametrize(
    "text",
    [
        "Dear Ida,\nThe kiln is ready.\nOttilie",
        "Please bring these with you when you come to the studio:\n- clay from the cellar, grey\n- cups",
        "The first line of this message is as long as a wrapped line is.\nOttilie",
        "i will be there on thursday with the grey bags and all the cups\nthanks\nottilie",
        "1. The first thing is that the kiln has to be cleaned by Friday\n2. The second one is clay",
        "A\n\nB",
        "",
    ],
)
def test_lines_that_were_typed_stay(text: str) -> None:
    assert normalise(text) == text


def test_lines_wrapped_twice_are_joined() -> None:
    text = (
        "Attached please find a slightly revised version of the list\nof\n"
        "glazes that we talked about last week, with\nall\nprices."
    )
    assert normalise(text) == text.replace("\n", " ")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("Yes.  I will.", "Yes. I will."),
        ("  indented \t and trailing  ", "indented and trailing"),
        ("a\n\n\n\n\nb\n\n", "a\n\nb"),
        ("\n\n a", "a"),
        ("non\u00a0breaking\u2003space", "non breaking space"),
        ("con\x00trol\x7f \u200bzero\ufeff", "control zero"),
        ("Ida\x01,s kiln", "Ida's kiln"),
        ("I don?t know, do you?", "I don't know, do you?"),
        ("It is=20\nlong=20\nso", "It is \nlong \nso".replace(" \n", "\n")),
        ("می\u200cخواهم", "می\u200cخواهم"),
        ("日本語\u3000です", "日本語 です"),
    ],
)
def test_damage_and_white_space(text: str, expected: str) -> None:
    assert normalise(text) == expected


@given(LINES)
def test_words_are_kept_and_white_space_is_single(text: str) -> None:
    result = normalise(text)
    assert result.split() == text.replace("\x00", "").split()
    assert "  " not in result
    assert "\n\n\n" not in result
    assert result == result.strip()
    assert all(line == line.strip() for line in result.split("\n"))


@given(LINES)
def test_paragraphs_are_never_joined(text: str) -> None:
    def paragraphs(of: str) -> list[str]:
        return [
            " ".join(part.split())
            for part in "\n".join(line.strip() for line in of.split("\n")).split("\n\n")
        ]

    tidy = normalise(text.replace("\r", "\n").replace("\x00", ""))
    whole = [part for part in paragraphs(text.replace("\r", "\n").replace("\x00", "")) if part]
    assert [part for part in paragraphs(tidy) if part] == whole
