"""Law 1 with a real model: answers with a session and without are the same, in int8 to the bit."""

from pathlib import Path
from random import Random

import pytest
import torch

from inkling.models.bundle.bundle import Bundle, Manifest
from inkling.models.completer.completer import Completer
from inkling.models.networks.config import CellKind, ModelConfig
from inkling.models.networks.recurrent import RecurrentLanguageModel
from inkling.models.ngram.mixture import MixtureModel
from inkling.models.runtime.onnx import OnnxRuntime
from inkling.models.runtime.torch import TorchRuntime
from inkling.models.search.confidence import IDENTITY, Calibration, CalibrationKind, Curve
from inkling.models.step import StepModel
from inkling.models.text.masking import NO_NAMES, Masker, NameLexicon
from inkling.models.text.tokenizer import Tokenizer, training_segments
from tests.contract.engine.desk import Desk
from tests.contract.engine.edit_scripts import WORDS
from tests.materials.bundles import phrases_of

pytestmark = pytest.mark.lengthy

_CURVES = (Curve(slope=0.8, intercept=-0.3, per_character=0.04), Curve(intercept=0.2, per_character=0.06))
_BY_LENGTH = Calibration(kind=CalibrationKind.BY_LENGTH, alone=_CURVES, with_profile=_CURVES)


def completer(cell: CellKind, runtime: str, *, phrases: bool) -> Completer:
    """A real model, small, with random weights large enough to have opinions."""
    masker = Masker(NameLexicon())
    lines = training_segments(" ".join(WORDS) + " the meeting can be at the end of a day.", masker, NO_NAMES)
    tokenizer = Tokenizer.train(lines, vocabulary_size=340)
    config = ModelConfig(
        cell=cell,
        vocabulary_size=tokenizer.vocabulary_size,
        embedding_size=16,
        hidden_size=24,
        layers=2,
        dropout=0.0,
    )
    torch.manual_seed(7)
    network = RecurrentLanguageModel(config).eval()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, std=0.6)
    manifest = Manifest.model_construct(
        name="tiny-1",
        threshold=0.0,
        model=config,
        calibration=_BY_LENGTH if phrases else IDENTITY,
        languages=("en",) if phrases else (),
    )
    bundle = Bundle(Path(), manifest, network.arrays(), tokenizer, masker, NameLexicon())
    model: StepModel = (
        OnnxRuntime(config, bundle.weights)
        if runtime == "onnx"
        else TorchRuntime(network, torch.device("cpu"))
    )
    if phrases:
        texts = [" ".join(Random(seed).choices(WORDS, k=30)) for seed in range(20)]
        known = phrases_of(tokenizer, texts)
        assert known.grams > 100
        model = MixtureModel(model, known, 0.5, resets=(tokenizer.body_id,))
    return Completer(bundle, model, runtime=runtime)


@pytest.mark.parametrize(
    ("cell", "runtime", "phrases", "tolerance"),
    [
        (CellKind.GRU, "onnx", False, 0.0),
        (CellKind.GRU, "onnx", True, 0.0),
        (CellKind.LSTM, "onnx", False, 0.0),
        (CellKind.MINGRU, "onnx", False, 0.0),
        (CellKind.RNN_TANH, "onnx", False, 0.0),
        (CellKind.LSTM, "torch", False, 0.002),
        (CellKind.GRU, "torch", True, 0.002),
    ],
)
def test_edit_scripts_with_a_real_model(
    cell: CellKind, runtime: str, phrases: bool, tolerance: float
) -> None:
    model = completer(cell, runtime, phrases=phrases)
    cached = suggested = 0
    for seed in range(10):
        desk = Desk(Random(seed), model, tolerance=tolerance)
        desk.run(edits=8)
        cached += desk.cached
        suggested += desk.suggested
    assert cached > 500
    assert suggested > 50
