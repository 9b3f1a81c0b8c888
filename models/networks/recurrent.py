"""The stacked recurrent language model."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inkling.models.networks.cell import Cell
from inkling.models.networks.cells import make_cell
from inkling.models.networks.config import ContextKind, ModelConfig
from inkling.models.networks.context_encoder import ContextEncoder, Contexts
from inkling.models.networks.parameters import arrays_of, filled
from inkling.models.step import Floats


class RecurrentLanguageModel(nn.Module):
    """Embedding, a stack of cells, a projection and a softmax tied to the embedding.

    Tying follows Press & Wolf (2017). A state is a tensor (B, state_size): the states of the layers,
    side by side. With `residual` each layer but the first adds what it reads to what it passes on, but not
    to its state. The first is left out because the state alone must tell the distribution, and it does not
    hold the last token's embedding. The contract is (tokens, state) -> (log-probabilities, state); here for
    sequences, in `inkling.models.runtime` for one step.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.config = config
        self.embedding = nn.Embedding(config.vocabulary_size, config.embedding_size)
        nn.init.normal_(self.embedding.weight, std=config.embedding_size**-0.5)
        sizes = [config.embedding_size] + [config.hidden_size] * config.layers
        self.cells = nn.ModuleList(
            make_cell(config.cell, sizes[i], sizes[i + 1]) for i in range(config.layers)
        )
        self.projection = nn.Linear(config.hidden_size, config.embedding_size)
        self.output_bias = nn.Parameter(torch.zeros(config.vocabulary_size))
        self.dropout = nn.Dropout(config.dropout)
        self.context = (
            None
            if config.context_encoder is ContextKind.LEADING
            else ContextEncoder(config.context_encoder, config.embedding_size)
        )

    @property
    def layers(self) -> list[Cell]:
        """The cells, first layer first."""
        return [cell for cell in self.cells if isinstance(cell, Cell)]

    @property
    def state_size(self) -> int:
        """Numbers in one row of state."""
        return sum(cell.state_size for cell in self.layers)

    def initial_state(self, rows: int) -> Tensor:
        """The state before anything is read: zeros (rows, state_size)."""
        return self.output_bias.new_zeros(rows, self.state_size)

    def context_vectors(self, contexts: Contexts) -> Tensor:
        """What an encoder of its own makes of N contexts: (N, E)."""
        assert self.context is not None
        vectors: Tensor = self.context(self.dropout(self.embedding(contexts.tokens)), contexts.lengths)
        return vectors

    def features(
        self, tokens: Tensor, state: Tensor, contexts: Contexts | None = None
    ) -> tuple[Tensor, Tensor]:
        """Read `tokens` (T, B); returns the softmax's input (T, B, E) and the state after (B, S).

        `contexts` are for a model that encodes them. Without them there is no context.
        """
        embedded = self.embedding(tokens)
        if contexts is not None:
            embedded = embedded + self.context_vectors(contexts)[contexts.places]
        hidden = self.dropout(embedded)
        parts = torch.split(state, [cell.state_size for cell in self.layers], 1)
        after: list[Tensor] = []
        for cell, part in zip(self.layers, parts, strict=True):
            below = hidden
            hidden, last = cell(below, part)
            hidden = self.dropout(hidden)
            if self.config.residual and after:
                hidden = hidden + below
            after.append(last)
        return self.projection(hidden), torch.cat(after, 1)

    def logits(self, features: Tensor) -> Tensor:
        """Unnormalised log-probabilities (..., V) of the next token from features (..., E)."""
        return F.linear(features, self.embedding.weight, self.output_bias)

    def forward(self, tokens: Tensor, state: Tensor) -> tuple[Tensor, Tensor]:
        """Log-probabilities (T, B, V) of the token after each of `tokens` (T, B), and the state after."""
        features, state = self.features(tokens, state)
        return F.log_softmax(self.logits(features).float(), -1), state

    def arrays(self) -> dict[str, Floats]:
        """The parameters in float32, by name; copies."""
        return arrays_of(self)


def restore(config: ModelConfig, weights: Mapping[str, Floats]) -> RecurrentLanguageModel:
    """A model with these parameters, whose names and shapes must be its own, in evaluation mode."""
    return filled(lambda: RecurrentLanguageModel(config), weights)
