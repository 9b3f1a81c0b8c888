"""Weights in seven bits, a scale for each output channel."""

import numpy as np
from numpy.typing import NDArray

from inkling.models.step import Floats

LEVELS = 63
"""Steps on either side of zero.

That is one bit less than fits. An x86 processor without dot products of bytes adds pairs of products in 16
bits (VPMADDUBSW in Intel's manual). These would saturate; 2 x 255 x 63 does not. So sums are exact, and
answers are the same on every processor. It costs no perplexity.
"""


def quantize(weight: Floats) -> tuple[NDArray[np.int8], Floats]:
    """A weight (outputs, inputs) as integers, transposed to (inputs, outputs), and scales (outputs,).

    The steps are symmetric around zero. `integers * scales` is within half a step of the weight.
    """
    scales = np.abs(weight).max(1).astype(np.float32) / np.float32(LEVELS)
    scales[scales == 0] = 1.0
    integers = np.rint(weight / scales[:, None]).astype(np.int8)
    return np.ascontiguousarray(integers.T), scales
