"""No person and no thread on two sides, whatever the corpus."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inkling.models.corpus.mail.message import Message
from inkling.models.corpus.splitting import HeldOutBy, hold_out, hold_out_newest_of_each, split
from inkling.models.text.masking import NO_NAMES


def message(number: int, person: int, thread: int, day: int | None = None) -> Message:
    date = None if day is None else datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day)
    return Message(str(number), "c", f"p{person}", f"t{thread}", date, "", "text", None, NO_NAMES)


PAIRS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=60)
FRACTIONS = st.sampled_from([(0.5, 0.5), (0.8, 0.1, 0.1), (1.0,), (0.0, 1.0), (0.34, 0.33, 0.33)])


@given(PAIRS, FRACTIONS, st.integers(0, 5))
def test_no_person_and_no_thread_stands_on_two_sides(
    pairs: list[tuple[int, int]], fractions: tuple[float, ...], seed: int
) -> None:
    messages = [message(number, *pair) for number, pair in enumerate(pairs)]
    parts = split(messages, fractions, seed=seed)
    assert len(parts) == len(fractions)
    for index, part in enumerate(parts):
        assert [m for m in messages if m in part] == part
        for other in parts[index + 1 :]:
            assert not {m.person for m in part} & {m.person for m in other}
            assert not {m.thread for m in part} & {m.thread for m in other}


def test_nothing_is_dropped_where_threads_do_not_cross() -> None:
    messages = [message(number, number, number) for number in range(2000)]
    parts = split(messages, (0.8, 0.1, 0.1))
    assert sum(map(len, parts)) == 2000
    assert 1500 < len(parts[0]) < 1700
    assert split(messages, (0.8, 0.1, 0.1)) == parts
    assert split(messages, (0.8, 0.1, 0.1), seed=1) != parts


def test_part_of_a_person_does_not_depend_on_the_rest_of_the_corpus() -> None:
    messages = [message(number, number, number) for number in range(100)]
    assert split(messages[:50], (0.5, 0.5))[0] == [
        m for m in split(messages, (0.5, 0.5))[0] if m in messages[:50]
    ]


@pytest.mark.parametrize("fractions", [(), (0.5, 0.4), (1.5, -0.5)])
def test_fractions_that_are_none_are_refused(fractions: tuple[float, ...]) -> None:
    with pytest.raises(ValueError, match="fractions"):
        split([], fractions)


@given(PAIRS, st.floats(0.01, 0.99), st.integers(0, 5))
def test_no_side_is_empty_and_every_message_stands_on_one(
    pairs: list[tuple[int, int]], share: float, seed: int
) -> None:
    messages = [message(number, *pair, day=number * 7 % 50) for number, pair in enumerate(pairs)]
    parts = hold_out(messages, share, seed=seed)
    assert bool(parts.train) == bool(messages)
    assert bool(parts.held_out) == (len(messages) > 1)
    assert [one for one in messages if one in parts.train] == parts.train
    assert [one for one in messages if one in parts.held_out] == parts.held_out
    assert not [one for one in parts.train if one in parts.held_out]


@pytest.mark.parametrize("people", [1, 2, 5])
@pytest.mark.parametrize("seed", range(40))
def test_of_few_people_the_newest_threads_are_held_out(people: int, seed: int) -> None:
    messages = [message(n, n % people, n // 2, day=n * 37 % 200) for n in range(200)]
    parts = hold_out(messages, 0.05, seed=seed)
    assert parts.by is HeldOutBy.DATE
    assert 10 <= len(parts.held_out) <= 12
    assert len(parts.train) + len(parts.held_out) == 200
    begun = {
        one.thread: min(m.date for m in messages if m.thread == one.thread and m.date) for one in messages
    }
    newest = min(begun[one.thread] for one in parts.held_out)
    assert all(begun[one.thread] < newest for one in parts.train)


def test_one_thread_or_no_date_leaves_no_side_empty() -> None:
    parts = hold_out([message(n, 0, 0) for n in range(100)], 0.05)
    assert [one.id for one in parts.held_out] == ["95", "96", "97", "98", "99"]
    dated = [message(n, 0, n, day=5 if n < 3 else None) for n in range(60)]
    assert [one.id for one in hold_out(dated, 0.05).held_out] == ["0", "1", "2"]


def test_of_many_people_some_are_held_out_as_they_are_drawn() -> None:
    messages = [message(number, number % 400, number) for number in range(2000)]
    parts = hold_out(messages, 0.05, seed=3)
    assert parts.by is HeldOutBy.PEOPLE
    assert (parts.train, parts.held_out) == split(messages, (0.95, 0.05), seed=3)


def test_drawn_people_who_wrote_nearly_everything_are_not_held_out() -> None:
    for seed in range(60):
        messages = [message(n, 0 if n < 900 else n, n, day=n) for n in range(930)]
        parts = hold_out(messages, 0.05, seed=seed)
        assert 0 < len(parts.held_out) < 0.21 * 930


@pytest.mark.parametrize("share", [0.0, 1.0, -0.1, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValueError, match="share"):
        hold_out([], share)


def test_of_people_who_wrote_at_different_times_each_ones_newest_are_held_out() -> None:
    messages = [message(n, n // 50, n, day=n) for n in range(150)]
    parts = hold_out_newest_of_each(messages, 0.1)
    assert parts.by is HeldOutBy.DATE
    assert [int(one.id) for one in parts.held_out] == [*range(45, 50), *range(95, 100), *range(145, 150)]
    assert len(parts.train) == 135


@given(PAIRS, st.floats(0.01, 0.99))
def test_of_each_ones_newest_too_no_side_is_empty_and_no_message_stands_on_both(
    pairs: list[tuple[int, int]], share: float
) -> None:
    messages = [message(number, *pair, day=number * 7 % 50) for number, pair in enumerate(pairs)]
    parts = hold_out_newest_of_each(messages, share)
    assert not {one.id for one in parts.train} & {one.id for one in parts.held_out}
    assert bool(parts.train) == bool(messages)
    assert bool(parts.held_out) == (len(messages) > 1)


def test_of_people_of_one_message_each_the_newest_are_held_out() -> None:
    messages = [message(n, n, n, day=n) for n in range(100)]
    assert [int(one.id) for one in hold_out_newest_of_each(messages, 0.1).held_out] == list(range(90, 100))
