"""Weights in seven bits, a scale for each output channel."""

import numpy as np
from numpy.typing import NDArray

from models.step import Floats

LEVELS = 63
"""Steps on either side of zero.

One bit less than fits: without instructions for dot products of bytes, x86 adds pairs of products in 16
bits, which would saturate (VPMADDUBSW in Intel's manual); 2 x 255 x 63 does not. So sums are exact and
answers the same on every processor, and no perplexity was lost by it.
"""


def quantize(weight: Floats) -> tuple[NDArray[np.int8], Floats]:
    """A weight (outputs, inputs) as integers, transposed to (inputs, outputs), and scales (outputs,).

    Symmetric, so that `integers * scales` is the weight within half a step of its channel.
    """
    scales = np.abs(weight).max(1).astype(np.float32) / np.float32(LEVELS)
    scales[scales == 0] = 1.0
    integers = np.rint(weight / scales[:, None]).astype(np.int8)
    return np.ascontiguousarray(integers.T), scales
