"""The optimizer of trainings that need no checkpoints."""

import torch
from torch import nn

from inkling.models.caches import passing_cache


def new_optimizer(model: nn.Module, rate: float) -> torch.optim.Optimizer:
    """AdamW without weight decay, at a constant learning rate."""
    # The first optimizer imports the compiler, which makes a folder for its cache; nothing is compiled.
    with passing_cache("TORCHINDUCTOR_CACHE_DIR"):
        return torch.optim.AdamW(model.parameters(), lr=rate, betas=(0.9, 0.99), weight_decay=0.0, fused=True)
