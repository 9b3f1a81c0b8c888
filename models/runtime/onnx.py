"""The int8 runtime: ONNX Runtime on a CPU, without torch.

Weights are quantised per output channel. The output of a GRU, LSTM, tanh or sigmoid cell lies in
[-1, 1] by construction, so one fixed scale serves every row; whatever has no such bound gets a scale
for each row. Integer sums are exact, so a row's result is the same bits whatever stands beside it.
States are half precision, rounded in every step, so that keeping one loses nothing.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import onnxruntime
from onnx import ModelProto

from models.config import CellKind, ModelConfig
from models.runtime.graph import FLOAT, HALF, INT64, Graph
from models.runtime.step import Floats, Groups, Look, Outlook, Pieces, State

_GATES = {CellKind.GRU: 3, CellKind.LSTM: 4}
_ACTIVATIONS = {
    CellKind.RNN_TANH: "Tanh",
    CellKind.RNN_RELU: "Relu",
    CellKind.RNN_LEAKY_RELU: "LeakyRelu",
    CellKind.RNN_SIGMOID: "Sigmoid",
}
_UNBOUNDED = (CellKind.RNN_RELU, CellKind.RNN_LEAKY_RELU)
_LARGEST_HALF = 65504.0
_ALIGNMENT = 64
_IMPOSSIBLE = -1e30  # the score of a piece that is not there; finite, for infinities breed nan
_FEW = 8  # a group with less than this part of the pieces is gathered rather than masked


def open_session(model: ModelProto, threads: int = 1) -> Any:
    """A session of ONNX Runtime on the CPU that computes what the graph says."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # The extended level fuses a product with a scale for each row into one with a scale for all.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


class OnnxRuntime:
    """A recurrent language model as two small graphs; see `models.runtime.step.StepModel`."""

    def __init__(self, config: ModelConfig, weights: Mapping[str, Floats], *, threads: int = 1) -> None:
        """`weights` are float32, named as in `models.recurrent.RecurrentLanguageModel`."""
        self._config, self._weights = config, weights
        self._threads = threads
        self._parts = 2 if config.cell is CellKind.LSTM else 1
        self._session = open_session(_advance_graph(config, weights), threads)

    @property
    def vocabulary_size(self) -> int:
        """Number of pieces."""
        return self._config.vocabulary_size

    @property
    def state_size(self) -> int:
        """Numbers in one row of state."""
        return self._config.layers * self._parts * self._config.hidden_size

    def initial_state(self) -> State:
        """Zeros (1, state_size)."""
        return np.zeros((1, self.state_size), np.float16)

    def advance(self, pieces: Pieces, state: State) -> State:
        """See `StepModel.advance`."""
        after: State = self._session.run(None, {"pieces": pieces, "state": state})[0]
        return after

    def outlook_over(self, groups: Groups) -> Look:
        """See `StepModel.outlook_over`."""
        graph = _outlook_graph(self._config, self._weights, groups)
        session = open_session(graph, self._threads)

        def look(state: State) -> Outlook:
            scores, largest, sums = session.run(None, {"state": state})
            scores = scores[:, : self.vocabulary_size]
            with np.errstate(divide="ignore"):  # a group may be empty
                logs = np.log(sums)
            return Outlook(scores, logs[:, 0] + largest[:, 0], logs[:, 1:] - logs[:, :1])

        return look


def _advance_graph(config: ModelConfig, weights: Mapping[str, Floats]) -> ModelProto:
    graph = Graph()
    size, kind = config.hidden_size, config.cell
    state_size = size * (2 if kind is CellKind.LSTM else 1)
    before = graph.split(graph.cast("state", FLOAT), [state_size] * config.layers)
    # The first layer's input is one of V vectors: its product is a table.
    table = weights["embedding.weight"] @ weights["cells.0.weight_input"].T + weights["cells.0.bias_input"]
    from_input = graph.cast(graph.add("Gather", graph.constant(table.astype(np.float16)), "pieces"), FLOAT)
    after: list[str] = []
    product = graph.product if kind in _UNBOUNDED else graph.bounded_product
    hidden = ""
    for layer, state in enumerate(before):
        named = f"cells.{layer}."
        if layer:
            from_input = product(hidden, weights[named + "weight_input"], weights[named + "bias_input"])
        halves = graph.split(state, [size] * (state_size // size))
        from_hidden = product(halves[0], weights[named + "weight_hidden"], weights[named + "bias_hidden"])
        parts = _cell(graph, kind, size, from_input, from_hidden, halves)
        hidden = parts[0]
        after += parts
    joined = graph.add("Concat", *after, axis=1) if len(after) > 1 else after[0]
    if kind in _UNBOUNDED:
        joined = graph.add("Clip", joined, graph.scalar(-_LARGEST_HALF), graph.scalar(_LARGEST_HALF))
    graph.cast(joined, HALF, out="after")
    shape = ["rows", config.layers * state_size]
    return graph.model([("pieces", INT64, ["rows"]), ("state", HALF, shape)], [("after", HALF, shape)])


def _cell(
    graph: Graph, kind: CellKind, size: int, from_input: str, from_hidden: str, state: list[str]
) -> list[str]:
    """One time step; the same sums as in `models.cells`."""
    if kind is CellKind.GRU:
        input_gates, input_new = graph.split(from_input, [2 * size, size])
        hidden_gates, hidden_new = graph.split(from_hidden, [2 * size, size])
        gates = graph.add("Sigmoid", graph.add("Add", input_gates, hidden_gates))
        reset, update = graph.split(gates, [size, size])
        new = graph.add("Tanh", graph.add("Add", input_new, graph.add("Mul", reset, hidden_new)))
        return [graph.add("Add", new, graph.add("Mul", update, graph.add("Sub", state[0], new)))]
    gates = graph.add("Add", from_input, from_hidden)
    if kind is CellKind.LSTM:
        enter, forget, new, leave = graph.split(gates, [size] * 4)
        enter, forget, leave = (graph.add("Sigmoid", gate) for gate in (enter, forget, leave))
        entering = graph.add("Mul", enter, graph.add("Tanh", new))
        memory = graph.add("Add", graph.add("Mul", forget, state[1]), entering)
        return [graph.add("Mul", leave, graph.add("Tanh", memory)), memory]
    return [graph.add(_ACTIVATIONS[kind], gates)]


def _outlook_graph(config: ModelConfig, weights: Mapping[str, Floats], groups: Groups) -> ModelProto:
    graph = Graph()
    size, kind = config.hidden_size, config.cell
    state_size = size * (2 if kind is CellKind.LSTM else 1)
    begin = np.array([(config.layers - 1) * state_size], np.int64)
    top = graph.add(
        "Slice",
        "state",
        graph.constant(begin),
        graph.constant(begin + size),
        graph.constant(np.array([1], np.int64)),
    )
    product = graph.product if kind in _UNBOUNDED else graph.bounded_product
    features = product(graph.cast(top, FLOAT), weights["projection.weight"], weights["projection.bias"])
    # Rows that all begin at the same alignment are summed in the same order.
    missing = _ALIGNMENT - config.vocabulary_size % _ALIGNMENT  # at least one, to pad groups with
    embedding = np.pad(weights["embedding.weight"], ((0, missing), (0, 0)))
    bias = np.pad(weights["output_bias"], (0, missing), constant_values=_IMPOSSIBLE)
    groups = np.pad(groups, ((0, missing), (0, 0)))
    scores = graph.product(features, embedding, bias)
    scores = graph.add("Identity", scores, out="scores")
    columns = graph.constant(np.array([1], np.int64))
    largest = graph.add("ReduceMax", scores, columns, out="largest")
    shares = graph.add("Exp", graph.add("Sub", scores, largest))
    # Not one product with all groups: its order of summation would depend on the number of rows.
    sums = [graph.add("ReduceSum", shares, columns)]
    for group in groups.T:
        if group.sum() * _FEW < len(group):
            ids = np.flatnonzero(group)
            ids = np.pad(ids, (0, -len(ids) % _ALIGNMENT), constant_values=config.vocabulary_size)
            members = graph.add("Gather", shares, graph.constant(ids), axis=1)
        else:
            members = graph.add("Mul", shares, graph.constant(group.astype(np.float32)))
        sums.append(graph.add("ReduceSum", members, columns))
    graph.add("Concat", *sums, axis=1, out="sums")
    outputs: list[tuple[str, int, list[Any]]] = [
        ("scores", FLOAT, ["rows", len(bias)]),
        ("largest", FLOAT, ["rows", 1]),
        ("sums", FLOAT, ["rows", len(sums)]),
    ]
    shape = ["rows", config.layers * state_size]
    return graph.model([("state", HALF, shape)], outputs)
