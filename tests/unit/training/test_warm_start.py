"""A run that begins with an earlier bundle's weights."""

import numpy as np
import pytest
import torch

from inkling.models.bundle.bundle import Bundle, load_bundle
from inkling.models.networks.config import ConfigError, ModelConfig, NetworkConfig
from inkling.models.networks.recurrent import RecurrentLanguageModel
from inkling.models.text.masking import NO_NAMES
from inkling.models.text.tokenizer import Tokenizer, training_segments
from inkling.models.training.warm_start import starts_from, warm_start
from tests.materials.bundles import make_bundle
from tests.materials.letters import letters


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Bundle:
    return load_bundle(make_bundle(tmp_path_factory.mktemp("bundles") / "tiny"))


def recurrent(config: NetworkConfig) -> RecurrentLanguageModel:
    assert isinstance(config, ModelConfig)
    return RecurrentLanguageModel(config)


def test_tokens_are_matched_by_name(bundle: Bundle) -> None:
    segments = [s for text in letters(30, seed=5) for s in training_segments(text, bundle.masker, NO_NAMES)]
    tokenizer = Tokenizer.train([*segments, *[" zebra", " quaint"] * 50], vocabulary_size=430)
    config = starts_from(ModelConfig(vocabulary_size=tokenizer.vocabulary_size, dropout=0.3), bundle)
    assert (config.dropout, config.width) == (0.3, bundle.manifest.model.width)
    model = recurrent(config)
    before = model.embedding.weight.detach().clone()
    known = warm_start(model, tokenizer, bundle)
    assert tokenizer.vocabulary_size * 0.8 < known < tokenizer.vocabulary_size
    theirs = {bundle.tokenizer.piece(n): n for n in range(bundle.tokenizer.vocabulary_size)}
    for number in range(tokenizer.vocabulary_size):
        place = theirs.get(tokenizer.piece(number))
        ours = model.embedding.weight[number].detach()
        wanted = before[number].numpy() if place is None else bundle.weights["embedding.weight"][place]
        np.testing.assert_array_equal(ours.numpy(), wanted)
    np.testing.assert_array_equal(
        model.cells[0].weight_hidden.detach().numpy(),  # type: ignore[operator]
        bundle.weights["cells.0.weight_hidden"],
    )


def test_the_same_tokens_give_the_same_model(bundle: Bundle) -> None:
    torch.manual_seed(99)
    model = recurrent(bundle.manifest.model)
    assert warm_start(model, bundle.tokenizer, bundle) == bundle.tokenizer.vocabulary_size
    for name, weight in model.arrays().items():
        np.testing.assert_array_equal(weight, bundle.weights[name])


def test_other_sizes_are_refused(bundle: Bundle) -> None:
    config = bundle.manifest.model.model_copy(update={"hidden_size": 40})
    with pytest.raises(ConfigError, match="hidden_size: is 40"):
        warm_start(recurrent(config), bundle.tokenizer, bundle)
