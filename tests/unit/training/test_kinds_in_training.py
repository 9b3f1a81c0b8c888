"""Every kind of model learns, and a training that was interrupted goes on as if it had not been."""

from pathlib import Path

import pytest
import torch

from inkling.models.corpus.mail.message import Message
from inkling.models.networks.config import Precision, TrainingConfig, parse_network
from inkling.models.networks.language_model import make_language_model
from inkling.models.text.masking import NO_NAMES, Masker, NameLexicon
from inkling.models.text.tokenizer import Tokenizer, training_segments
from inkling.models.training.loop import StepReport, Trainer
from inkling.models.training.preparation.documents import Document, encode_documents
from tests.materials.letters import letters
from tests.materials.networks import EVERY_KIND, TORCH

pytestmark = pytest.mark.lengthy

MASKER = Masker(NameLexicon.build([]))
CONFIG = TrainingConfig(
    batch_size=8,
    sequence_length=16,
    steps=24,
    warmup_steps=4,
    learning_rate=5e-3,
    precision=Precision.FLOAT32,
    dev_interval=8,
)


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    segments = [s for text in letters(50) for s in training_segments(text, MASKER, NO_NAMES)]
    return Tokenizer.train(segments, vocabulary_size=420)


@pytest.fixture(scope="module")
def documents(tokenizer: Tokenizer) -> list[Document]:
    messages = [
        Message(str(n), "invented", "p", str(n), None, "Workshop", text, previous, NO_NAMES)
        for n, text in enumerate(letters(60))
        for previous in (["See you there?", None][n % 2],)
    ]
    return list(encode_documents(messages, tokenizer, MASKER))


def trained(
    kind: str,
    tokenizer: Tokenizer,
    documents: list[Document],
    folder: Path,
    stop_after: int = 1000,
    config: TrainingConfig = CONFIG,
) -> list[float]:
    """The losses of a training, or of the rest of one, up to so many steps."""
    folder.mkdir(exist_ok=True)
    torch.manual_seed(0)
    sizes = {**EVERY_KIND[kind], "dropout": 0.1, "vocabulary_size": tokenizer.vocabulary_size}
    model = make_language_model(parse_network(sizes))
    trainer = Trainer(model, tokenizer, documents[6:], documents[:6], config, folder, "identity")
    seen: list[float] = []

    def report(step: StepReport) -> None:
        seen.append(step.loss)
        if len(seen) == stop_after:
            trainer.request_stop()

    trainer.run(report)
    return seen


@pytest.mark.parametrize("kind", ["mingru", "deep gru", *TORCH])
def test_a_training_learns_and_goes_on_where_it_stopped(
    tokenizer: Tokenizer, documents: list[Document], tmp_path: Path, kind: str
) -> None:
    expected = trained(kind, tokenizer, documents, tmp_path / "whole")
    first = trained(kind, tokenizer, documents, tmp_path / "parts", stop_after=7)
    assert len(first) == 7
    assert first + trained(kind, tokenizer, documents, tmp_path / "parts") == expected
    assert expected[-1] < 0.95 * expected[0]


@pytest.mark.parametrize("kind", EVERY_KIND)
def test_every_kind_is_trained_in_half_precision(
    tokenizer: Tokenizer, documents: list[Document], tmp_path: Path, kind: str
) -> None:
    whole = CONFIG.model_copy(update={"steps": 3})
    half = whole.model_copy(update={"precision": Precision.BFLOAT16})
    expected, found = (
        trained(kind, tokenizer, documents, tmp_path / one.precision.value, config=one)
        for one in (whole, half)
    )
    assert found == pytest.approx(expected, abs=0.1)
