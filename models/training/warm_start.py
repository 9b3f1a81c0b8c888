"""Starts a run from an earlier bundle, whose tokens may differ."""

from typing import Any

import torch

from inkling.models.bundle.bundle import Bundle
from inkling.models.networks.config import ConfigError, NetworkConfig
from inkling.models.networks.language_model import LanguageModel
from inkling.models.text.tokenizer import Tokenizer

_BY_TOKEN = ("embedding.weight", "output_bias")
_FREE = {"vocabulary_size", "dropout"}
"""Settings in which a model may differ from the bundle that it starts from."""


def warm_start(model: LanguageModel, tokenizer: Tokenizer, bundle: Bundle) -> int:
    """Give `model` the bundle's weights; returns how many of its tokens the bundle knew.

    Tokens are matched by name. A new token keeps its random start. Raises ConfigError where the sizes
    differ.
    """
    sizes = _sizes(bundle.manifest.model)
    for field, own in _sizes(model.config).items():
        if own != sizes.get(field):
            raise ConfigError(f"{field}: is {own}, the bundle to start from has {sizes.get(field)}")
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


def starts_from(config: NetworkConfig, bundle: Bundle) -> NetworkConfig:
    """`config` with the sizes of the bundle to start from; raises ConfigError where it names others."""
    sizes = _sizes(bundle.manifest.model)
    if config.model_fields_set & {"kind", "cell"} and config.made_of != bundle.manifest.model.made_of:
        raise _differs("cell", config.made_of, bundle.manifest.model.made_of)
    for field, own in _sizes(config).items():
        if field in config.model_fields_set and own != sizes.get(field):
            raise _differs(field, own, sizes.get(field, "none"))
    return bundle.manifest.model.model_copy(update={field: getattr(config, field) for field in _FREE})


def _differs(field: str, own: object, theirs: object) -> ConfigError:
    return ConfigError(f"{field}: {own} was given, and the bundle to start from has {theirs}; leave it out")


def _sizes(config: NetworkConfig) -> dict[str, Any]:
    return config.model_dump(mode="json", exclude=_FREE)
