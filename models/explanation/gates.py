"""The gates of recurrent cells while they read, computed from a bundle's weights."""

from collections.abc import Callable, Mapping, Sequence

import numpy as np

from inkling.models.explanation.explanation import Gate
from inkling.models.networks.config import CellKind, ContextKind, ModelConfig, TransformerConfig
from inkling.models.step import Floats, State

_NEAR = 0.05
"""A unit is saturated where its output is this near to an end of its range, as a part of the range."""

_GATED: Mapping[str, Sequence[tuple[str, str]]] = {
    CellKind.GRU: (
        ("reset", "share of the old state that the candidate sees"),
        ("update", "share of the old state that stays"),
    ),
    CellKind.LSTM: (
        ("input", "share of the candidate that enters the memory"),
        ("forget", "share of the old memory that stays"),
        ("output", "share of the memory that is put out"),
    ),
    CellKind.MINGRU: (("update", "share of the candidate that enters the state"),),
}
_UNITS: Mapping[str, tuple[str, str]] = {
    CellKind.RNN_TANH: ("saturated", "share of units at an end of their range, which hardly learn"),
    CellKind.RNN_SIGMOID: ("saturated", "share of units at an end of their range, which hardly learn"),
    CellKind.RNN_RELU: ("dead", "share of units that put out nothing"),
    CellKind.RNN_LEAKY_RELU: ("leaking", "share of units below zero"),
}


def gates_of(config: ModelConfig | TransformerConfig) -> Sequence[Gate]:
    """What `read_gates` tells of each token, layer by layer; empty for a kind without gates."""
    if isinstance(config, TransformerConfig):
        return []
    return [
        Gate(layer + 1, name, meaning)
        for layer in range(config.layers)
        for name, meaning in _names(str(config.cell))
    ]


def no_gates_because(config: ModelConfig | TransformerConfig) -> str | None:
    """Why no gates are told of a model; None where they are."""
    return None if gates_of(config) else f"No gates are told of layers of the kind {config.made_of}"


def read_gates(
    config: ModelConfig | TransformerConfig,
    weights: Mapping[str, Floats],
    tokens: Sequence[int],
    before: State,
    after: State,
) -> Floats:
    """The gates (T, G) while `tokens` (T,) were read, each in [0, 1]; G as in `gates_of`.

    `before` and `after` are the states (T, S) around each token. They begin with the recurrent state, then
    the vector of a context encoder if there is one. What follows is not looked at. Arithmetic is in
    float32.
    """
    if not gates_of(config) or isinstance(config, TransformerConfig):
        return np.zeros((len(tokens), 0), np.float32)
    size, kind = config.hidden_size, str(config.cell)
    width = size * config.cell.parts
    inputs = weights["embedding.weight"][list(tokens)]
    if config.context_encoder is not ContextKind.LEADING:
        begin = width * config.layers
        inputs = inputs + before[:, begin : begin + config.embedding_size].astype(np.float32)
    columns: list[Floats] = []
    for layer in range(config.layers):
        part = slice(layer * width, layer * width + size)
        hidden, output = before[:, part].astype(np.float32), after[:, part].astype(np.float32)
        if kind in _UNITS:
            columns.append(_COUNTS[kind](output).mean(1))
        else:
            columns += _means(kind, size, _sums(weights, f"cells.{layer}.", inputs, hidden))
        inputs = output + inputs if config.residual and layer else output
    return np.stack(columns, 1)


def _names(kind: str) -> Sequence[tuple[str, str]]:
    return _GATED.get(kind, (_UNITS[kind],) if kind in _UNITS else ())


def _sums(weights: Mapping[str, Floats], layer: str, inputs: Floats, hidden: Floats) -> Floats:
    """The sums (T, gates x H) that a layer's gates are made of."""
    sums: Floats = inputs @ weights[layer + "weight_input"].T + weights[layer + "bias_input"]
    if layer + "weight_hidden" in weights:  # a minGRU's gates do not see the state
        sums = sums + hidden @ weights[layer + "weight_hidden"].T + weights[layer + "bias_hidden"]
    return sums


def _means(kind: str, size: int, sums: Floats) -> list[Floats]:
    """The mean of each gate for each token; gates stand as in `inkling.models.networks.cells`."""
    places = {CellKind.MINGRU: (0,), CellKind.GRU: (0, 1)}.get(CellKind(kind), (0, 1, 3))
    return [_sigmoid(sums[:, place * size : (place + 1) * size]).mean(1) for place in places]


def _sigmoid(values: Floats) -> Floats:
    # tanh does not overflow.
    half = np.float32(0.5)
    opened: Floats = half * (np.tanh(half * values) + np.float32(1.0))
    return opened


_COUNTS: Mapping[str, Callable[[Floats], Floats]] = {
    CellKind.RNN_TANH: lambda output: (abs(output) > 1 - 2 * _NEAR).astype(np.float32),
    CellKind.RNN_SIGMOID: lambda output: (abs(output - 0.5) > 0.5 - _NEAR).astype(np.float32),
    CellKind.RNN_RELU: lambda output: (output <= 0).astype(np.float32),
    CellKind.RNN_LEAKY_RELU: lambda output: (output < 0).astype(np.float32),
}
