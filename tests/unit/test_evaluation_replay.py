"""The typing replay, on scripts whose counts can be made by hand."""

import math
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.evaluation.exact_match import guesses, word_starts
from models.evaluation.messages import HeldOutMessage
from models.evaluation.replay import ReplayCounts, best, interval, is_right, replay
from models.suggestion import Candidate, FinishReason
from models.text import count_words


def suggestion(text: str, confidence: float = 0.5) -> Candidate:
    return Candidate(text, math.log(confidence), FinishReason.BEST_LENGTH, confidence)


class Script:
    """Answers by position, and a record of the positions asked."""

    def __init__(self, answers: Mapping[int, Sequence[Candidate]]) -> None:
        self.answers = answers
        self.asked: list[int] = []

    def __call__(self, position: int) -> Sequence[Candidate]:
        self.asked.append(position)
        return self.answers.get(position, [])


def test_without_suggestions_every_character_is_a_keystroke() -> None:
    script = Script({})
    assert replay("See you", script, 0.0) == ReplayCounts(7, 2, 7, 0, 0)
    assert script.asked == list(range(8))


def test_a_right_suggestion_costs_one_keystroke() -> None:
    text = "Thank you for your help."
    counts = replay(text, Script({5: [suggestion(" you for")]}), 0.0)
    assert counts == ReplayCounts(24, 5, 24 - 8 + 1, 1, 1)
    assert counts.saved == pytest.approx(100 * 7 / 24)
    assert counts.precision == 1.0
    assert counts.showings_per_word == pytest.approx(1 / 5)


def test_it_is_asked_at_the_start_and_after_an_accept_and_after_the_last_key() -> None:
    script = Script({0: [suggestion("See you")], 7: [suggestion(" soon")]})
    counts = replay("See you soon!", script, 0.0)
    assert counts == ReplayCounts(13, 3, 3, 2, 2)
    assert script.asked == [0, 7, 12, 13]


def test_accepting_up_to_the_end_saves_all_but_one_key_and_asks_once_more() -> None:
    script = Script({0: [suggestion("Thanks!")], 7: [suggestion(" Bob")]})
    assert replay("Thanks!", script, 0.0) == ReplayCounts(7, 1, 1, 2, 1)


def test_a_wrong_suggestion_is_never_accepted() -> None:
    counts = replay("Thank you", Script({5: [suggestion(" them")]}), 0.0)
    assert counts == ReplayCounts(9, 2, 9, 1, 0)


def test_a_suggestion_that_stops_inside_a_word_is_wrong() -> None:
    text = "I like yours"
    assert not is_right(text, 6, " your")
    counts = replay(text, Script({6: [suggestion(" your")]}), 0.0)
    assert counts == ReplayCounts(12, 3, 12, 1, 0)


@pytest.mark.parametrize("following", ["", ".", ", and", " too", "\n", "?!", ")"])
def test_a_suggestion_before_the_end_of_a_word_is_right(following: str) -> None:
    assert is_right(f"I like you{following}", 6, " you")


@pytest.mark.parametrize("following", ["r", "'re", "’re", "-", "2", "_", "\u0301"])
def test_a_suggestion_that_the_text_goes_on_from_is_wrong(following: str) -> None:
    assert not is_right(f"I like you{following}", 6, " you")


def test_one_suggestion_typed_through_is_one_showing() -> None:
    # " you for your" is contradicted at the "e" of " the", position 15; until then it stays.
    again = {position: [suggestion(" other words")] for position in range(6, 15)}
    script = Script({5: [suggestion(" you for your")], **again})
    counts = replay("Thank you for the help", script, 0.0)
    assert counts == ReplayCounts(22, 5, 22, 1, 0)
    assert script.asked[:8] == [0, 1, 2, 3, 4, 5, 15, 16]


def test_after_a_contradiction_the_next_answer_is_a_new_showing() -> None:
    script = Script({2: [suggestion(" all")], 4: [suggestion("or all of it")]})
    counts = replay("Hi for all of it", script, 0.0)
    assert counts == ReplayCounts(16, 5, 5, 2, 1)


def test_a_suggestion_typed_to_its_end_makes_room_for_the_next() -> None:
    script = Script({1: [suggestion(" you")], 5: [suggestion("rs truly")]})
    counts = replay("I yours truly", script, 0.0)
    assert counts == ReplayCounts(13, 3, 6, 2, 1)
    assert script.asked == [0, 1, 5, 13]


def test_a_suggestion_across_a_line_break_is_taken_whole() -> None:
    counts = replay("Hello,\n\nThanks", Script({6: [suggestion("\n\nThanks")]}), 0.0)
    assert counts == ReplayCounts(14, 2, 7, 1, 1)


def test_an_empty_message_has_no_characters_and_may_show_something() -> None:
    assert replay("", Script({}), 0.0) == ReplayCounts()
    assert replay("", Script({0: [suggestion("Hello")]}), 0.0) == ReplayCounts(shown=1)
    assert ReplayCounts(shown=1).saved == 0.0
    assert ReplayCounts(shown=1).showings_per_word == 0.0
    assert ReplayCounts().precision is None


def test_a_one_word_message() -> None:
    assert replay("Yes", Script({0: [suggestion("Yes")]}), 0.0) == ReplayCounts(3, 1, 1, 1, 1)


def test_a_single_character_is_never_shown() -> None:
    counts = replay("Hello", Script({4: [suggestion("o", 0.99)]}), 0.0)
    assert counts == ReplayCounts(5, 1, 5, 0, 0)


def test_only_what_passes_the_threshold_is_shown() -> None:
    script = {0: [suggestion("Hello there", 0.3), suggestion("Hello", 0.4)]}
    assert replay("Hello there", Script(script), 0.0).keystrokes == 1
    assert replay("Hello there", Script(script), 0.35).keystrokes == 1 + len(" there")
    assert replay("Hello there", Script(script), 0.5).shown == 0


def test_the_best_is_the_most_expected_characters_that_pass() -> None:
    candidates = [suggestion("ab", 0.9), suggestion("abcdefgh", 0.3)]
    shown = [best(candidates, threshold) for threshold in (0.0, 0.5, 0.95)]
    assert [one and one.text for one in shown] == ["abcdefgh", "ab", None]


texts = st.text(alphabet="ab \n.", max_size=30)


@settings(max_examples=200, deadline=None)
@given(texts, st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9), st.booleans()), max_size=12))
def test_counts_are_consistent(text: str, offers: list[tuple[int, int, bool]]) -> None:
    answers: dict[int, Sequence[Candidate]] = {}
    for position, length, true in offers:
        shown = text[position : position + length] if true else "a" * length
        answers[position] = [suggestion(shown)] if shown else []
    script = Script(answers)
    counts = replay(text, script, 0.0)
    assert counts.right <= counts.shown <= len(script.asked)
    assert counts.keystrokes <= counts.characters == len(text)
    assert counts.characters - counts.keystrokes >= counts.right  # each saves at least one key
    assert len(set(script.asked)) == len(script.asked)
    assert (counts.keystrokes < counts.characters) == (counts.right > 0)


@settings(max_examples=50, deadline=None)
@given(texts.filter(lambda text: text != ""))
def test_an_oracle_types_any_message_with_one_key(text: str) -> None:
    # A suggestion has at least two characters, so a text of one is typed.
    assert replay(text, lambda position: [suggestion(text[position:])], 0.0).keystrokes == 1


def test_the_interval_covers_the_measure_and_narrows_with_messages() -> None:
    few = [ReplayCounts(100, 20, 80 + 20 * (number % 2), 4, 2) for number in range(10)]
    low, high = interval(few, lambda one: one.saved) or (0.0, 0.0)
    assert low < sum(few, ReplayCounts()).saved < high
    closer = interval(few * 20, lambda one: one.saved)
    assert closer is not None
    assert closer[1] - closer[0] < (high - low) / 2


def test_the_interval_of_what_is_undefined_is_none() -> None:
    assert interval([], lambda one: one.saved) is None
    assert interval([ReplayCounts(10, 2, 10)], lambda one: one.precision) is None


def test_words_are_counted_as_cleaning_counts_them() -> None:
    text = "明日の会議は ten o'clock"
    counts = replay(text, lambda _: [], 0.5)
    assert counts.words == count_words(text) == HeldOutMessage("ann", text).words == 8
    assert list(word_starts(text)) == [0, 1, 2, 3, 4, 5, 7, 11]
    found = guesses("明日", 0, [Candidate("明日", -1.0, FinishReason.BEST_LENGTH, 0.4)])
    assert [one is not None for one in found] == [False, True, False, False, False]
