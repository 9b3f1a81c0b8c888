"""Sums of probabilities that are kept as natural logarithms."""

import math

import numpy as np
from numpy.typing import NDArray

LOG_ZERO = -math.inf


def log(share: float) -> float:
    """ln of a share, -inf for none."""
    return math.log(share) if share > 0 else LOG_ZERO


def log_sum_of(values: NDArray[np.float32]) -> float:
    """ln of the sum of exponentials of an array (N,); -inf for none."""
    if not len(values):
        return LOG_ZERO
    top = float(values.max())
    return top if top == LOG_ZERO else top + math.log(np.exp(values - top).sum(dtype=np.float64))


def log_sum(*values: float) -> float:
    """ln of the sum of exponentials of at least one."""
    if len(values) == 1:
        return values[0]
    top = max(values)
    return top if top == LOG_ZERO else top + math.log(math.fsum(math.exp(value - top) for value in values))
