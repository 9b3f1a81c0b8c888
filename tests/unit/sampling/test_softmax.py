"""What is drawn from a softmax."""

import math
from collections import Counter

import numpy as np
import pytest
from numpy.typing import NDArray

from inkling.models.sampling.softmax import Softmax
from inkling.models.search.suggestion import Sampling

LOG_PROBS = np.log(np.array([0.1, 0.4, 0.05, 0.25, 0.2], np.float32)) + np.float32(3.0)
DRAWS = 40_000
# Of chi-square with four degrees of freedom, one in 10,000 is greater.
BOUND = 23.5


def shares(log_probs: NDArray[np.float32], temperature: float) -> NDArray[np.float64]:
    powers = np.exp(log_probs.astype(np.float64)) ** (1 / temperature)
    found: NDArray[np.float64] = powers / powers.sum()
    return found


def chi_square(counts: Counter[int], expected: NDArray[np.float64]) -> float:
    total = sum(counts.values())
    return math.fsum(
        (counts[at] - total * share) ** 2 / (total * share)
        for at, share in enumerate(expected.tolist())
        if share
    )


@pytest.mark.lengthy
@pytest.mark.parametrize("temperature", [0.3, 1.0, 1.7])
def test_the_frequencies_are_the_distribution(temperature: float) -> None:
    softmax = Softmax(Sampling(temperature, seed=11))
    counts = Counter(softmax.draw(LOG_PROBS) for _ in range(DRAWS))
    assert chi_square(counts, shares(LOG_PROBS, temperature)) < BOUND
    # The bound can be missed: it tells this distribution from the next temperature's.
    assert chi_square(counts, shares(LOG_PROBS, 1.1 * temperature)) > BOUND


@pytest.mark.lengthy
def test_top_p_draws_only_the_most_probable_and_keeps_their_proportions() -> None:
    softmax = Softmax(Sampling(1.0, top_p=0.6, seed=11))
    counts = Counter(softmax.draw(LOG_PROBS) for _ in range(DRAWS))
    expected = np.array([0.0, 0.4, 0.0, 0.25, 0.0]) / 0.65
    assert set(counts) == {1, 3}
    assert chi_square(counts, expected) < BOUND


@pytest.mark.parametrize(
    "sampling", [Sampling(0.0), Sampling(1.0, top_p=0.0), Sampling(1e-9), Sampling(5e-324)]
)
def test_without_chance_the_most_probable_is_taken(sampling: Sampling) -> None:
    assert {Softmax(sampling).draw(LOG_PROBS) for _ in range(50)} == {1}


def test_what_is_impossible_is_never_drawn() -> None:
    log_probs = np.array([-np.inf, -1.0, -np.inf, -80.0, -np.inf], np.float32)
    softmax = Softmax(Sampling(2.0, seed=5))
    assert {softmax.draw(log_probs) for _ in range(2000)} == {1}


def test_a_seed_gives_its_draws_and_each_text_has_its_own() -> None:
    def draws(seed: int, stream: int) -> list[int]:
        softmax = Softmax(Sampling(seed=seed), stream)
        return [softmax.draw(LOG_PROBS) for _ in range(60)]

    assert draws(3, 0) == draws(3, 0)
    assert len({tuple(draws(seed, stream)) for seed in (3, 4) for stream in (0, 1)}) == 4
