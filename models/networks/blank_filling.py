"""Fills a blank in a finished message: what reading from both sides is good for.

A model that reads both sides knows the words behind the blank. It is not served: behind a caret there is
nothing yet that it could read. It is here to be compared with a model of one side, on a task where both sides
are there.
"""

from itertools import pairwise

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inkling.models.networks.cell import Cell
from inkling.models.networks.cells import make_cell
from inkling.models.networks.config import ModelConfig


class BlankFillingModel(nn.Module):
    """Predicts each token of a text from the tokens on one side of it, or on both.

    A stack of cells reads forwards, and with `both_sides` another one backwards (Schuster & Paliwal, 1997). A
    token's distribution comes from the forward state before it and the backward state behind it, so no token
    sees itself, and one reading fills every place of a text in turn. For the same reason the two stacks do
    not mix (Peters et al., 2018): a second layer over both sides would hold the token that it should predict.

    The sizes are those of `ModelConfig`, for each direction. The softmax is tied to the embedding.
    """

    def __init__(self, config: ModelConfig, *, both_sides: bool) -> None:
        super().__init__()
        self.config, self.both_sides = config, both_sides
        self.embedding = nn.Embedding(config.vocabulary_size, config.embedding_size)
        nn.init.normal_(self.embedding.weight, std=config.embedding_size**-0.5)
        sizes = [config.embedding_size] + [config.hidden_size] * config.layers
        self.stacks = nn.ModuleList(
            nn.ModuleList(make_cell(config.cell, *pair) for pair in pairwise(sizes))
            for _ in range(1 + both_sides)
        )
        self.projection = nn.Linear((1 + both_sides) * config.hidden_size, config.embedding_size)
        self.output_bias = nn.Parameter(torch.zeros(config.vocabulary_size))
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, tokens: Tensor, lengths: Tensor | None = None) -> Tensor:
        """Log-probabilities (T, B, V) of each of `tokens` (T, B), given those on the sides that are read.

        `lengths` (B,) are those of the texts, the rest is padding that no text's own places see; None means
        that all are T long.
        """
        embedded = self.dropout(self.embedding(tokens))
        outputs = [self._before(embedded, 0)]
        if self.both_sides:
            places = torch.arange(len(tokens), device=tokens.device)[:, None]
            ends = torch.full_like(places[:1], len(tokens)) if lengths is None else lengths
            turned = torch.where(places < ends, ends - 1 - places, places)
            backwards = self._before(_reordered(embedded, turned), 1)
            outputs.append(_reordered(backwards, turned))
        features = self.projection(self.dropout(torch.cat(outputs, 2)))
        logits = F.linear(features, self.embedding.weight, self.output_bias)
        return F.log_softmax(logits.float(), -1)

    def _before(self, hidden: Tensor, stack: int) -> Tensor:
        """What a stack knows before it reads each place (T, B, H): zeros at the first."""
        cells = self.stacks[stack]
        assert isinstance(cells, nn.ModuleList)
        for index, cell in enumerate(cells):
            assert isinstance(cell, Cell)
            below = hidden
            hidden, _ = cell(below, below.new_zeros(below.shape[1], cell.state_size))
            hidden = self.dropout(hidden)
            if self.config.residual and index:
                hidden = hidden + below
        return torch.cat((torch.zeros_like(hidden[:1]), hidden[:-1]))


def _reordered(values: Tensor, places: Tensor) -> Tensor:
    """Values (T, B, N) taken at other `places` (T, B) or (T, 1) of the same column."""
    return values.gather(0, places[..., None].expand_as(values))
