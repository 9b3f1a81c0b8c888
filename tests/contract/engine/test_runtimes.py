"""The step contract, held by every runtime: the same model as the sequence reading, row by row."""

from collections.abc import Callable

import numpy as np
import pytest
import torch

from inkling.models.networks.config import CellKind, ModelConfig
from inkling.models.networks.recurrent import RecurrentLanguageModel
from inkling.models.runtime.graph import FLOAT, Graph
from inkling.models.runtime.onnx import OnnxRuntime, open_session
from inkling.models.runtime.torch import TorchRuntime
from inkling.models.step import Groups, State, StepModel

VOCABULARY = 301  # no multiple of what a processor adds up at once
CUDA = pytest.param(
    "cuda", marks=pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device on this machine")
)
RUNTIMES = ["torch", "onnx", CUDA]
Make = Callable[[RecurrentLanguageModel], StepModel]


def make(runtime: str, model: RecurrentLanguageModel) -> StepModel:
    if runtime == "onnx":
        return OnnxRuntime(model.config, model.arrays())
    return TorchRuntime(model, torch.device("cuda" if runtime == "cuda" else "cpu"))


def small(
    cell: CellKind = CellKind.GRU, layers: int = 2, *, residual: bool = False
) -> RecurrentLanguageModel:
    torch.manual_seed(1)
    config = ModelConfig(
        cell=cell,
        vocabulary_size=VOCABULARY,
        embedding_size=24,
        hidden_size=32,
        layers=layers,
        residual=residual,
        dropout=0.0,
    )
    model = RecurrentLanguageModel(config).eval()
    with torch.no_grad():  # sharper than at the start of training
        model.embedding.weight.mul_(4)
    return model


def groups() -> Groups:
    random = np.random.default_rng(5)
    return np.stack(
        (random.random(VOCABULARY) < 0.5, np.arange(VOCABULARY) == 7, np.zeros(VOCABULARY, bool)), 1
    )


def states(model: StepModel, rows: int) -> State:
    """Rows that have each read something else."""
    state = np.repeat(model.initial_state(), rows, axis=0)
    for tokens in np.random.default_rng(3).integers(0, VOCABULARY, (6, rows)):
        state = model.advance(tokens, state)
    return state


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("cell", list(CellKind))
@pytest.mark.parametrize(
    ("layers", "residual"), [(1, False), (2, False), (5, False), (1, True), (2, True), (6, True)]
)
def test_steps_equal_the_sequence(runtime: str, cell: CellKind, layers: int, residual: bool) -> None:
    network = small(cell, layers, residual=residual)
    model = make(runtime, network)
    tokens = torch.randint(0, VOCABULARY, (9, 3))
    with torch.no_grad():
        expected, _ = network(tokens, network.initial_state(3))
    predict = model.predictor(groups())
    state = np.repeat(model.initial_state(), 3, axis=0)
    # Bytes and half precision against float32: the mean distance of log-probabilities. Rectifiers have
    # no bound, so their few large values take most of the bits. The sum of several layers is as much larger.
    tolerance = {"torch": 1e-5, "cuda": 1e-3, "onnx": 0.04 if cell.bounded else 0.5}[runtime]
    tolerance *= layers if residual else 1
    for fed, wanted in zip(tokens.numpy(), expected.numpy(), strict=True):
        state = model.advance(fed, state)
        distribution = predict(state)
        log_probs = distribution.logits - distribution.log_normaliser[:, None]
        assert np.abs(log_probs - wanted).mean() < tolerance


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_distributions_add_up_and_so_do_their_groups(runtime: str) -> None:
    model = make(runtime, small())
    distribution = model.predictor(groups())(states(model, 4))
    assert distribution.logits.shape == (4, VOCABULARY)
    probabilities = np.exp(distribution.logits - distribution.log_normaliser[:, None], dtype=np.float64)
    np.testing.assert_allclose(probabilities.sum(1), 1.0, atol=1e-5)
    np.testing.assert_allclose(np.exp(distribution.group_log_probs), probabilities @ groups(), atol=1e-5)
    assert np.isneginf(distribution.group_log_probs[:, 2]).all()


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_distributions_without_groups(runtime: str) -> None:
    model = make(runtime, small())
    distribution = model.predictor(np.zeros((VOCABULARY, 0), np.bool_))(states(model, 2))
    assert distribution.group_log_probs.shape == (2, 0)


@pytest.mark.parametrize("runtime", RUNTIMES)
@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("cell", [CellKind.GRU, CellKind.LSTM, CellKind.MINGRU, CellKind.RNN_RELU])
def test_a_row_does_not_depend_on_its_neighbours(runtime: str, cell: CellKind, residual: bool) -> None:
    model = make(runtime, small(cell, residual=residual))
    predict = model.predictor(groups())
    before = states(model, 33)
    tokens = np.random.default_rng(4).integers(0, VOCABULARY, 33)
    after = model.advance(tokens, before)
    together = predict(after)
    # Integer sums are exact; a float product may take another order for another number of rows.
    tolerance = 0.0 if runtime == "onnx" else 1e-4
    for rows in (1, 2, 3, 5, 16):
        for first in range(0, 33 - rows, 3):
            part = slice(first, first + rows)
            alone = model.advance(tokens[part], before[part])
            np.testing.assert_allclose(alone, after[part], rtol=0, atol=tolerance)
            distribution = predict(after[part])
            for ours, theirs in (
                (distribution.logits, together.logits),
                (distribution.log_normaliser, together.log_normaliser),
                (distribution.group_log_probs[:, :2], together.group_log_probs[:, :2]),
            ):
                np.testing.assert_allclose(ours, theirs[part], rtol=0, atol=tolerance)


@pytest.mark.parametrize("runtime", RUNTIMES)
def test_arguments_are_left_alone_and_equal_calls_give_equal_bits(runtime: str) -> None:
    model = make(runtime, small(CellKind.LSTM))
    predict = model.predictor(groups())
    before = states(model, 4)
    kept, tokens = before.copy(), np.array([1, 2, 3, 4])
    first, second = (model.advance(tokens, before) for _ in range(2))
    assert np.array_equal(first, second)
    assert np.array_equal(predict(before).logits, predict(before).logits)
    assert np.array_equal(before, kept)
    assert first.dtype == model.initial_state().dtype


def test_eight_bit_states_are_kept_without_loss() -> None:
    model = make("onnx", small())
    assert states(model, 2).dtype == np.float16


def test_products_of_bytes_are_exact_where_sums_of_pairs_would_saturate() -> None:
    graph = Graph()
    side = 64
    (product,) = graph.bounded_products(
        "left", np.ones((side, side), np.float32), np.zeros(side, np.float32), [side]
    )
    graph.add("Identity", product, out="right")
    shape = ["rows", side]
    session = open_session(graph.model([("left", FLOAT, shape)], [("right", FLOAT, shape)]))
    for rows in (1, 4, 32):
        found = session.run(None, {"left": np.ones((rows, side), np.float32)})[0]
        np.testing.assert_allclose(found, side, rtol=1e-5)
