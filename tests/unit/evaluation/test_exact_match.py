"""Exact match at one to five words against coverage."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.evaluation.exact_match import (
    Guess,
    greatest_coverage,
    guesses,
    match_at_coverage,
    word_starts,
)
from inkling.models.search.suggestion import FinishReason, Suggestion


def suggestion(text: str, probability: float) -> Suggestion:
    return Suggestion(text, probability, math.log(probability), FinishReason.BEST_LENGTH)


def test_a_word_starts_after_white_space_and_at_the_start() -> None:
    text = "Hi  Ann,\n\nsee you-two "
    assert [text[position:].split()[0] for position in word_starts(text)] == ["Hi", "Ann,", "see", "you-two"]
    assert list(word_starts("")) == []


@given(st.text(alphabet="ab \n\t."))
def test_there_is_one_start_a_word(text: str) -> None:
    assert len(list(word_starts(text))) == len(text.split())


def test_each_length_takes_its_most_probable_candidate() -> None:
    text = "Thank you for your help."
    candidates = [
        suggestion("you", 0.6),
        suggestion("them", 0.2),
        suggestion("you for", 0.3),
        suggestion("you so", 0.4),
        suggestion("you for your help.", 0.1),
    ]
    assert guesses(text, 6, candidates) == [
        Guess(math.log(0.6), True),
        Guess(math.log(0.4), False),
        None,
        Guess(math.log(0.1), True),
        None,
    ]


def test_a_guess_past_the_end_of_the_text_is_wrong() -> None:
    assert guesses("Thanks", 0, [suggestion("Thanks Ann", 0.5)])[1] == Guess(math.log(0.5), False)


def test_a_guess_that_stops_inside_a_word_is_wrong() -> None:
    assert guesses("yours truly", 0, [suggestion("your", 0.5)])[0] == Guess(math.log(0.5), False)


def test_the_most_probable_are_shown_first() -> None:
    column = [Guess(0.9, True), Guess(0.1, False), Guess(0.5, True), None]
    assert match_at_coverage(column, (0.25, 0.5, 0.75, 1.0)) == [1.0, 1.0, pytest.approx(2 / 3), None]
    assert greatest_coverage(column) == 0.75


def test_part_of_a_word_start_counts_as_one() -> None:
    column = [Guess(0.9, True), Guess(0.8, False), Guess(0.7, False)]
    assert match_at_coverage(column, (0.01, 0.34, 2 / 3)) == [1.0, 0.5, 0.5]


def test_equal_confidence_gives_the_expected_share_in_any_order() -> None:
    column = [Guess(0.5, True), Guess(0.5, False)]
    assert match_at_coverage(column, (0.5,)) == match_at_coverage(column[::-1], (0.5,)) == [0.5]


def test_nothing_to_show_is_no_number() -> None:
    assert match_at_coverage([], (0.1, 1.0)) == [None, None]
    assert match_at_coverage([None, None], (0.5,)) == [None]
    assert greatest_coverage([]) == 0.0


@given(st.lists(st.builds(Guess, st.sampled_from([0.1, 0.2, 0.5, 0.9]), st.booleans()), min_size=1))
def test_at_full_coverage_the_match_is_the_share_that_is_right(column: list[Guess]) -> None:
    (match,) = match_at_coverage(column, (1.0,))
    assert match == pytest.approx(sum(guess.right for guess in column) / len(column))
