"""Models that are broken: the replay says what was not finite, and nothing else of the code is caught."""

import math

import pytest
import torch

from inkling.models.networks.config import CellKind
from inkling.models.study.experiment import DivergedError
from inkling.models.study.experiments.kinds_quality import typed_again
from inkling.models.study.workshop import Trained, Workshop, finite
from tests.materials.workshops import make_workshop


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return make_workshop(tmp_path_factory.mktemp("study"))


def broken(workshop: Workshop, factor: float) -> Trained:
    """An LSTM whose weights are all multiplied."""
    vocabulary = workshop.material.tokenizer.vocabulary_size
    model = workshop.plan.sizes.recurrent(CellKind.LSTM, vocabulary).build(0, workshop.device).eval()
    with torch.no_grad():
        for one in model.parameters():
            one.mul_(factor)
    return Trained(model, 0, 0.0)


@pytest.mark.parametrize(
    ("factor", "told"),
    [
        (math.nan, "diverged: the model's outputs are not finite"),
        (1e38, "diverged: the model's outputs are not finite"),
        # Finite outputs, so far apart that a share of the search overflows.
        (1e5, "diverged: the probability of a text in the search is not finite"),
    ],
)
def test_the_replay_of_a_broken_model_says_what_was_not_finite(
    workshop: Workshop, factor: float, told: str
) -> None:
    with pytest.raises(DivergedError, match=told):
        typed_again(workshop, broken(workshop, factor), "lstm", workshop.material.typed(6))


def test_a_model_that_works_is_replayed(workshop: Workshop) -> None:
    counts = typed_again(workshop, broken(workshop, 1.0), "lstm", workshop.material.typed(6))
    assert math.isfinite(counts.saved)


@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, math.exp(700.0)])
def test_a_perplexity_that_is_not_finite_or_was_cut_off_has_diverged(value: float) -> None:
    with pytest.raises(DivergedError, match="diverged: perplexity is not finite"):
        finite(value, "perplexity")


def test_a_large_perplexity_is_a_number() -> None:
    assert finite(1.4e11, "perplexity") == 1.4e11
