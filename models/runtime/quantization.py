"""Weights in eight bits, a scale for each output channel."""

import numpy as np
from numpy.typing import NDArray

from models.runtime.step import Floats

LEVELS = 127
"""Steps on either side of zero."""


def quantize(weight: Floats) -> tuple[NDArray[np.int8], Floats]:
    """A weight (outputs, inputs) as integers, transposed to (inputs, outputs), and scales (outputs,).

    Symmetric, so that `integers * scales` is the weight within half a step of its channel.
    """
    scales = np.abs(weight).max(1).astype(np.float32) / np.float32(LEVELS)
    scales[scales == 0] = 1.0
    integers = np.rint(weight / scales[:, None]).astype(np.int8)
    return np.ascontiguousarray(integers.T), scales
