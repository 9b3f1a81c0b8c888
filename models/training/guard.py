"""Skips training steps that would ruin a model: gradients that explode or are not finite."""

import math
from dataclasses import dataclass


@dataclass(slots=True)
class GradientGuard:
    """Says which steps to skip, and counts them.

    A step is skipped when its loss or gradient norm is not finite, or when the norm exceeds
    `factor` times its running mean once `settled` steps have been seen.
    """

    factor: float
    settled: int = 100
    mean_norm: float = 0.0
    seen: int = 0
    skipped: int = 0

    def accepts(self, loss: float, norm: float) -> bool:
        """Whether to take the step; updates the running mean only when it is taken."""
        exploded = self.seen >= self.settled and norm > self.factor * self.mean_norm
        if not math.isfinite(loss) or not math.isfinite(norm) or exploded:
            self.skipped += 1
            return False
        self.seen += 1
        rate = max(0.02, 1 / self.seen)
        self.mean_norm += rate * (norm - self.mean_norm)
        return True
