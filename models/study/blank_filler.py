"""A model that fills a blanked token of a finished text from one side of it, or from both."""

from enum import StrEnum

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from inkling.models.networks.cell import Cell
from inkling.models.networks.cells import make_cell
from inkling.models.networks.config import CellKind


class Side(StrEnum):
    """What of a text is read."""

    LEFT = "left side"
    RIGHT = "right side"
    BOTH = "both sides"


class BlankFiller(nn.Module):
    """A GRU from each end of the text that is read, and a softmax tied to the embedding.

    One pass blanks each token in turn: the GRU from the left has not read a token when it is predicted, and
    neither has the one from the right (as in Peters et al., "Deep contextualized word representations",
    2018). It is not served: who writes has nothing to the right of the caret.
    """

    def __init__(self, side: Side, vocabulary: int, embedding: int, hidden: int) -> None:
        super().__init__()
        self.side = side
        self.embedding = nn.Embedding(vocabulary, embedding)
        nn.init.normal_(self.embedding.weight, std=embedding**-0.5)
        ends = 2 if side is Side.BOTH else 1
        self.cells = nn.ModuleList(make_cell(CellKind.GRU, embedding, hidden) for _ in range(ends))
        self.projection = nn.Linear(ends * hidden, embedding)
        self.output_bias = nn.Parameter(torch.zeros(vocabulary))

    def features(self, tokens: Tensor) -> Tensor:
        """The softmax's input (T, B, E) for each of `tokens` (T, B), each from what is read besides it."""
        hidden = self.embedding(tokens)
        read = []
        cells = [cell for cell in self.cells if isinstance(cell, Cell)]
        if self.side is not Side.RIGHT:
            read.append(_before(cells[0], hidden))
        if self.side is not Side.LEFT:
            read.append(_before(cells[-1], hidden.flip(0)).flip(0))
        features: Tensor = self.projection(torch.cat(read, -1))
        return features

    def logits(self, features: Tensor) -> Tensor:
        """Unnormalised log-probabilities (..., V) of the blanked token from features (..., E)."""
        return F.linear(features, self.embedding.weight, self.output_bias)


def _before(cell: Cell, hidden: Tensor) -> Tensor:
    """The outputs (T, B, H) of a cell before each of `hidden` (T, B, E)."""
    start = hidden.new_zeros(hidden.shape[1], cell.state_size)
    outputs, _ = cell(hidden[:-1], start)
    return torch.cat((start[None], outputs))
