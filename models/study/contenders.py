"""The kinds of models that are compared, in sizes of equally many parameters."""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch

from inkling.models.networks.config import CellKind, ModelConfig, NetworkConfig, TransformerConfig
from inkling.models.networks.language_model import LanguageModel, make_language_model
from inkling.models.networks.shapes import parameter_shapes
from inkling.models.networks.transformer import TransformerLanguageModel
from inkling.models.runtime.torch import TorchRuntime
from inkling.models.runtime.transformer_step import TransformerRuntime
from inkling.models.step import StepModel

TRANSFORMER = "transformer"
TOLERANCE = 0.02
"""The share by which the parameters of contenders may differ."""

_LARGEST = 8192


@dataclass(frozen=True)
class Contender:
    """A kind of model under its name, with its sizes."""

    name: str
    config: NetworkConfig

    def build(self, seed: int, device: torch.device) -> LanguageModel:
        """A new model with the weights that this seed draws."""
        torch.manual_seed(seed)
        return make_language_model(self.config).to(device)

    @cached_property
    def parameters(self) -> int:
        """Numbers that training changes. The softmax shares the embedding's."""
        return sum(math.prod(shape) for shape in parameter_shapes(self.config).values())

    def as_json(self) -> dict[str, Any]:
        """All that makes it this contender."""
        return {"name": self.name, "config": self.config.model_dump(mode="json")}


def step_model(model: LanguageModel, device: torch.device) -> StepModel:
    """A model read one token at a time, as it is served."""
    if isinstance(model, TransformerLanguageModel):
        return TransformerRuntime(model, device)
    return TorchRuntime(model, device)


@dataclass(frozen=True, slots=True)
class Sizes:
    """What all contenders share: the embedding's size and, where nothing else is said, the layers.

    The Transformer's sizes are given (`blocks` layers of `heads` heads that see `memory` tokens). The others
    get the hidden size that gives them as many parameters.
    """

    embedding: int
    layers: int
    blocks: int
    heads: int
    memory: int

    def transformer(self, vocabulary: int) -> Contender:
        """The Transformer of these sizes."""
        config = TransformerConfig(
            vocabulary_size=vocabulary,
            embedding_size=self.embedding,
            layers=self.blocks,
            heads=self.heads,
            memory=self.memory,
            dropout=0.0,
        )
        return Contender(TRANSFORMER, config)

    def recurrent(self, cell: CellKind, vocabulary: int) -> Contender:
        """The cell with as many parameters as the Transformer."""
        config = ModelConfig(
            cell=cell,
            vocabulary_size=vocabulary,
            embedding_size=self.embedding,
            layers=self.layers,
            dropout=0.0,
        )
        return fitted(cell.value, config, self.transformer(vocabulary).parameters)

    def contenders(self, vocabulary: int) -> list[Contender]:
        """Every kind, the vanilla cells first."""
        cells = [self.recurrent(cell, vocabulary) for cell in CellKind]
        return [*cells, self.transformer(vocabulary)]


def fitted(name: str, config: ModelConfig, parameters: int) -> Contender:
    """The contender with the hidden size that comes nearest to so many parameters.

    Raises ValueError where none comes within 2%.
    """

    def sized(hidden: int) -> Contender:
        return Contender(name, config.model_copy(update={"hidden_size": hidden}))

    return sized(fitting(name, parameters, lambda hidden: sized(hidden).parameters))


def fitting(name: str, parameters: int, count: Callable[[int], int]) -> int:
    """The hidden size whose `count` of parameters, which grows with it, comes nearest to so many.

    Raises ValueError, naming the model, where none comes within 2%.
    """
    low, high = 1, _LARGEST
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if count(middle) >= parameters else (middle + 1, high)
    found = min((max(low - 1, 1), low), key=lambda hidden: abs(count(hidden) - parameters))
    if abs(count(found) - parameters) > TOLERANCE * parameters:
        raise ValueError(f"no hidden size gives {name} about {parameters:,} parameters")
    return found
