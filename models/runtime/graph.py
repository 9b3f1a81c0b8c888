"""Builds ONNX graphs node by node."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from onnx import ModelProto, TensorProto, helper, numpy_helper

from inkling.models.step import Floats

FLOAT = TensorProto.FLOAT
HALF = TensorProto.FLOAT16
INT64 = TensorProto.INT64

_LEVELS = 127  # quantisation steps on either side of zero
_ZERO_POINT = 128
_OPSET = 21
_MICROSOFT = "com.microsoft"
_LEAST = 1e-8  # keeps a row of zeros from a division by zero

LEVELS = 63
"""Steps on either side of zero.

That is one bit less than fits. An x86 processor without dot products of bytes adds pairs of products in 16
bits (VPMADDUBSW in Intel's manual). These would saturate; 2 x 255 x 63 does not. So sums are exact, and
answers are the same on every processor. It costs no perplexity.
"""


class Graph:
    """A graph under construction. Each method adds nodes and returns the name of their result."""

    def __init__(self) -> None:
        self._nodes: list[Any] = []
        self._constants: list[Any] = []
        self._scalars: dict[tuple[str, float], str] = {}

    def constant(self, values: NDArray[Any]) -> str:
        """A constant tensor."""
        name = f"constant{len(self._constants)}"
        self._constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def scalar(self, value: float, kind: str = "float32") -> str:
        """A constant number; the graph holds one of each value."""
        key = (kind, value)
        if key not in self._scalars:
            self._scalars[key] = self.constant(np.array(value, kind))
        return self._scalars[key]

    def add(self, kind: str, *inputs: str, out: str = "", domain: str = "", **attributes: Any) -> str:
        """One node with one result."""
        name = out or f"value{len(self._nodes)}"
        self._nodes.append(helper.make_node(kind, list(inputs), [name], domain=domain, **attributes))
        return name

    def split(self, value: str, sizes: Sequence[int]) -> list[str]:
        """Columns of `value` in runs of these sizes."""
        if len(sizes) == 1:
            return [value]
        names = [f"value{len(self._nodes)}_{index}" for index in range(len(sizes))]
        lengths = self.constant(np.array(sizes, np.int64))
        self._nodes.append(helper.make_node("Split", [value, lengths], names, axis=1))
        return names

    def cast(self, value: str, to: int, out: str = "") -> str:
        """`value` in another type."""
        return self.add("Cast", value, out=out, to=to)

    def bounded_products(self, value: str, weight: Floats, bias: Floats, widths: Sequence[int]) -> list[str]:
        """value W^T + bias, in parts of these widths. Values must lie in [-1, 1]; no row needs a scale."""
        rounded = self._rounded(value)
        parts, begin = [], 0
        for width in widths:
            part = slice(begin, begin + width)
            begin += width
            integers, scales = quantize(weight[part])
            operands = (
                self.constant(integers),
                self.scalar(1 / _LEVELS),
                self.constant(scales),
                self.scalar(_ZERO_POINT, "uint8"),
                self.scalar(0, "int8"),
                self.constant(bias[part]),
            )
            parts.append(self.add("MatMulIntegerToFloat", rounded, *operands, domain=_MICROSOFT))
        return parts

    def _rounded(self, value: str) -> str:
        """Values in [-1, 1] in eight bits."""
        return self.add("QuantizeLinear", value, self.scalar(1 / _LEVELS), self.scalar(_ZERO_POINT, "uint8"))

    def product(self, value: str, weight: Floats, bias: Floats, out: str = "") -> str:
        """value W^T + bias, with a scale for each row of the values.

        The dynamic quantisation of ONNX Runtime has one scale for the whole batch. With it a row's result
        would depend on its neighbours.
        """
        integers, scales = quantize(weight)
        columns = self.constant(np.array([1], np.int64))
        largest = self.add("Max", self.add("ReduceMax", self.add("Abs", value), columns), self.scalar(_LEAST))
        rounded = self._rounded(self.add("Div", value, largest))
        summed = self.add(
            "MatMulInteger", rounded, self.constant(integers), self.scalar(_ZERO_POINT, "uint8")
        )
        scaled = self.add("Mul", self.cast(summed, FLOAT), self.constant(scales / np.float32(_LEVELS)))
        return self.add("Add", self.add("Mul", scaled, largest), self.constant(bias), out=out)

    def model(
        self, inputs: Sequence[tuple[str, int, list[Any]]], outputs: Sequence[tuple[str, int, list[Any]]]
    ) -> ModelProto:
        """The finished model; inputs and outputs as (name, type, shape)."""
        graph = helper.make_graph(
            self._nodes,
            "step",
            [helper.make_tensor_value_info(*one) for one in inputs],
            [helper.make_tensor_value_info(*one) for one in outputs],
            self._constants,
        )
        opsets = [helper.make_opsetid("", _OPSET), helper.make_opsetid(_MICROSOFT, 1)]
        return helper.make_model(graph, opset_imports=opsets, ir_version=10)


def quantize(weight: Floats) -> tuple[NDArray[np.int8], Floats]:
    """A weight (outputs, inputs) in seven bits: integers (inputs, outputs), so transposed, scales (outputs,).

    The steps are symmetric around zero. `integers * scales` is within half a step of the weight.
    """
    scales = np.abs(weight).max(1).astype(np.float32) / np.float32(LEVELS)
    scales[scales == 0] = 1.0
    integers = np.rint(weight / scales[:, None]).astype(np.int8)
    return np.ascontiguousarray(integers.T), scales
