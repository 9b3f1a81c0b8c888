"""The int8 runtime: ONNX Runtime on a CPU, without torch.

Weights are quantised per output channel. The output of a GRU, minGRU, LSTM, tanh or sigmoid cell lies in
[-1, 1], so one fixed scale serves all rows. Other values, sums of layers among them, get a scale for each
row. Integer sums are exact, so a row's result has the same bits in every batch. States are rounded to half
precision in every step, so storing a state loses nothing.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
from onnx import ModelProto

from inkling.models.networks.config import CellKind, ModelConfig
from inkling.models.runtime.graph import FLOAT, HALF, INT64, Graph
from inkling.models.runtime.library import onnxruntime
from inkling.models.step import Distribution, Floats, Groups, Predictor, State, StepModel, Tokens

_ACTIVATIONS = {
    CellKind.RNN_TANH: "Tanh",
    CellKind.RNN_RELU: "Relu",
    CellKind.RNN_LEAKY_RELU: "LeakyRelu",
    CellKind.RNN_SIGMOID: "Sigmoid",
}
_LARGEST_HALF = 65504.0
_ALIGNMENT = 64
_IMPOSSIBLE = -1e30  # the logit of a token that does not exist; an infinite one could give nan
_FEW = 8  # a group with less than one in this many tokens is gathered, a larger one masked


def open_session(model: ModelProto, threads: int = 1) -> Any:
    """A session of ONNX Runtime on the CPU that leaves the graph's arithmetic as it is."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    # The extended level fuses a product with a scale for each row into one with a scale for all.
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_BASIC
    return onnxruntime.InferenceSession(
        model.SerializeToString(), options, providers=["CPUExecutionProvider"]
    )


class OnnxRuntime(StepModel):
    """A recurrent language model as two small graphs; see `inkling.models.step.StepModel`."""

    def __init__(self, config: ModelConfig, weights: Mapping[str, Floats], *, threads: int = 1) -> None:
        """`weights` are float32, named as in `inkling.models.networks.recurrent.RecurrentLanguageModel`."""
        self._config, self._weights = config, weights
        self._threads = threads
        self._session = open_session(_advance_graph(config, weights), threads)

    @property
    def vocabulary_size(self) -> int:
        """Number of tokens."""
        return self._config.vocabulary_size

    @property
    def state_size(self) -> int:
        """Numbers in one row of state."""
        return self._config.layers * self._config.cell.parts * self._config.hidden_size

    def initial_state(self, profile: int = 0) -> State:  # noqa: ARG002
        """Zeros (1, state_size)."""
        return np.zeros((1, self.state_size), np.float16)

    def advance(self, tokens: Tokens, state: State) -> State:
        """See `StepModel.advance`."""
        after: State = self._session.run(None, {"tokens": tokens, "state": state})[0]
        return after

    def predictor(self, groups: Groups) -> Predictor:
        """See `StepModel.predictor`."""
        graph = _predictor_graph(self._config, self._weights, groups)
        session = open_session(graph, self._threads)

        def predict(state: State) -> Distribution:
            logits, largest, sums = session.run(None, {"state": state})
            logits = logits[:, : self.vocabulary_size]
            with np.errstate(divide="ignore"):  # a group may be empty
                logs = np.log(sums)
            return Distribution(logits, logs[:, 0] + largest[:, 0], logs[:, 1:] - logs[:, :1])

        return predict


def _advance_graph(config: ModelConfig, weights: Mapping[str, Floats]) -> ModelProto:
    graph = Graph()
    size, kind = config.hidden_size, config.cell
    state_size = size * kind.parts
    before = graph.split(graph.cast("state", FLOAT), [state_size] * config.layers)
    # The first layer's input is one of V vectors, so its product is a table.
    table = weights["embedding.weight"] @ weights["cells.0.weight_input"].T + weights["cells.0.bias_input"]
    from_input = graph.cast(graph.add("Gather", graph.constant(table.astype(np.float16)), "tokens"), FLOAT)
    after: list[str] = []
    # A GRU's gates are sums of two products; its candidate state is not.
    widths = [2 * size, size] if kind is CellKind.GRU else [size * kind.gates]
    inputs = graph.split(from_input, widths)
    output = ""
    for layer, state in enumerate(before):
        named = f"cells.{layer}."
        if layer:
            weight, bias = weights[named + "weight_input"], weights[named + "bias_input"]
            inputs = _products(graph, output, weight, bias, widths, bounded=_is_bounded(config, layer))
        halves = graph.split(state, [size] * kind.parts)
        hiddens: list[str] = []
        if kind.reads_state:
            weight, bias = weights[named + "weight_hidden"], weights[named + "bias_hidden"]
            hiddens = _products(graph, halves[0], weight, bias, widths, bounded=kind.bounded)
        parts = _cell(graph, kind, size, inputs, hiddens, halves)
        output = graph.add("Add", parts[0], output) if layer and config.residual else parts[0]
        after += parts
    joined = graph.add("Concat", *after, axis=1) if len(after) > 1 else after[0]
    if not kind.bounded:
        joined = graph.add("Clip", joined, graph.scalar(-_LARGEST_HALF), graph.scalar(_LARGEST_HALF))
    graph.cast(joined, HALF, out="after")
    shape = ["rows", config.layers * state_size]
    return graph.model([("tokens", INT64, ["rows"]), ("state", HALF, shape)], [("after", HALF, shape)])


def _is_bounded(config: ModelConfig, layers: int) -> bool:
    """Whether what so many layers pass on lies in [-1, 1]; a sum of several does not."""
    return config.cell.bounded and (layers == 1 or not config.residual)


def _products(
    graph: Graph, value: str, weight: Floats, bias: Floats, widths: list[int], *, bounded: bool
) -> list[str]:
    """The product of a weight, in parts of these widths. Splitting bounded ones afterwards takes longer."""
    if not bounded:
        return graph.split(graph.product(value, weight, bias), widths)
    return graph.bounded_products(value, weight, bias, widths)


def _cell(
    graph: Graph, kind: CellKind, size: int, inputs: list[str], hiddens: list[str], state: list[str]
) -> list[str]:
    """One time step, with the arithmetic of `inkling.models.networks.cells`."""
    if kind is CellKind.MINGRU:
        update, new = graph.split(inputs[0], [size, size])
        update, new = graph.add("Sigmoid", update), graph.add("Tanh", new)
        return [graph.add("Add", state[0], graph.add("Mul", update, graph.add("Sub", new, state[0])))]
    gates = graph.add("Add", inputs[0], hiddens[0])
    if kind is CellKind.GRU:
        reset, update = graph.split(graph.add("Sigmoid", gates), [size, size])
        new = graph.add("Tanh", graph.add("Add", inputs[1], graph.add("Mul", reset, hiddens[1])))
        return [graph.add("Add", new, graph.add("Mul", update, graph.add("Sub", state[0], new)))]
    if kind is CellKind.LSTM:
        enter, forget, new, leave = graph.split(gates, [size] * 4)
        enter, forget, leave = (graph.add("Sigmoid", gate) for gate in (enter, forget, leave))
        entering = graph.add("Mul", enter, graph.add("Tanh", new))
        memory = graph.add("Add", graph.add("Mul", forget, state[1]), entering)
        return [graph.add("Mul", leave, graph.add("Tanh", memory)), memory]
    return [graph.add(_ACTIVATIONS[kind], gates)]


def _top(graph: Graph, config: ModelConfig) -> str:
    """What the last layer passes on, from the state: with residuals, the sum of all layers' outputs."""
    size, columns = config.hidden_size, graph.constant(np.array([1], np.int64))
    top = ""
    for layer in range(0 if config.residual else config.layers - 1, config.layers):
        begin = np.array([layer * size * config.cell.parts], np.int64)
        bounds = graph.constant(begin), graph.constant(begin + size)
        output = graph.cast(graph.add("Slice", "state", *bounds, columns), FLOAT)
        top = graph.add("Add", top, output) if top else output
    return top


def _predictor_graph(config: ModelConfig, weights: Mapping[str, Floats], groups: Groups) -> ModelProto:
    graph = Graph()
    weight, bias = weights["projection.weight"], weights["projection.bias"]
    bounded = _is_bounded(config, config.layers)
    (features,) = _products(graph, _top(graph, config), weight, bias, [len(bias)], bounded=bounded)
    # The order of a sum depends on the row's alignment, so all rows get the same.
    missing = _ALIGNMENT - config.vocabulary_size % _ALIGNMENT  # at least one, to pad groups with
    embedding = np.pad(weights["embedding.weight"], ((0, missing), (0, 0)))
    bias = np.pad(weights["output_bias"], (0, missing), constant_values=_IMPOSSIBLE)
    groups = np.pad(groups, ((0, missing), (0, 0)))
    logits = graph.product(features, embedding, bias, out="logits")
    columns = graph.constant(np.array([1], np.int64))
    largest = graph.add("ReduceMax", logits, columns, out="largest")
    shares = graph.add("Exp", graph.add("Sub", logits, largest))
    sums = [graph.add("ReduceSum", shares, columns), *_group_sums(graph, shares, columns, groups)]
    graph.add("Concat", *sums, axis=1, out="sums")
    outputs: list[tuple[str, int, list[Any]]] = [
        ("logits", FLOAT, ["rows", len(bias)]),
        ("largest", FLOAT, ["rows", 1]),
        ("sums", FLOAT, ["rows", len(sums)]),
    ]
    shape = ["rows", config.layers * config.hidden_size * config.cell.parts]
    return graph.model([("state", HALF, shape)], outputs)


def _group_sums(graph: Graph, shares: str, columns: str, groups: Groups) -> list[str]:
    """The sum of each group's shares, as columns of width one.

    One product with all groups is not possible, because the order of its sums depends on the number of rows.
    If a group contains another group and a few tokens more, these are added to the other's sum.
    """
    sums: dict[int, str] = {}
    for index in np.argsort(groups.sum(0), kind="stable").tolist():
        group = groups[:, index]
        inner = [one for one in sums if not (groups[:, one] & ~group).any()]
        base = inner[-1] if inner else None
        rest = group if base is None else group & ~groups[:, base]
        if rest.sum() * _FEW < len(rest):
            ids = np.flatnonzero(rest)
            ids = np.pad(ids, (0, -len(ids) % _ALIGNMENT), constant_values=len(rest) - 1)
            members = graph.add("Gather", shares, graph.constant(ids), axis=1)
        else:
            base = None
            members = graph.add("Mul", shares, graph.constant(group.astype(np.float32)))
        summed = graph.add("ReduceSum", members, columns)
        sums[index] = summed if base is None else graph.add("Add", summed, sums[base])
    return [sums[index] for index in range(groups.shape[1])]
