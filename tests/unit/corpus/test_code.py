import pytest

from inkling.models.corpus.cleaning.code import cut_code, is_code


@pytest.mark.parametrize(
    "line",
    [
        "x <- c(1, 2, 3)",
        "for (i in seq_along(x)) {",
        "$ make install",
        "#include <stdio.h>",
        "return result;",
        "Traceback (most recent call last):",
        "{'a': [1, 2], 'b': (3, 4)}",
    ],
)
def test_program_text_is_found(line: str) -> None:
    assert is_code(line)


@pytest.mark.parametrize(
    "line",
    [
        "10:30 is fine. Please let me know if you need the list before then.",
        "Thanks for the report (and sorry for the delay).",
        "We sold 62 tickets, against 54 last year; the hall seats 70.",
        "- bring the keys",
        "OK",
        "17",
        ";)",
        "See https://example.org for the form.",
    ],
)
def test_prose_stays(line: str) -> None:
    assert not is_code(line)


def test_code_is_cut_out_of_a_message_and_a_message_of_code_is_dropped() -> None:
    prose = ["Please try this:", "", "x <- c(1, 2)", "", "Does it work for you?"]
    assert cut_code(prose) == ["Please try this:", "", "", "Does it work for you?"]
    assert cut_code(["x <- 1;", "y <- 2;", "Fails."]) == []
