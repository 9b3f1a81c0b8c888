"""The context's encoder on ONNX Runtime, in float32: it runs once a draft, so its speed hardly counts."""

from collections.abc import Callable, Mapping

import numpy as np
from onnx import ModelProto

from models.config import ModelConfig
from models.runtime.graph import FLOAT, Graph
from models.runtime.session import open_session
from models.runtime.step import Floats, Reading


class OnnxEncoder:
    """Contexts as vectors; the same sums as in `models.context.ContextEncoder`."""

    def __init__(self, config: ModelConfig, weights: Mapping[str, Floats]) -> None:
        self._size = config.embedding_size
        self._weights = weights
        self._session = open_session(_pooling_graph(config, weights))

    def encode(self, reading: Reading) -> Floats:
        """The vector (E,) of a context; zeros where nothing is known."""
        weights, found = self._weights, np.zeros(self._size, np.float32)
        for number, run in enumerate((reading.subject, reading.previous)):
            if len(run):
                inputs = weights["embedding.weight"][list(run)][:, None]
                pooled = self._session.run(None, {"inputs": inputs})[0][0]
                found += weights[f"encoder.parts.{number}.weight"] @ pooled
        for table, value in (("hours", reading.hour), ("days", reading.day)):
            if value >= 0:
                found += weights[f"encoder.{table}.weight"][value]
        return found


def _pooling_graph(config: ModelConfig, weights: Mapping[str, Floats]) -> ModelProto:
    """From inputs (T, 1, E) to the pooled outputs (1, 2H) of both directions."""
    graph, hidden = Graph(), config.encoder_size

    def both(name: str, arrange: Callable[[Floats], Floats] = _onnx_gates) -> Floats:
        return np.stack([arrange(weights[f"encoder.{way}.{name}"]) for way in ("forwards", "backwards")])

    bias = np.concatenate((both("bias_input"), both("bias_hidden")), 1)
    operands = [graph.constant(value) for value in (both("weight_input"), both("weight_hidden"), bias)]
    outputs = graph.add(
        "GRU", "inputs", *operands, hidden_size=hidden, direction="bidirectional", linear_before_reset=1
    )
    # (T, directions, 1, H) to (T, 2H)
    shape = graph.constant(np.array([-1, 2 * hidden], np.int64))
    rows = graph.add("Reshape", outputs, shape)
    # A bias of the attention would be the same for all pieces: a softmax does not see it.
    scores = graph.add("MatMul", rows, graph.constant(weights["encoder.attention.weight"].T))
    shares = graph.add("Softmax", scores, axis=0)
    weighted = graph.add("Mul", rows, shares)
    graph.add("ReduceSum", weighted, graph.constant(np.array([0], np.int64)), out="pooled")
    return graph.model(
        [("inputs", FLOAT, ["pieces", 1, config.embedding_size])], [("pooled", FLOAT, [1, 2 * hidden])]
    )


def _onnx_gates(values: Floats) -> Floats:
    """Gates in ONNX's order, update, reset, new, instead of torch's reset, update, new."""
    reset, update, new = np.split(values, 3)
    return np.concatenate((update, reset, new))
