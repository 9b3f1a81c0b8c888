"""Encoders that read a draft's context into one vector, which is added to every input of the model.

The usual way is another one: the model reads the context's tokens before the draft's. It has learned more in
every measurement (docs/experiments.md), so these are for comparison.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from inkling.models.networks.cells import make_cell
from inkling.models.networks.config import CellKind, ContextKind


class Contexts(NamedTuple):
    """Contexts and the places where they hold.

    `tokens` (C, N) are those of N contexts, padded, `lengths` (N,) how many each has, and `places` (T, B)
    tells which context holds at each place of a batch.
    """

    tokens: Tensor
    lengths: Tensor
    places: Tensor

    @classmethod
    def batch(
        cls, contexts: Sequence[Sequence[int] | NDArray[np.uint16]], places: Tensor, device: torch.device
    ) -> "Contexts":
        """From the tokens of each context."""
        lengths = [len(one) for one in contexts]
        tokens = np.zeros((max(1, *lengths), len(contexts)), np.int64)
        for column, one in enumerate(contexts):
            tokens[: len(one), column] = one
        return cls(
            torch.from_numpy(tokens).to(device), torch.tensor(lengths, device=device), places.to(device)
        )


class ContextEncoder(nn.Module):
    """Reads embedded contexts into vectors of the embeddings' size; no context is the zero vector."""

    def __init__(self, kind: ContextKind, size: int) -> None:
        super().__init__()
        readers = {ContextKind.AVERAGE: 0, ContextKind.GRU: 1, ContextKind.BIGRU: 2}[kind]
        self.cells = nn.ModuleList(make_cell(CellKind.GRU, size, size) for _ in range(readers))
        # Without a bias, so that a draft without context is one to which nothing is added.
        self.projection = nn.Linear(max(readers, 1) * size, size, bias=False)

    def forward(self, embedded: Tensor, lengths: Tensor) -> Tensor:
        """Vectors (N, E) of contexts (C, N, E) of these lengths (N,)."""
        places = torch.arange(embedded.shape[0], device=embedded.device)[:, None]
        inside = (places < lengths)[..., None]
        if not len(self.cells):
            summed = (embedded * inside).sum(0)
            return self._projected([summed / lengths.clamp(min=1)[:, None]], lengths)
        # The backward reader gets each context turned round, its padding still at the end.
        turned = torch.where(places < lengths, lengths - 1 - places, places)[..., None].expand_as(embedded)
        readings = [embedded, embedded.gather(0, turned)]
        last = (lengths - 1).clamp(min=0)
        ends = []
        for cell, reading in zip(self.cells, readings, strict=False):
            start = torch.zeros_like(reading[0])
            outputs, _ = cell(reading, start)
            ends.append(outputs[last, torch.arange(len(lengths), device=last.device)])
        return self._projected(ends, lengths)

    def _projected(self, ends: list[Tensor], lengths: Tensor) -> Tensor:
        projected: Tensor = self.projection(torch.cat(ends, 1))
        return projected * (lengths > 0)[:, None]
