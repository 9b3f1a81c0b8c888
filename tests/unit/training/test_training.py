"""Training is repeatable and resumable, and survives steps that would ruin a model."""

import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from inkling.models.corpus.mail.message import Message
from inkling.models.networks.config import CellKind, ConfigError, ModelConfig, Precision, TrainingConfig
from inkling.models.networks.recurrent import RecurrentLanguageModel
from inkling.models.ngram.shrinking import saved_bytes
from inkling.models.text.masking import NO_NAMES, Masker, NameLexicon, Placeholder
from inkling.models.text.tokenizer import Tokenizer, training_segments
from inkling.models.training.dev_perplexity import word_perplexity
from inkling.models.training.guard import GradientGuard
from inkling.models.training.loop import StepReport, Trainer
from inkling.models.training.loss import cross_entropy
from inkling.models.training.phrase_estimation import best_weight, remember_phrases
from inkling.models.training.precision import choose_precision
from inkling.models.training.preparation.documents import (
    Document,
    Lanes,
    Stream,
    Tokens,
    encode_documents,
    join_documents,
)
from inkling.models.training.scalars import plot_scalars, read_scalars
from inkling.models.training.schedule import learning_rate
from tests.materials.letters import letters

pytestmark = pytest.mark.lengthy

MASKER = Masker(NameLexicon.build([]))


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    segments = [s for text in letters(50) for s in training_segments(text, MASKER, NO_NAMES)]
    return Tokenizer.train(segments, vocabulary_size=420)


@pytest.fixture(scope="module")
def documents(tokenizer: Tokenizer) -> list[Document]:
    messages = [
        Message(
            str(n),
            "invented",
            "p",
            str(n),
            None,
            "Workshop",
            text,
            "See you there?" if n % 2 else None,
            NO_NAMES,
        )
        for n, text in enumerate(letters(60))
    ]
    return list(encode_documents(messages, tokenizer, MASKER))


CONFIG = TrainingConfig(
    batch_size=8,
    sequence_length=16,
    steps=24,
    warmup_steps=4,
    learning_rate=5e-3,
    precision=Precision.FLOAT32,
    dev_interval=8,
)


def small(tokenizer: Tokenizer) -> ModelConfig:
    return ModelConfig(
        cell=CellKind.GRU, vocabulary_size=tokenizer.vocabulary_size, embedding_size=16, hidden_size=24
    )


def make(
    tokenizer: Tokenizer,
    documents: list[Document],
    folder: Path,
    config: TrainingConfig = CONFIG,
    dev: int = 6,
) -> Trainer:
    torch.manual_seed(config.seed)
    model = RecurrentLanguageModel(small(tokenizer))
    return Trainer(model, tokenizer, documents[dev:], documents[:dev], config, folder, "identity")


def losses(trainer: Trainer, stop_after: int | None = None) -> list[float]:
    seen: list[float] = []

    def report(step: StepReport) -> None:
        seen.append(step.loss)
        if stop_after is not None and len(seen) == stop_after:
            trainer.request_stop()

    trainer.run(report)
    return seen


def test_same_seed_same_losses(tokenizer: Tokenizer, documents: list[Document], tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = losses(make(tokenizer, documents, tmp_path / "a"))
    assert losses(make(tokenizer, documents, tmp_path / "b")) == first
    assert len(first) == 24
    assert first[-1] < 0.9 * first[0]


@pytest.mark.parametrize("stop_after", [1, 7, 13])
def test_an_interrupted_run_goes_on_with_the_same_losses(
    tokenizer: Tokenizer, documents: list[Document], tmp_path: Path, stop_after: int
) -> None:
    (tmp_path / "whole").mkdir()
    (tmp_path / "parts").mkdir()
    whole = make(tokenizer, documents, tmp_path / "whole")
    expected = losses(whole)
    first = losses(make(tokenizer, documents, tmp_path / "parts"), stop_after)
    torch.manual_seed(12345)
    resumed = make(tokenizer, documents, tmp_path / "parts")
    assert first + losses(resumed) == expected
    assert resumed.progress.best_dev == whole.progress.best_dev
    rows = [read_scalars(tmp_path / name / "scalars.csv") for name in ("whole", "parts")]
    assert [row["loss"] for row in rows[0]] == [row["loss"] for row in rows[1]]


def test_a_checkpoint_of_other_data_is_refused(
    tokenizer: Tokenizer, documents: list[Document], tmp_path: Path
) -> None:
    losses(make(tokenizer, documents, tmp_path), 2)
    trainer = make(tokenizer, documents, tmp_path)
    with pytest.raises(ConfigError, match="other data"):
        Trainer(trainer.model, tokenizer, documents, [], CONFIG, tmp_path, "another")
    (tmp_path / "checkpoint.safetensors").write_bytes(b"x" * 100)
    with pytest.raises(ConfigError, match="cannot be read"):
        make(tokenizer, documents, tmp_path)


@pytest.mark.parametrize("poison", [math.nan, math.inf, 1e30])
def test_a_poisoned_step_is_skipped_and_counted(
    tokenizer: Tokenizer,
    documents: list[Document],
    tmp_path: Path,
    poison: float,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    trainer = make(tokenizer, documents, tmp_path)
    trainer._guard.settled = 3
    honest: Callable[..., torch.Tensor] = trainer._loss
    calls = 0

    def poisoned(*batch: torch.Tensor) -> torch.Tensor:
        nonlocal calls
        calls += 1
        loss = honest(*batch)
        if calls == 6:
            if not math.isfinite(poison):
                trainer._state = trainer._state * poison
            return loss * poison
        return loss

    monkeypatch.setattr(trainer, "_loss", poisoned)
    seen = losses(trainer)
    assert len(seen) == 24
    assert trainer.progress.skipped == 1
    assert all(torch.isfinite(value).all() for value in trainer.model.state_dict().values())
    assert math.isfinite(seen[-1])
    assert seen[-1] < seen[0]


def test_patience_ends_a_run(tokenizer: Tokenizer, documents: list[Document], tmp_path: Path) -> None:
    config = CONFIG.model_copy(
        update={"learning_rate": 1e-12, "patience": 2, "dev_interval": 2, "steps": 100}
    )
    trainer = make(tokenizer, documents, tmp_path, config)
    trainer.progress.best_dev = 0.5
    assert len(losses(trainer)) == 4
    assert trainer.finished


def test_context_is_not_counted_and_sometimes_dropped(
    tokenizer: Tokenizer, documents: list[Document]
) -> None:
    streams = {
        rate: join_documents(documents, tokenizer, seed=1, epoch=0, context_dropout=rate)
        for rate in (0.0, 0.5, 1.0)
    }
    body = sum(len(document.body) + 1 for document in documents)
    for stream in streams.values():
        assert stream.counted.sum() == body
        assert not stream.counted[stream.tokens == tokenizer.body_id].any()
        assert stream.counted[stream.tokens == tokenizer.end_id].all()
    subjects = {rate: int((stream.tokens == tokenizer.subject_id).sum()) for rate, stream in streams.items()}
    assert subjects[1.0] == 0
    assert subjects[0.0] == len(documents)
    assert 0 < subjects[0.5] < len(documents)
    again = join_documents(documents, tokenizer, seed=1, epoch=0, context_dropout=0.5)
    assert np.array_equal(again.tokens, streams[0.5].tokens)
    other = join_documents(documents, tokenizer, seed=1, epoch=1, context_dropout=0.5)
    assert not np.array_equal(other.tokens, streams[0.5].tokens)


def test_the_recipient_is_hidden_by_the_same_chance(tokenizer: Tokenizer) -> None:
    nothing = np.zeros(0, np.uint16)
    recipient, name = tokenizer.recipient_id, tokenizer.placeholder_id(Placeholder.NAME)
    assert recipient is not None
    body = np.array([recipient, 300, recipient], np.uint16)
    documents = [Document(nothing, nothing, nothing, body, 2)] * 400
    counts = {}
    for rate in (0.0, 0.5, 1.0):
        tokens = join_documents(documents, tokenizer, seed=1, epoch=0, context_dropout=rate).tokens
        counts[rate] = int((tokens == recipient).sum())
        assert int((tokens == name).sum()) == 800 - counts[rate]
        # What stands for a name has a space of its own.
        assert (tokens[np.flatnonzero(tokens == name) - 1] == tokenizer.space_id).all()
    assert counts[0.0] == 800
    assert counts[1.0] == 0
    assert 300 < counts[0.5] < 500


def test_each_source_is_read_as_often_as_its_passes_say(tokenizer: Tokenizer) -> None:
    nothing = np.zeros(0, np.uint16)
    documents = [
        Document(nothing, nothing, nothing, np.array([300 + source], np.uint16), 1, corpus=source)
        for source in range(4)
        for _ in range(500)
    ]
    stream = join_documents(
        documents, tokenizer, seed=1, epoch=0, context_dropout=0.0, passes=[0.0, 0.5, 1.0, 2.5]
    )
    counts = [int((stream.tokens == 300 + source).sum()) for source in range(4)]
    assert counts[0] == 0
    assert counts[1] == pytest.approx(250, abs=60)
    assert counts[2] == 500
    assert counts[3] == pytest.approx(1250, abs=60)
    again = join_documents(
        documents, tokenizer, seed=1, epoch=0, context_dropout=0.0, passes=[0.0, 0.5, 1.0, 2.5]
    )
    assert np.array_equal(again.tokens, stream.tokens)


def test_the_subject_is_shown_by_its_own_chance(tokenizer: Tokenizer, documents: list[Document]) -> None:
    stream = join_documents(documents, tokenizer, seed=1, epoch=0, context_dropout=0.0, subject_dropout=1.0)
    assert tokenizer.subject_id not in stream.tokens
    assert tokenizer.previous_id in stream.tokens


def stream_of(tokens: Tokens) -> Stream:
    return Stream(tokens, np.ones(len(tokens), np.bool_))


def test_lanes_read_every_token_once_and_targets_are_the_next_inputs() -> None:
    tokens = np.arange(1, 102, dtype=np.uint16)
    lanes = Lanes(stream_of(tokens), batch_size=4, sequence_length=10)
    inputs, targets, _ = (
        np.concatenate(part) for part in zip(*map(lanes.batch, range(lanes.steps)), strict=True)
    )
    assert inputs.shape == (25, 4)
    assert np.array_equal(targets, inputs + 1)
    assert sorted(inputs.T.flatten().tolist()) == list(range(1, 101))
    with pytest.raises(ValueError, match="too few for 200 lanes"):
        Lanes(stream_of(tokens), batch_size=200, sequence_length=10)


def test_learning_rate_stays_until_its_decay() -> None:
    config = TrainingConfig(learning_rate=1.0, warmup_steps=10, final_rate_share=0.1, decay_share=0.2)
    rates = [learning_rate(config, step, 100) for step in range(101)]
    assert rates[10:81] == [1.0] * 71
    assert rates[90] == pytest.approx(0.55)
    assert rates[100] == pytest.approx(0.1)
    # A longer run is the same until the shorter one decays.
    longer = [learning_rate(config, step, 200) for step in range(80)]
    assert longer == rates[:80]


def test_learning_rate_warms_up_and_falls() -> None:
    config = TrainingConfig(learning_rate=1.0, warmup_steps=10, final_rate_share=0.1)
    rates = [learning_rate(config, step, 100) for step in range(100)]
    assert rates[:10] == pytest.approx([0.1 * n for n in range(1, 11)])
    assert rates[10] == pytest.approx(1.0)
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert learning_rate(config, 100, 100) == pytest.approx(0.1)


def test_guard_counts_only_what_it_skips() -> None:
    guard = GradientGuard(factor=5.0, settled=3)
    assert all(guard.accepts(1.0, 1.0) for _ in range(5))
    assert not guard.accepts(1.0, 6.0)
    assert not guard.accepts(math.nan, 1.0)
    assert guard.accepts(1.0, 2.0)
    assert guard.skipped == 2


@pytest.mark.parametrize("rows", [1, 255, 256, 257, 700])
def test_the_chunked_loss_is_torchs_own(rows: int) -> None:
    torch.manual_seed(rows)
    targets = torch.randint(0, 90, (rows,))
    values = [torch.randn(rows, 12), torch.randn(90, 12), torch.randn(90)]
    ours, theirs = ([value.clone().requires_grad_() for value in values] for _ in range(2))
    loss = cross_entropy(ours[0], ours[1], ours[2], targets)
    expected = F.cross_entropy(F.linear(theirs[0], theirs[1], theirs[2]), targets)
    torch.testing.assert_close(loss, expected)
    (3.0 * loss).backward()  # type: ignore[no-untyped-call]
    (3.0 * expected).backward()  # type: ignore[no-untyped-call]
    for mine, torchs in zip(ours, theirs, strict=True):
        torch.testing.assert_close(mine.grad, torchs.grad)
    features, weight, bias = (value.double() for value in values)
    torch.testing.assert_close(cross_entropy(features, weight, bias, targets).float(), expected)


def test_the_chunked_loss_in_bfloat16_is_as_exact_as_torchs_own() -> None:
    torch.manual_seed(1)
    targets = torch.randint(0, 90, (700,))
    values = [torch.randn(700, 12), torch.randn(90, 12), torch.randn(90)]
    gradients = []
    for features_type in (torch.bfloat16, torch.float32):
        features, weight, bias = (value.clone().requires_grad_() for value in values)
        cross_entropy(features.to(features_type), weight, bias, targets).backward()  # type: ignore[no-untyped-call]
        gradients.append([features.grad, weight.grad, bias.grad])
    for rounded, exact in zip(*gradients, strict=True):
        assert rounded is not None
        assert exact is not None
        assert rounded.dtype == torch.float32
        assert float((rounded - exact).norm() / exact.norm()) < 0.01


def test_perplexity_of_a_uniform_model(tokenizer: Tokenizer, documents: list[Document]) -> None:
    size = ModelConfig(vocabulary_size=tokenizer.vocabulary_size, embedding_size=8, hidden_size=8)
    model = RecurrentLanguageModel(size)
    with torch.no_grad():
        model.embedding.weight.zero_()
    tokens = sum(len(document.body) + 1 for document in documents)
    words = sum(document.words for document in documents)
    expected = tokenizer.vocabulary_size ** (tokens / words)
    assert word_perplexity(model, tokenizer, documents, rows=7) == pytest.approx(expected, rel=1e-3)


def test_phrases_weigh_as_much_as_dev_says(tokenizer: Tokenizer, documents: list[Document]) -> None:
    config = TrainingConfig(least_authors=1)
    model = RecurrentLanguageModel(small(tokenizer))
    half = len(documents) // 2
    remembered = remember_phrases(model, tokenizer, documents, documents[:half], config)
    assert remembered is not None
    phrases, record = remembered
    assert record.weight == 0.7  # the text is known by heart, and the model knows nothing
    assert best_weight(model, tokenizer, phrases, [nonsense(tokenizer)]) == 0.05
    bounded = config.model_copy(update={"max_phrase_bytes": saved_bytes(phrases) * 3 // 4})
    fewer = remember_phrases(model, tokenizer, documents, documents[:half], bounded)
    assert fewer is not None
    assert 0 < fewer[0].grams < phrases.grams
    with pytest.raises(ConfigError, match="max_phrase_bytes"):
        remember_phrases(model, tokenizer, documents, [], config.model_copy(update={"max_phrase_bytes": 100}))
    none = TrainingConfig(phrase_order=1)
    assert remember_phrases(model, tokenizer, documents, documents, none) is None
    alone = [replace(document, author=0) for document in documents]
    assert remember_phrases(model, tokenizer, alone, documents, TrainingConfig(least_authors=2)) is None


def nonsense(tokenizer: Tokenizer) -> Document:
    tokens = np.random.default_rng(0).integers(270, tokenizer.vocabulary_size, 300).astype(np.uint16)
    nothing = np.zeros(0, np.uint16)
    return Document(nothing, nothing, nothing, tokens, 100)


@pytest.mark.parametrize(
    ("capabilities", "expected"),
    [
        ({"avx512_bf16": True}, Precision.BFLOAT16),
        ({"amx_bf16": True, "avx512_bf16": False}, Precision.BFLOAT16),
        ({"avx512_f": True, "avx512_bf16": False}, Precision.FLOAT32),
        ({}, Precision.FLOAT32),
    ],
)
def test_precision_goes_by_the_processor_and_by_nothing_else(
    capabilities: dict[str, bool], expected: Precision, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cpu, "get_capabilities", lambda: capabilities)
    assert {choose_precision(torch.device("cpu")) for _ in range(3)} == {expected}


def test_the_curve_is_drawn(tokenizer: Tokenizer, documents: list[Document], tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="the train extra is not installed")
    losses(make(tokenizer, documents, tmp_path), 9)
    assert plot_scalars(tmp_path / "scalars.csv", tmp_path / "curve.png")
    assert (tmp_path / "curve.png").read_bytes().startswith(b"\x89PNG")
