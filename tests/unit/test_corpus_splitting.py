"""No person and no thread on two sides, whatever the corpus."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.corpus.message import Message
from models.corpus.splitting import split
from models.masking import NO_NAMES


def message(number: int, person: int, thread: int) -> Message:
    return Message(str(number), "c", f"p{person}", f"t{thread}", None, "", "text", None, NO_NAMES)


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
