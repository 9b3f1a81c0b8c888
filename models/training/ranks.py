"""Several processes that train one model, as torchrun starts them: each reads its share of the lanes."""

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta

import torch
from torch import Tensor, distributed, nn
from torch.nn.parallel import DistributedDataParallel

from inkling.models.networks.config import ConfigError

_PATIENCE = timedelta(days=1)
"""The others wait so long while the first prepares the mail or measures held-out mail."""


@dataclass(frozen=True, slots=True)
class Ranks:
    """This process's number from 0, and how many there are. The first one writes the files.

    Every method with an answer of all processes must be called by all of them, in the same order.
    """

    number: int = 0
    count: int = 1

    @property
    def leads(self) -> bool:
        """Whether this is the process that writes files and tells of progress."""
        return self.number == 0

    def share(self, lanes: int) -> slice:
        """The lanes of this process; raises ConfigError where `lanes` cannot be shared equally."""
        if lanes % self.count:
            raise ConfigError(
                f"a batch_size of {lanes} cannot be shared by {self.count} processes: give a multiple"
            )
        each = lanes // self.count
        return slice(self.number * each, (self.number + 1) * each)

    def parallel(self, module: nn.Module) -> nn.Module:
        """The module, so that a backward pass gives every process the mean of all gradients."""
        return module if self.count == 1 else DistributedDataParallel(module, broadcast_buffers=False)

    def total(self, values: Sequence[float], device: torch.device) -> list[float]:
        """The sum of each value over all processes."""
        if self.count == 1:
            return list(values)
        summed = torch.tensor(values, dtype=torch.float64, device=device)
        distributed.all_reduce(summed)
        return summed.tolist()

    def gather(self, rows: Tensor) -> Tensor:
        """The rows (R, S) of all processes, in their order: (count * R, S)."""
        if self.count == 1:
            return rows
        parts = [torch.empty_like(rows) for _ in range(self.count)]
        distributed.all_gather(parts, rows.contiguous())
        return torch.cat(parts)

    def wait(self) -> None:
        """Return when all processes are here. Raises ConfigError where one has ended."""
        if self.count > 1:
            try:
                distributed.barrier()
            except RuntimeError:
                raise ConfigError("another process of this training has ended; it said why") from None


ALONE = Ranks()
"""One process, which is all there are."""


@contextmanager
def joined_ranks(device: torch.device) -> Iterator[Ranks]:
    """The processes that torchrun has started, or this one alone; they part at the end.

    They talk through gloo on a CPU, and through NCCL where each has a CUDA device.
    """
    if int(os.environ.get("WORLD_SIZE", "1")) < 2:
        yield ALONE
        return
    if device.type == "cuda":
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]))
    distributed.init_process_group("nccl" if device.type == "cuda" else "gloo", timeout=_PATIENCE)
    try:
        yield Ranks(distributed.get_rank(), distributed.get_world_size())
    finally:
        distributed.destroy_process_group()
