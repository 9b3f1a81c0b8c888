"""Gates from weights and states, against the ones that the torch cells compute."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from torch import Tensor

from inkling.models.explanation.gates import gates_of, no_gates_because, read_gates
from inkling.models.networks.config import CellKind, ModelConfig
from inkling.models.networks.recurrent import RecurrentLanguageModel
from inkling.models.step import Floats, State

TOKENS = [3, 141, 59, 26, 5, 200]


def model_of(kind: CellKind, *, residual: bool = False) -> RecurrentLanguageModel:
    torch.manual_seed(5)
    config = ModelConfig(
        cell=kind,
        vocabulary_size=300,
        embedding_size=12,
        hidden_size=16,
        layers=3,
        residual=residual,
        dropout=0.0,
    )
    model = RecurrentLanguageModel(config).eval()
    with torch.no_grad():
        model.embedding.weight.mul_(60 if kind.value.startswith("rnn") else 6)
    return model


def stepped(model: RecurrentLanguageModel) -> tuple[State, State]:
    """The states before and after each token, a row each, by the cells' own steps."""
    state = model.initial_state(1)
    states = [state]
    with torch.no_grad():
        for token in TOKENS:
            hidden, after = model.embedding(torch.tensor([token])), []
            parts = torch.split(state, [cell.state_size for cell in model.layers], 1)
            for cell, part in zip(model.layers, parts, strict=True):
                from_input = hidden @ cell.weight_input.T + cell.bias_input
                from_hidden = from_input
                if cell.reads_state:
                    from_hidden = part[:, : cell.hidden_size] @ cell.weight_hidden.T + cell.bias_hidden
                after.append(cell.step(from_input, from_hidden, part))
                below, hidden = hidden, after[-1][:, : cell.hidden_size]
                if model.config.residual and len(after) > 1:
                    hidden = hidden + below
            state = torch.cat(after, 1)
            states.append(state)
    return torch.cat(states[:-1]).numpy(), torch.cat(states[1:]).numpy()


@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("kind", [CellKind.GRU, CellKind.LSTM, CellKind.MINGRU])
def test_the_gates_are_those_that_the_cell_computes(
    kind: CellKind, residual: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = model_of(kind, residual=residual)
    opened: list[Tensor] = []
    sigmoid = torch.sigmoid

    def noted(values: Tensor) -> Tensor:
        opened.append(sigmoid(values))
        return opened[-1]

    monkeypatch.setattr(torch, "sigmoid", noted)
    before, after = stepped(model)
    # A cell opens two gates at once, and an LSTM its output gate by itself.
    means = [part.mean().item() for values in opened for part in torch.split(values, 16, 1)]
    found = read_gates(model.config, model.arrays(), TOKENS, before, after)
    names = [(gate.layer, gate.name) for gate in gates_of(model.config)]
    each = {CellKind.GRU: ["reset", "update"], CellKind.MINGRU: ["update"]}
    assert names == [
        (layer, name) for layer in (1, 2, 3) for name in each.get(kind, ["input", "forget", "output"])
    ]
    assert found.shape == (len(TOKENS), len(names))
    np.testing.assert_allclose(found.ravel(), means, atol=1e-6)
    assert found.std() > 1e-3  # so that a wrong order would be seen


@pytest.mark.parametrize(
    ("kind", "share"),
    [
        (CellKind.RNN_TANH, lambda output: (abs(output) > 0.9).mean()),
        (CellKind.RNN_SIGMOID, lambda output: ((output < 0.05) | (output > 0.95)).mean()),
        (CellKind.RNN_RELU, lambda output: (output == 0).mean()),
        (CellKind.RNN_LEAKY_RELU, lambda output: (output < 0).mean()),
    ],
)
def test_a_vanilla_cell_tells_a_share_of_its_units(kind: CellKind, share: Callable[[Floats], float]) -> None:
    model = model_of(kind)
    before, after = stepped(model)
    found = read_gates(model.config, model.arrays(), TOKENS, before, after)
    for layer in range(3):
        for place in range(len(TOKENS)):
            output = after[place, 16 * layer : 16 * layer + 16]
            assert found[place, layer] == pytest.approx(share(output))
    assert found.max() > 0


def test_what_follows_the_recurrent_state_is_not_looked_at() -> None:
    model = model_of(CellKind.LSTM)
    before, after = stepped(model)
    more = np.full((len(TOKENS), 9), 7.0, np.float32)
    longer = (np.concatenate((before, more), 1), np.concatenate((after, more), 1))
    weights = model.arrays()
    expected = read_gates(model.config, weights, TOKENS, before, after)
    np.testing.assert_array_equal(read_gates(model.config, weights, TOKENS, *longer), expected)


def test_a_kind_without_gates_has_none() -> None:
    model = model_of(CellKind.GRU)
    other = model.config.model_copy(update={"cell": "another_kind"})
    before, after = stepped(model)
    assert gates_of(other) == []
    assert "another_kind" in (no_gates_because(other) or "")
    assert no_gates_because(model.config) is None
    assert read_gates(other, model.arrays(), TOKENS, before, after).shape == (len(TOKENS), 0)
