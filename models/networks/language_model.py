"""A language model of any kind, from its configuration."""

from collections.abc import Mapping

from inkling.models.networks.config import ModelConfig, NetworkConfig
from inkling.models.networks.parameters import filled
from inkling.models.networks.recurrent import RecurrentLanguageModel
from inkling.models.networks.transformer import TransformerLanguageModel
from inkling.models.step import Floats

LanguageModel = RecurrentLanguageModel | TransformerLanguageModel
"""What can be trained, bundled and served."""


def make_language_model(config: NetworkConfig) -> LanguageModel:
    """A new model, its parameters drawn at random."""
    if isinstance(config, ModelConfig):
        return RecurrentLanguageModel(config)
    return TransformerLanguageModel(config)


def restore_language_model(config: NetworkConfig, weights: Mapping[str, Floats]) -> LanguageModel:
    """A model with these parameters, whose names and shapes must be its own, in evaluation mode."""
    return filled(lambda: make_language_model(config), weights)
