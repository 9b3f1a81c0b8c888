"""A language model of any kind, from its configuration."""

from collections.abc import Mapping

from torch import Tensor

from inkling.models.networks.config import ModelConfig, NetworkConfig
from inkling.models.networks.context_encoder import Contexts
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


def encodes_contexts(model: LanguageModel) -> bool:
    """Whether the model has an encoder for contexts, which are then no part of the sequence that it reads."""
    return isinstance(model, RecurrentLanguageModel) and model.context is not None


def read_sequence(
    model: LanguageModel, tokens: Tensor, state: Tensor, contexts: Contexts | None
) -> tuple[Tensor, Tensor]:
    """`features` of a model of any kind; `contexts` only where it encodes them."""
    if isinstance(model, RecurrentLanguageModel):
        return model.features(tokens, state, contexts)
    return model.features(tokens, state)
