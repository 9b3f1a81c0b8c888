"""The encoder of what is known besides the prefix: subject, previous message, local time."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from models.cells import GRUCell
from models.config import ModelConfig
from models.sequence import DAYS, HOURS

PARTS = ("subject", "previous")
Run = Sequence[int] | NDArray[np.integer]


class Context(Protocol):
    """What is read of one draft's context: `models.runtime.step.Reading`, or a training document."""

    @property
    def subject(self) -> Run:
        """Pieces, empty for none."""

    @property
    def previous(self) -> Run:
        """Pieces, empty for none."""

    @property
    def hour(self) -> int:
        """See `models.sequence.encode_moment`."""

    @property
    def day(self) -> int:
        """See `models.sequence.encode_moment`."""


@dataclass(frozen=True, slots=True)
class ContextPart:
    """One part of the contexts of some drafts, for those that have it.

    `pieces` (T, R) padded with anything after `lengths` (R,), which are at least 1; row r is of draft
    `owners[r]`.
    """

    pieces: Tensor
    lengths: Tensor
    owners: Tensor


@dataclass(frozen=True, slots=True)
class ContextBatch:
    """The contexts of D drafts: their `PARTS` in order, `hours` (D,) and `days` (D,), -1 if not known."""

    parts: tuple[ContextPart, ...]
    hours: Tensor
    days: Tensor


class ContextEncoder(nn.Module):
    """Each part through one bidirectional GRU, pooled by attention, and the parts added up.

    The weights of the pooling are a softmax over the pieces (self-attention with one query: Lin et
    al., 2017). A part that is missing adds nothing, so a draft without context has a vector of zeros.
    """

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        size, hidden = config.embedding_size, config.encoder_size
        self.forwards = GRUCell(size, hidden)
        self.backwards = GRUCell(size, hidden)
        self.attention = nn.Linear(2 * hidden, 1, bias=False)
        self.parts = nn.ModuleList(nn.Linear(2 * hidden, size, bias=False) for _ in PARTS)
        self.hours = nn.Embedding(HOURS, size)
        self.days = nn.Embedding(DAYS, size)
        for table in (self.hours, self.days):
            nn.init.normal_(table.weight, std=0.01)
        self.dropout = nn.Dropout(config.dropout)

    def forward(self, embedding: nn.Embedding, batch: ContextBatch) -> Tensor:
        """The vectors (D, E) of contexts."""
        found = torch.zeros(len(batch.hours), self.hours.embedding_dim, device=batch.hours.device)
        for part, project in zip(batch.parts, self.parts, strict=True):
            if len(part.owners):
                pooled = project(self._pooled(embedding, part))
                found = found.index_add(0, part.owners, pooled.float())
        for table, values in ((self.hours, batch.hours), (self.days, batch.days)):
            known = (values >= 0)[:, None]
            found = found + table(values.clamp(min=0)) * known
        return found

    def _pooled(self, embedding: nn.Embedding, part: ContextPart) -> Tensor:
        """The pooled outputs (R, 2H) of both directions."""
        inputs = self.dropout(embedding(part.pieces))
        length, rows = part.pieces.shape
        steps = torch.arange(length, device=part.pieces.device)[:, None]
        reverse = (part.lengths - 1 - steps).clamp(min=0)
        start = inputs.new_zeros(rows, self.forwards.hidden_size)
        ahead, _ = self.forwards(inputs, start)
        back, _ = self.backwards(_reordered(inputs, reverse), start)
        outputs = torch.cat((ahead, _reordered(back, reverse)), 2)
        scores = self.attention(outputs).float()
        scores = scores.masked_fill((steps >= part.lengths)[:, :, None], -torch.inf)
        pooled: Tensor = (outputs * scores.softmax(0)).sum(0)
        return pooled


def _reordered(values: Tensor, order: Tensor) -> Tensor:
    """Values (T, R, N) with the steps of each row in another order (T, R)."""
    return values.gather(0, order[:, :, None].expand(-1, -1, values.shape[2]))


def context_batch(
    readings: Sequence[Context], kept: NDArray[np.bool_] | None = None, device: torch.device | None = None
) -> ContextBatch:
    """The contexts of `readings` as the encoder takes them.

    `kept` (D, 3) says which of subject, previous message and time to read; None means all.
    """
    if kept is None:
        kept = np.ones((len(readings), 3), np.bool_)
    timed = [
        (one.hour, one.day) if keep else (-1, -1) for one, keep in zip(readings, kept[:, 2], strict=True)
    ]
    moments = torch.tensor(timed, dtype=torch.int64, device=device).reshape(-1, 2)
    parts = (
        _part([one.subject for one in readings], kept[:, 0], device),
        _part([one.previous for one in readings], kept[:, 1], device),
    )
    return ContextBatch(parts, moments[:, 0], moments[:, 1])


def _part(runs: Sequence[Run], kept: NDArray[np.bool_], device: torch.device | None) -> ContextPart:
    owners = [owner for owner, run in enumerate(runs) if len(run) and kept[owner]]
    lengths = [len(runs[owner]) for owner in owners]
    pieces = np.zeros((max(lengths, default=0), len(owners)), np.int64)
    for row, owner in enumerate(owners):
        pieces[: lengths[row], row] = runs[owner]
    numbers = torch.tensor([lengths, owners], dtype=torch.int64, device=device).reshape(2, -1)
    return ContextPart(torch.from_numpy(pieces).to(device), numbers[0], numbers[1])
