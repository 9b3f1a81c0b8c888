"""A profile: its distribution, its growth, and that it changes nothing for other writers."""

from random import Random

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inkling.models.ngram.backoff import PhraseModel
from inkling.models.ngram.mixture import MixtureModel
from inkling.models.ngram.profile import FACTORS, estimate_profile
from inkling.models.ngram.profile_table import Profiles
from tests.unit.ngram.test_phrases import SIZE, TinyModel, model_of

RESET = 11
MESSAGES = st.lists(st.lists(st.integers(0, SIZE - 2), min_size=1, max_size=12), min_size=1, max_size=6)


def expected(messages: list[list[int]], history: list[int], base: np.ndarray) -> np.ndarray:
    """The definition, written out: shorter histories first."""
    found = base
    for length in range(1, min(len(history), len(FACTORS)) + 1):
        wanted = history[-length:]
        after = [
            message[at + length]
            for message in messages
            for at in range(len(message) - length)
            if message[at : at + length] == wanted
        ]
        if after:
            counts = np.bincount(after, minlength=SIZE)
            unseen = FACTORS[length - 1] * np.count_nonzero(counts)
            found = (counts + unseen * found) / (counts.sum() + unseen)
    return found


@settings(deadline=None)
@given(MESSAGES, st.lists(st.integers(0, SIZE - 2), max_size=6))
def test_an_estimate_equals_its_definition(messages: list[list[int]], history: list[int]) -> None:
    base = np.random.default_rng(1).dirichlet(np.ones(SIZE))
    expectation = estimate_profile(messages, vocabulary_size=SIZE).expect(tuple(history[-4:]))
    dense = np.zeros(SIZE)
    dense[expectation.ids] = expectation.probs
    # Shares are kept in a byte each.
    assert dense + expectation.left * base == pytest.approx(expected(messages, history, base), rel=0.04)


def test_it_counts_for_more_the_more_was_written() -> None:
    lefts = [
        estimate_profile([[1, 2, 3, 4]] * times, vocabulary_size=SIZE).expect((1, 2, 3)).left
        for times in (1, 2, 5, 20, 200)
    ]
    assert lefts == sorted(lefts, reverse=True)
    assert lefts[0] > 0.7
    assert lefts[-1] < 0.1


def test_nothing_written_is_nothing_expected() -> None:
    nothings: list[list[list[int]]] = [[], [[]], [[3]]]
    for messages in nothings:
        assert estimate_profile(messages, vocabulary_size=SIZE).expect((3,)).left == 1.0


def test_of_several_writers_only_what_enough_of_them_wrote() -> None:
    messages, authors = [[1, 2, 3, 4], [1, 2, 3, 5], [1, 2, 6], [1, 2, 6]], [0, 1, 2, 2]
    shared = estimate_profile(messages, vocabulary_size=SIZE, authors=authors, least_authors=2)
    assert shared.expect((1,)).ids.tolist() == [2]
    assert shared.expect((1, 2)).ids.tolist() == [3]  # 6 is one writer's
    assert shared.expect((1, 2, 3)).left == 1.0
    everything = estimate_profile(messages, vocabulary_size=SIZE, authors=authors)
    assert everything.to_bytes() == estimate_profile(messages, vocabulary_size=SIZE).to_bytes()
    assert everything.expect((1, 2)).ids.tolist() == [3, 6]


def test_the_mailbox_holds_for_everybody_before_the_phrases_and_after_the_writers_own() -> None:
    shared, _ = model_of()
    random = Random(4)
    mailbox, own = (
        estimate_profile([random.choices(range(SIZE - 1), k=90)], vocabulary_size=SIZE) for _ in range(2)
    )
    profiles = Profiles()
    number = profiles.add(own)
    base = TinyModel(SIZE)
    mixed = MixtureModel(base, shared, 0.3, mailbox=mailbox, profiles=profiles, resets=(RESET,))
    without = MixtureModel(base, shared, 0.3, profiles=profiles, resets=(RESET,))
    for writer in (0, number):
        state, plain = mixed.initial_state(writer), without.initial_state()
        for token in (3, 1, 4):
            state = mixed.advance(np.array([token]), state)
            plain = without.advance(np.array([token]), plain)
        wanted = np.exp(log_probs(without, plain))
        for profile in (mailbox, *([own] if writer else [])):
            found = profile.expect((3, 1, 4))
            wanted = found.left * wanted
            wanted[found.ids] += found.probs
        assert np.exp(log_probs(mixed, state)) == pytest.approx(wanted, rel=1e-4, abs=1e-7)


def log_probs(model: MixtureModel, state: np.ndarray) -> np.ndarray:
    distribution = model.predictor(np.zeros((SIZE, 0), np.bool_))(state)
    return np.asarray(distribution.logits[0] - distribution.log_normaliser[0], np.float64)


def two_writers(weight: float = 0.3) -> tuple[MixtureModel, list[int]]:
    profiles = Profiles()
    shared, _ = model_of()
    mixed = MixtureModel(TinyModel(SIZE), shared, weight, profiles=profiles, resets=(RESET,))
    random = Random(2)
    numbers = [
        profiles.add(estimate_profile([random.choices(range(SIZE - 1), k=90)], vocabulary_size=SIZE))
        for _ in range(2)
    ]
    return mixed, [0, *numbers]


@pytest.mark.lengthy
@settings(deadline=None)
@given(st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=8))
def test_a_mixture_with_a_profile_is_a_distribution_and_its_masses_fit(tokens: list[int]) -> None:
    mixed, numbers = two_writers()
    groups = np.zeros((SIZE, 1), np.bool_)
    groups[2:7, 0] = True
    predict = mixed.predictor(groups)
    state = np.concatenate([mixed.initial_state(number) for number in numbers])
    for token in tokens:
        state = mixed.advance(np.array([token] * 3), state)
    distribution = predict(state)
    probabilities = np.exp(distribution.logits - distribution.log_normaliser[:, None])
    assert probabilities.sum(1) == pytest.approx([1.0] * 3, abs=1e-4)
    assert np.exp(distribution.group_log_probs[:, 0]) == pytest.approx(probabilities[:, 2:7].sum(1), rel=1e-4)


def test_a_row_is_mixed_with_its_own_writers_profile_whoever_stands_beside() -> None:
    mixed, numbers = two_writers()
    predict = mixed.predictor(np.ones((SIZE, 1), np.bool_))
    state = np.concatenate([mixed.initial_state(number) for number in numbers])
    for token in (3, 1, 4):
        state = mixed.advance(np.array([token] * 3), state)
    together = predict(state)
    for row in range(3):
        alone = predict(state[row : row + 1])
        assert np.array_equal(alone.logits[0], together.logits[row])
        assert np.array_equal(alone.log_normaliser[0], together.log_normaliser[row])
    for one, other in ((0, 1), (0, 2), (1, 2)):
        distance = (together.logits[one] - together.log_normaliser[one]) - (
            together.logits[other] - together.log_normaliser[other]
        )
        assert np.abs(distance).max() > 0.01


def test_numbers_of_profiles() -> None:
    profiles = Profiles()
    profile = estimate_profile([[1, 2]], vocabulary_size=SIZE)
    first, second = profiles.add(profile), profiles.add(profile)
    assert first != second
    assert 0 not in (first, second)
    assert profiles.get(first) is profile
    profiles.remove(first)
    profiles.remove(first)
    assert profiles.get(first) is None
    assert profiles.get(0) is None
    assert profiles.add(profile) not in (first, second)  # a number is not given again soon


def test_the_largest_number_survives_half_precision() -> None:
    class Watched(Profiles):
        asked: list[int]

        def get(self, number: int) -> PhraseModel | None:
            self.asked.append(number)
            return super().get(number)

    profiles = Watched()
    mixed = MixtureModel(TinyModel(SIZE, np.float16), None, 0.0, profiles=profiles)
    predict = mixed.predictor(np.zeros((SIZE, 0), np.bool_))
    for number in (1, 2047, 2048, (1 << 22) - 1):
        profiles.asked = []
        predict(mixed.advance(np.array([5]), mixed.initial_state(number)))
        assert profiles.asked == [number]
