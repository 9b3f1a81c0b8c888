"""Cells against torch's own, and configurations that cannot work."""

import pytest
import torch

from inkling.models.networks.cells import make_cell
from inkling.models.networks.config import CellKind, ConfigError, ModelConfig, TrainingConfig
from inkling.models.networks.recurrent import RecurrentLanguageModel
from inkling.models.runtime.device import DeviceError
from inkling.models.runtime.torch import choose_device
from inkling.models.training.schedule import learning_rate

CPU = torch.device("cpu")


def small(cell: CellKind, layers: int = 2) -> RecurrentLanguageModel:
    torch.manual_seed(1)
    config = ModelConfig(cell=cell, vocabulary_size=300, embedding_size=24, hidden_size=32, layers=layers)
    return RecurrentLanguageModel(config).eval()


@pytest.mark.parametrize("cell", [CellKind.GRU, CellKind.LSTM, CellKind.RNN_TANH, CellKind.RNN_RELU])
def test_cells_agree_with_torch_modules(cell: CellKind) -> None:
    ours = small(cell, 1).layers[0]
    if cell is CellKind.GRU:
        theirs: torch.nn.RNNBase = torch.nn.GRU(24, 32)
    elif cell is CellKind.LSTM:
        theirs = torch.nn.LSTM(24, 32)
    else:
        theirs = torch.nn.RNN(24, 32, nonlinearity=cell.value.removeprefix("rnn_"))
    with torch.no_grad():
        for name, value in zip(
            ("weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"), ours._weights(), strict=True
        ):
            getattr(theirs, name).copy_(value)
        inputs = torch.randn(7, 2, 24)
        outputs, _ = ours(inputs, torch.zeros(2, ours.state_size))
        expected, _ = theirs(inputs)
    torch.testing.assert_close(outputs, expected, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("cell", [CellKind.GRU, CellKind.LSTM, CellKind.MINGRU])
def test_carried_state_equals_one_long_reading(cell: CellKind) -> None:
    model = small(cell)
    tokens = torch.randint(0, 300, (12, 2))
    with torch.no_grad():
        whole, _ = model(tokens, model.initial_state(2))
        first, state = model(tokens[:5], model.initial_state(2))
        second, _ = model(tokens[5:], state)
    torch.testing.assert_close(torch.cat((first, second)), whole, atol=1e-5, rtol=1e-4)


@pytest.mark.parametrize("cell", list(CellKind))
def test_what_a_kind_says_of_itself_is_true(cell: CellKind) -> None:
    own = make_cell(cell, 5, 6)
    assert (own.gates, own.parts, own.reads_state) == (cell.gates, cell.parts, cell.reads_state)
    with torch.no_grad():
        outputs, _ = own(50 * torch.randn(20, 3, 5), torch.zeros(3, own.state_size))
    assert bool(outputs.abs().max() <= 1 + 1e-5) is cell.bounded  # but for rounding


def test_a_residual_layer_adds_what_it_reads_to_what_it_passes_on() -> None:
    model = small(CellKind.GRU, 3)
    tokens = torch.randint(0, 300, (12, 2))
    with torch.no_grad():
        first, second, third = model.layers
        below, _ = first(model.embedding(tokens), torch.zeros(2, 32))
        middle = second(below, torch.zeros(2, 32))[0] + below
        top = third(middle, torch.zeros(2, 32))[0] + middle
        model.config = model.config.model_copy(update={"residual": True})
        found, _ = model.features(tokens, model.initial_state(2))
        torch.testing.assert_close(found, model.projection(top))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"cell": "transformer"}, "cell"),
        ({"layers": 0}, "layers"),
        ({"dropout": 1.0}, "dropout"),
        ({"hidden": 12}, "hidden"),
    ],
)
def test_bad_model_config_names_the_field(values: dict[str, object], field: str) -> None:
    with pytest.raises(ConfigError, match=f"^{field}: ") as caught:
        ModelConfig.parse(values)
    assert "\n" not in str(caught.value)


def test_a_model_of_an_older_version_keeps_its_identity() -> None:
    """Else a training that began before a setting existed could not go on."""
    old = ["cell", "dropout", "embedding_size", "hidden_size", "layers", "vocabulary_size"]
    assert sorted(ModelConfig().identity()) == old
    assert ModelConfig(residual=True).identity()["residual"] is True


def test_a_warm_up_longer_than_the_run_ends_with_it() -> None:
    config = TrainingConfig.parse({"steps": 50})
    rates = [learning_rate(config, step, 50) for step in range(50)]
    assert config.warmup_steps > 50
    assert rates == sorted(rates)
    assert rates[-1] == config.learning_rate


def test_choose_device() -> None:
    assert choose_device("cpu") == CPU
    with pytest.raises(DeviceError, match="auto, cpu or cuda"):
        choose_device("tpu")
    if not torch.cuda.is_available():
        assert choose_device("auto") == CPU
        with pytest.raises(DeviceError, match="no CUDA device"):
            choose_device("cuda")
