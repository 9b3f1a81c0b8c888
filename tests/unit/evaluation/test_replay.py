"""The typing replay, on scripts whose counts can be worked out by hand."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkling.models.evaluation.exact_match import guesses, word_starts
from inkling.models.evaluation.messages import HeldOutMessage
from inkling.models.evaluation.replay import Ask, ReplayCounts, Rule, interval, is_right, replay, showings
from inkling.models.evaluation.typing_cost import TypingCost
from inkling.models.search.choice import NetTime
from inkling.models.search.suggestion import FinishReason, Suggestion
from inkling.models.text.chunks import count_words


def suggestion(text: str, confidence: float = 0.5) -> Suggestion:
    return Suggestion(text, confidence, math.log(confidence), FinishReason.BEST_LENGTH)


def typed(text: str, ask: Ask, threshold: float) -> ReplayCounts:
    """The first five counts of a replay by characters."""
    return ReplayCounts(*astuple(replay(text, ask, Rule(threshold)))[:5])


class Script:
    """Answers by position, and a record of the positions asked."""

    def __init__(self, answers: Mapping[int, Sequence[Suggestion]]) -> None:
        self.answers = answers
        self.asked: list[int] = []

    def __call__(self, position: int) -> Sequence[Suggestion]:
        self.asked.append(position)
        return self.answers.get(position, [])


def test_without_suggestions_every_character_is_a_keystroke() -> None:
    script = Script({})
    assert typed("See you", script, 0.0) == ReplayCounts(7, 2, 7, 0, 0)
    assert script.asked == list(range(8))


def test_a_right_suggestion_costs_one_keystroke() -> None:
    text = "Thank you for your help."
    counts = typed(text, Script({5: [suggestion(" you for")]}), 0.0)
    assert counts == ReplayCounts(24, 5, 24 - 8 + 1, 1, 1)
    assert counts.saved == pytest.approx(100 * 7 / 24)
    assert counts.precision == 1.0
    assert counts.showings_per_word == pytest.approx(1 / 5)


def test_it_is_asked_at_the_start_and_after_an_accept_and_after_the_last_key() -> None:
    script = Script({0: [suggestion("See you")], 7: [suggestion(" soon")]})
    counts = typed("See you soon!", script, 0.0)
    assert counts == ReplayCounts(13, 3, 3, 2, 2)
    assert script.asked == [0, 7, 12, 13]


def test_accepting_up_to_the_end_saves_all_but_one_key_and_asks_once_more() -> None:
    script = Script({0: [suggestion("Thanks!")], 7: [suggestion(" Bob")]})
    assert typed("Thanks!", script, 0.0) == ReplayCounts(7, 1, 1, 2, 1)


def test_a_wrong_suggestion_is_never_accepted() -> None:
    counts = typed("Thank you", Script({5: [suggestion(" them")]}), 0.0)
    assert counts == ReplayCounts(9, 2, 9, 1, 0)


def test_a_suggestion_that_stops_inside_a_word_is_wrong() -> None:
    text = "I like yours"
    assert not is_right(text, 6, " your")
    counts = typed(text, Script({6: [suggestion(" your")]}), 0.0)
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
    counts = typed("Thank you for the help", script, 0.0)
    assert counts == ReplayCounts(22, 5, 22, 1, 0)
    assert script.asked[:8] == [0, 1, 2, 3, 4, 5, 15, 16]


def test_after_a_contradiction_the_next_answer_is_a_new_showing() -> None:
    script = Script({2: [suggestion(" all")], 4: [suggestion("or all of it")]})
    counts = typed("Hi for all of it", script, 0.0)
    assert counts == ReplayCounts(16, 5, 5, 2, 1)


def test_a_suggestion_typed_to_its_end_makes_room_for_the_next() -> None:
    script = Script({1: [suggestion(" you")], 5: [suggestion("rs truly")]})
    counts = typed("I yours truly", script, 0.0)
    assert counts == ReplayCounts(13, 3, 6, 2, 1)
    assert script.asked == [0, 1, 5, 13]


def test_a_suggestion_across_a_line_break_is_taken_whole() -> None:
    counts = typed("Hello,\n\nThanks", Script({6: [suggestion("\n\nThanks")]}), 0.0)
    assert counts == ReplayCounts(14, 2, 7, 1, 1)


def test_an_empty_message_has_no_characters_and_may_show_something() -> None:
    assert typed("", Script({}), 0.0) == ReplayCounts()
    assert typed("", Script({0: [suggestion("Hello")]}), 0.0) == ReplayCounts(shown=1)
    assert ReplayCounts(shown=1).saved == 0.0
    assert ReplayCounts(shown=1).showings_per_word == 0.0
    assert ReplayCounts().precision is None


def test_a_one_word_message() -> None:
    assert typed("Yes", Script({0: [suggestion("Yes")]}), 0.0) == ReplayCounts(3, 1, 1, 1, 1)


def test_a_single_character_is_never_shown() -> None:
    counts = typed("Hello", Script({4: [suggestion("o", 0.99)]}), 0.0)
    assert counts == ReplayCounts(5, 1, 5, 0, 0)


def test_only_what_passes_the_threshold_is_shown() -> None:
    script = {0: [suggestion("Hello there", 0.3), suggestion("Hello", 0.4)]}
    assert typed("Hello there", Script(script), 0.0).keystrokes == 1
    assert typed("Hello there", Script(script), 0.35).keystrokes == 1 + len(" there")
    assert typed("Hello there", Script(script), 0.5).shown == 0


def test_the_best_is_the_most_expected_characters_that_pass() -> None:
    candidates = [suggestion("ab", 0.9), suggestion("abcdefgh", 0.3)]
    shown = [Rule(threshold).best(candidates) for threshold in (0.0, 0.5, 0.95)]
    assert [one and one.text for one in shown] == ["abcdefgh", "ab", None]


texts = st.text(alphabet="ab \n.", max_size=30)


@settings(max_examples=200, deadline=None)
@given(texts, st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9), st.booleans()), max_size=12))
def test_counts_are_consistent(text: str, offers: list[tuple[int, int, bool]]) -> None:
    answers: dict[int, Sequence[Suggestion]] = {}
    for position, length, true in offers:
        shown = text[position : position + length] if true else "a" * length
        answers[position] = [suggestion(shown)] if shown else []
    script = Script(answers)
    counts = typed(text, script, 0.0)
    assert counts.right <= counts.shown <= len(script.asked)
    assert counts.keystrokes <= counts.characters == len(text)
    assert counts.characters - counts.keystrokes >= counts.right  # each saves at least one key
    assert len(set(script.asked)) == len(script.asked)
    assert (counts.keystrokes < counts.characters) == (counts.right > 0)


@settings(max_examples=50, deadline=None)
@given(texts.filter(lambda text: text != ""))
def test_an_oracle_types_any_message_with_one_key(text: str) -> None:
    # A suggestion has at least two characters, so a text of one is typed.
    assert typed(text, lambda position: [suggestion(text[position:])], 0.0).keystrokes == 1


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


COST = TypingCost(key=0.2, accept=0.2, word_accept=0.25, reading=0.3)


def by_time(text: str, ask: Ask) -> ReplayCounts:
    return replay(text, ask, Rule(0.0, NetTime()), COST)


def test_net_time_is_what_was_not_typed_less_accepts_and_readings() -> None:
    counts = by_time("Thank you for your help.", Script({5: [suggestion(" you for your", 0.9)]}))
    assert (counts.right, counts.accepted, counts.long, counts.shown) == (1, 13, 1, 1)
    # 24 keys are 4.8 s; 11 keys, one accept and one reading are 2.7 s.
    assert counts.net_time(COST) == pytest.approx(100 * (4.8 - 2.7) / 4.8)
    assert counts.net_time(replace(COST, reading=0.5)) == pytest.approx(100 * (4.8 - 2.9) / 4.8)
    assert ReplayCounts().net_time(COST) == 0.0


def test_a_showing_that_is_wrong_costs_its_reading() -> None:
    counts = by_time("Thank you", Script({5: [suggestion(" goodness", 0.9)]}))
    assert counts.net_time(COST) == pytest.approx(-100 * 0.3 / 1.8)


def test_what_is_not_worth_an_interruption_is_not_shown() -> None:
    # 0.4 x (3 x 200 - 200) is less than 300 ms; 0.4 x (9 x 200 - 200) is more.
    candidates = [suggestion("abc", 0.4)]
    assert Rule(0.2, NetTime()).best(candidates) is None
    assert Rule(0.2, NetTime(interruption=0.0)).best(candidates) is not None
    longer = Rule(0.2, NetTime()).best([*candidates, suggestion("abc defgh", 0.4)])
    assert longer is not None
    assert longer.text == "abc defgh"


def test_right_words_of_a_wrong_suggestion_are_taken_where_that_pays() -> None:
    text = "Thank you very much indeed"
    counts = by_time(text, Script({5: [suggestion(" you very kindly", 0.9)]}))
    assert (counts.right, counts.partial, counts.word_accepts) == (0, 1, 2)
    assert counts.keystrokes == len(text) - len(" you very") + 2
    spent = 0.2 * (len(text) - 9) + 2 * 0.25 + 0.3
    assert counts.net_time(COST) == pytest.approx(100 * (1 - spent / (0.2 * len(text))))
    short = by_time("Is it I", Script({5: [suggestion(" I am", 0.9)]}))
    assert short.word_accepts == 1
    dear = TypingCost(word_accept=0.5)
    script = Script({5: [suggestion(" I am", 0.9)]})
    assert replay("Is it I", script, Rule(0.0, NetTime()), dear).word_accepts == 0


def test_what_is_on_screen_grows_at_the_end_of_a_word_in_the_same_showing() -> None:
    script = Script(
        {
            2: [suggestion(" on it tomorrow", 0.9)],
            3: [suggestion("on it tomorrow evening", 0.9)],
            5: [suggestion(" it tomorrow and more", 0.9)],
        }
    )
    shown = showings("Go on it today", script, Rule(0.0, NetTime()), TypingCost(word_accept=9.0))
    assert [one.text for one in shown] == [" it tomorrow and more"]
    script = Script({2: [suggestion(" on my", 0.9)], 5: [suggestion(" my way home", 0.9)]})
    text = "Go on my way home"
    (grown,) = showings(text, script, Rule(0.0, NetTime()), TypingCost(word_accept=9.0))
    assert grown.right


@pytest.mark.parametrize("whole", [" on it now.", ' on it "now!"', " on a b c d e f g h"])
def test_what_ends_a_sentence_or_is_long_does_not_grow(whole: str) -> None:
    script = Script({2: [suggestion(whole, 0.9)], 5: [suggestion(whole[3:] + " and more", 0.9)]})
    (shown,) = showings("Go on today", script, Rule(0.0, NetTime()), TypingCost(word_accept=9.0))
    assert shown.text == whole


@settings(max_examples=200, deadline=None)
@given(texts, st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9), st.booleans()), max_size=12))
def test_counts_by_time_are_consistent(text: str, offers: list[tuple[int, int, bool]]) -> None:
    answers: dict[int, Sequence[Suggestion]] = {}
    for position, length, true in offers:
        shown = text[position : position + length] + ("" if true else "zz")
        answers[position] = [suggestion(shown, 0.99)]
    script = Script(answers)
    counts = by_time(text, script)
    assert counts.right + counts.partial <= counts.shown <= len(script.asked)
    assert counts.long <= counts.right
    assert 0 <= counts.keystrokes - counts.right - counts.word_accepts <= len(text)
    assert len(set(script.asked)) == len(script.asked)


def test_words_are_counted_as_cleaning_counts_them() -> None:
    text = "明日の会議は ten o'clock"
    counts = replay(text, lambda _: [], Rule(0.5))
    assert counts.words == count_words(text) == HeldOutMessage("ann", text).words == 8
    assert list(word_starts(text)) == [0, 1, 2, 3, 4, 5, 7, 11]
    found = guesses("明日", 0, [Suggestion("明日", 0.4, -1.0, FinishReason.BEST_LENGTH)])
    assert [one is not None for one in found] == [False, True, False, False, False]
