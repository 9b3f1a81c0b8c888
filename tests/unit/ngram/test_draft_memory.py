"""The draft memory: the estimate by its definition, memories that share their lists, and the mixture."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkling.models.ngram.draft_memory import WEIGHTS, DraftMemory
from inkling.models.step import Distribution, Floats, log_probs_of_groups

SIZE = 7
TOKENS = st.lists(st.integers(0, SIZE - 1), max_size=40)


def expected(tokens: list[int], history: list[int], base: Floats) -> Floats:
    """The definition, written out: shorter histories first."""
    found = base.astype(np.float64)
    for length in range(1, min(len(history), len(WEIGHTS)) + 1):
        wanted = history[-length:]
        after = [
            tokens[at + length] for at in range(len(tokens) - length) if tokens[at : at + length] == wanted
        ]
        counts = np.bincount(after, minlength=SIZE)
        found = (counts + WEIGHTS[length - 1] * found) / (counts.sum() + WEIGHTS[length - 1])
    return found.astype(np.float32)


def mixed(memory: DraftMemory, runs: list[list[int]], base: Floats) -> Distribution:
    groups = np.zeros((SIZE, 2), np.bool_)
    groups[1:4, 0] = True
    logits = np.log(np.tile(base, (len(runs), 1))).astype(np.float32) + 3
    total = np.full(len(runs), 3.0, np.float32)
    distribution = Distribution(logits, total, log_probs_of_groups(logits, total, groups))
    memory.mix(distribution, runs, groups)
    return distribution


@settings(deadline=None)
@given(TOKENS, st.lists(st.lists(st.integers(0, SIZE - 1), max_size=5), min_size=1, max_size=3))
def test_it_is_the_estimate_it_says(tokens: list[int], runs: list[list[int]]) -> None:
    base = np.random.default_rng(2).dirichlet(np.ones(SIZE)).astype(np.float32)
    distribution = mixed(DraftMemory(tokens), runs, base)
    for row, run in enumerate(runs):
        found = np.exp(distribution.logits[row] - distribution.log_normaliser[row])
        assert found == pytest.approx(expected(tokens, [*tokens, *run], base), rel=1e-4)
        assert found.sum() == pytest.approx(1.0, abs=1e-4)
        assert np.exp(distribution.group_log_probs[row]) == pytest.approx([found[1:4].sum(), 0.0], rel=1e-3)


@settings(deadline=None)
@given(TOKENS, TOKENS, TOKENS)
def test_going_on_in_two_ways_mixes_nothing_up(tokens: list[int], one: list[int], other: list[int]) -> None:
    base = np.full(SIZE, 1 / SIZE, np.float32)
    start = DraftMemory(tokens)
    before = mixed(start, [[2]], base).logits
    ways = [start.extended(one), start.extended(other)]
    for memory, added in zip(ways, (one, other), strict=True):
        fresh = mixed(DraftMemory([*tokens, *added]), [[2], []], base)
        grown = mixed(memory, [[2], []], base)
        np.testing.assert_array_equal(grown.logits, fresh.logits)
        np.testing.assert_array_equal(grown.group_log_probs, fresh.group_log_probs)
        assert len(memory) == len(tokens) + len(added)
    np.testing.assert_array_equal(mixed(start, [[2]], base).logits, before)


def test_what_was_never_said_changes_nothing() -> None:
    base = np.full(SIZE, 1 / SIZE, np.float32)
    distribution = mixed(DraftMemory([1, 2, 3]), [[5], [6, 5]], base)
    np.testing.assert_array_equal(distribution.log_normaliser, np.full(2, 3.0, np.float32))


def test_a_phrase_said_before_is_expected_again() -> None:
    memory = DraftMemory([1, 2, 3, 4, 0, 5, 5, 1, 2, 3])
    once = memory.expect(memory.history([]))
    assert once.probs[once.ids == 4] == pytest.approx(1 - once.left)
    assert 0.1 < 1 - once.left < 0.3
    twice = DraftMemory([1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3]).expect((0, 1, 2, 3))
    assert twice.ids.tolist() == [4]
    assert twice.probs[0] > 1 - once.left  # twice said counts for more


def test_a_frequent_token_is_looked_up_in_bounded_time() -> None:
    memory = DraftMemory([1, 2] * 5000)
    found = memory.expect((1,))
    assert found.probs[found.ids == 2] == pytest.approx(64 / (64 + WEIGHTS[0]))
