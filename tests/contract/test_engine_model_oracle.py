"""Law 1 with a real model: answers with a session and without are the same to the bit."""

from pathlib import Path
from random import Random

import pytest
import torch

from models.bundle import Bundle, Manifest
from models.completer import Completer
from models.config import CellKind, ModelConfig
from models.masking import Masker, NameLexicon
from models.recurrent import RecurrentLanguageModel
from models.tokenizer import Tokenizer, training_segments
from tests.contract.desk import Desk
from tests.contract.edit_scripts import WORDS


@pytest.fixture(scope="module")
def completer() -> Completer:
    """A real model, small, with random weights large enough to have opinions."""
    masker = Masker(NameLexicon())
    lines = training_segments(
        " ".join(WORDS) + " the meeting can be at the end of a day.", masker, frozenset()
    )
    tokenizer = Tokenizer.train(lines, vocabulary_size=340)
    config = ModelConfig(
        cell=CellKind.LSTM,
        vocabulary_size=tokenizer.vocabulary_size,
        embedding_size=16,
        hidden_size=24,
        layers=2,
        dropout=0.0,
    )
    torch.manual_seed(7)
    model = RecurrentLanguageModel(config).eval()
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.6)
    manifest = Manifest.model_construct(name="tiny-1", threshold=0.0, model=config)
    bundle = Bundle(Path(), manifest, model, tokenizer, masker, NameLexicon())
    return Completer(bundle, torch.device("cpu"))


def test_edit_scripts_with_a_real_model(completer: Completer) -> None:
    cached = suggested = 0
    for seed in range(10):
        desk = Desk(Random(seed), completer)
        desk.run(edits=8)
        cached += desk.cached
        suggested += desk.suggested
    assert cached > 500
    assert suggested > 50
