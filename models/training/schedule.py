"""The learning rate: linear warm-up, then a cosine (Loshchilov & Hutter, 2017)."""

import math

from models.config import TrainingConfig


def learning_rate(config: TrainingConfig, step: int, steps: int) -> float:
    """Rate of `step` (from 0) in a run of `steps`; falls to `final_rate_share` of the peak."""
    warmup = min(config.warmup_steps, max(steps - 1, 0))
    if step < warmup:
        return config.learning_rate * (step + 1) / warmup
    progress = min((step - warmup) / max(steps - warmup, 1), 1.0)
    share = config.final_rate_share
    return config.learning_rate * (share + (1 - share) * 0.5 * (1 + math.cos(math.pi * progress)))
