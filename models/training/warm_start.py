"""Starts a run from an earlier bundle, whose tokens may differ."""

import torch

from inkling.models.bundle.bundle import Bundle
from inkling.models.networks.config import ConfigError, ModelConfig
from inkling.models.networks.recurrent import RecurrentLanguageModel
from inkling.models.text.tokenizer import Tokenizer

_BY_TOKEN = ("embedding.weight", "output_bias")
_SIZES = ("cell", "embedding_size", "hidden_size", "layers", "residual")


def warm_start(model: RecurrentLanguageModel, tokenizer: Tokenizer, bundle: Bundle) -> int:
    """Give `model` the bundle's weights; returns how many of its tokens the bundle knew.

    Tokens are matched by name. A new token keeps its random start. Raises ConfigError where the sizes
    differ.
    """
    for field in _SIZES:
        own, theirs = (getattr(config, field) for config in (model.config, bundle.manifest.model))
        if own != theirs:
            raise ConfigError(f"{field}: is {own}, the bundle to start from has {theirs}")
    places = {bundle.tokenizer.piece(number): number for number in range(bundle.tokenizer.vocabulary_size)}
    matched = [
        (number, places[name])
        for number in range(tokenizer.vocabulary_size)
        if (name := tokenizer.piece(number)) in places
    ]
    ours, theirs = (torch.tensor(numbers) for numbers in zip(*matched, strict=True))
    state = model.state_dict()
    with torch.no_grad():
        for name, weight in bundle.weights.items():
            found = torch.from_numpy(weight).to(state[name].device)
            if name in _BY_TOKEN:
                state[name][ours] = found[theirs]
            else:
                state[name].copy_(found)
    return len(matched)


def starts_from(config: ModelConfig, bundle: Bundle) -> ModelConfig:
    """`config` with the sizes of the bundle to start from; raises ConfigError where it names others."""
    for field in _SIZES:
        own, theirs = (getattr(one, field) for one in (config, bundle.manifest.model))
        if field in config.model_fields_set and own != theirs:
            raise ConfigError(
                f"{field}: {own} was given, and the bundle to start from has {theirs}; leave it out"
            )
    return config.model_copy(update={field: getattr(bundle.manifest.model, field) for field in _SIZES})
