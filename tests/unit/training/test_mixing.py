"""The weight of a mailbox is decided by mail that was not trained on."""

from dataclasses import replace

import numpy as np
import pytest

from inkling.models.bundle.bundle import Bundle, load_bundle
from inkling.models.networks.config import TrainingConfig
from inkling.models.training.preparation.documents import Document
from inkling.models.training.tuning.mixing import averaged, choose_mixing
from inkling.models.training.tuning.tuning import tuning_config
from tests.materials.bundles import make_bundle


@pytest.fixture(scope="module")
def start(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(make_bundle(tmp_path_factory.mktemp("mixing") / "start", phrases=True))


def document(bundle: Bundle, text: str, author: int = 0) -> Document:
    nothing = np.zeros(0, np.uint16)
    body = np.array(bundle.tokenizer.encode(text), np.uint16)
    return Document(nothing, nothing, nothing, body, len(text.split()), author)


def test_an_average_lies_on_the_line(start: Bundle) -> None:
    after = {name: weight + 1 for name, weight in start.weights.items()}
    for share in (0.0, 0.25, 1.0):
        found = averaged(start.weights, after, share)
        assert all(np.allclose(found[name], weight + share) for name, weight in start.weights.items())


def test_what_comes_again_counts_and_what_ruins_the_model_does_not(start: Bundle) -> None:
    own = [document(start, "Please water the beehives on Sunday morning.") for _ in range(8)]
    sure_of_one_token = start.weights["output_bias"].copy()
    sure_of_one_token[7] = 400.0
    ruined = {**start.weights, "output_bias": sure_of_one_token}
    mixing = choose_mixing(start, ruined, own, own[:2], least_authors=1)
    assert mixing.share == 0.0
    assert mixing.factor == 0.5
    # A phrase that no two people wrote is not remembered, so nothing is left to count.
    assert choose_mixing(start, ruined, own, own[:2], least_authors=2).factor is None


def test_phrases_that_mislead_do_not_count(start: Bundle) -> None:
    own = [document(start, f"Please water the {word}.") for word in ("beehives", "garden", "flowers")] * 9
    other = [document(start, "Please water it.")]
    taught = choose_mixing(start, start.weights, own, own, least_authors=1)
    misled = choose_mixing(start, start.weights, own, [replace(other[0], author=1)], least_authors=1)
    assert taught.factor == 0.5
    assert misled.factor != 0.5


@pytest.mark.parametrize("tokens", [1, 900, 8_000, 30_000, 210_000, 1_500_000])
def test_a_larger_mailbox_is_read_longer_but_fewer_times(tokens: int) -> None:
    config, larger = (tuning_config(TrainingConfig(), many) for many in (tokens, 10 * tokens))
    assert config.epochs >= larger.epochs
    assert config.epochs * tokens < larger.epochs * 10 * tokens
    assert config.dev_interval >= 1


def test_what_is_given_holds() -> None:
    given = TrainingConfig(epochs=9, learning_rate=0.5, batch_size=3)
    config = tuning_config(given, 30_000)
    assert (config.epochs, config.learning_rate, config.batch_size) == (9, 0.5, 3)
