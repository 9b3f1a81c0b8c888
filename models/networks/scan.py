"""Linear recurrences over a whole sequence, parallel over time."""

import math
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


def linear_recurrence(coefficients: Tensor, values: Tensor, start: Tensor) -> Tensor:
    """All h_t = a_t h_{t-1} + b_t, element by element.

    `coefficients` a and `values` b have the shape (T, ...), `start` h_{-1} the shape (...); returns (T, ...).
    Coefficients in [-1, 1] keep every number within the size of the values, so nothing overflows, and the
    result is as exact as a step by step reading. Gradients reach all three.
    """
    result: Tensor = _Recurrence.apply(coefficients, values, start)  # type: ignore[no-untyped-call]
    return result


class _Recurrence(torch.autograd.Function):
    """The gradient of a linear recurrence is a linear recurrence that runs backwards."""

    @staticmethod
    def forward(ctx: Any, coefficients: Tensor, values: Tensor, start: Tensor) -> Tensor:
        first = torch.addcmul(values[0], coefficients[0], start)
        result = _scanned(coefficients, torch.cat((first[None], values[1:])))
        ctx.save_for_backward(coefficients, start, result)
        return result

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        coefficients, start, result = ctx.saved_tensors
        later = torch.cat((coefficients[1:], torch.zeros_like(coefficients[:1]))).flip(0)
        to_values = _scanned(later, gradients[0].flip(0)).flip(0)
        before = torch.cat((start[None], result[:-1]))
        return to_values * before, to_values, to_values[0] * coefficients[0]


def _scanned(coefficients: Tensor, values: Tensor) -> Tensor:
    """The recurrence from zero: a scan in two levels (Blelloch, 1990), in 2 sqrt(T) operations on whole rows.

    All blocks of sqrt(T) steps are read side by side, then the blocks' ends one after the other. A scan by
    doubling needs log2(T) operations, but each on all of the sequence. That took 6 to 13 times as long.
    """
    length, rest = values.shape[0], values.shape[1:]
    width = math.isqrt(length - 1) + 1
    blocks = -(-length // width)
    missing = blocks * width - length
    products = torch.cat((coefficients, coefficients.new_ones(missing, *rest))).view(blocks, width, *rest)
    sums = torch.cat((values, values.new_zeros(missing, *rest))).view(blocks, width, *rest)
    for place in range(1, width):
        sums[:, place].addcmul_(products[:, place], sums[:, place - 1])
        products[:, place].mul_(products[:, place - 1])
    for block in range(1, blocks):
        sums[block].addcmul_(products[block], sums[block - 1, -1])
    return sums.view(blocks * width, *rest)[:length]
