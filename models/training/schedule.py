"""The learning rate: linear warm-up, then a cosine (Loshchilov & Hutter, 2017).

Or warm-up, a constant rate, and a linear fall at the end (Hägele et al., 2024), so that the length of a
run can be decided while it runs.
"""

import math

from inkling.models.networks.config import TrainingConfig


def learning_rate(config: TrainingConfig, step: int, steps: int) -> float:
    """Rate of `step` (from 0) in a run of `steps`; falls to `final_rate_share` of the peak.

    Along a cosine from the warm-up on, or linearly in the last `decay_share` of the steps where it is set.
    """
    warmup = min(config.warmup_steps, max(steps - 1, 0))
    if step < warmup:
        return config.learning_rate * (step + 1) / warmup
    share = config.final_rate_share
    if config.decay_share is not None:
        left = max(steps - step, 0) / max(config.decay_share * steps, 1)
        return config.learning_rate * (share + (1 - share) * min(left, 1.0))
    progress = min((step - warmup) / max(steps - warmup, 1), 1.0)
    return config.learning_rate * (share + (1 - share) * 0.5 * (1 + math.cos(math.pi * progress)))
