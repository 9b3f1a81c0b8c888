"""The Transformer baseline: it sees no later token, and a carried state changes nothing."""

import numpy as np
import pytest
import torch

from inkling.models.networks.config import ConfigError, TransformerConfig
from inkling.models.networks.transformer import TransformerLanguageModel
from inkling.models.runtime.transformer_step import TransformerRuntime

CONFIG = TransformerConfig(vocabulary_size=280, embedding_size=16, layers=2, heads=2, memory=12, dropout=0.0)


@pytest.fixture
def model() -> TransformerLanguageModel:
    torch.manual_seed(0)
    return TransformerLanguageModel(CONFIG).eval()


@torch.no_grad()
def test_steps_equal_the_sequence_while_the_memory_holds_it(model: TransformerLanguageModel) -> None:
    tokens = torch.randint(0, 280, (10, 3))
    whole, _ = model(tokens, model.initial_state(3))
    state = model.initial_state(3)
    parts: list[torch.Tensor] = []
    for length in (1, 3, 1, 5):
        begin = sum(len(part) for part in parts)
        part, state = model(tokens[begin : begin + length], state)
        parts.append(part)
    torch.testing.assert_close(torch.cat(parts), whole)


@torch.no_grad()
def test_no_later_token_is_seen(model: TransformerLanguageModel) -> None:
    tokens = torch.randint(0, 280, (8, 2))
    first, _ = model(tokens, model.initial_state(2))
    tokens[5:] = 7
    other, _ = model(tokens, model.initial_state(2))
    torch.testing.assert_close(first[:5], other[:5])
    assert not torch.allclose(first[5:], other[5:])


@torch.no_grad()
def test_what_is_older_than_the_memory_is_forgotten(model: TransformerLanguageModel) -> None:
    tokens = torch.randint(0, 280, (40, 2))
    _, state = model(tokens, model.initial_state(2))
    assert state[:, -1].tolist() == [12.0, 12.0]
    assert state.shape == (2, model.state_size)


@torch.no_grad()
def test_a_row_is_its_own(model: TransformerLanguageModel) -> None:
    tokens = torch.randint(0, 280, (9, 4))
    together, _ = model(tokens, model.initial_state(4))
    alone, _ = model(tokens[:, 2:3], model.initial_state(1))
    torch.testing.assert_close(together[:, 2:3], alone)


def test_heads_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ConfigError, match="2 \\* heads"):
        TransformerConfig.parse({"embedding_size": 30, "heads": 4})


def test_the_runtime_steps_as_the_model_reads(model: TransformerLanguageModel) -> None:
    runtime = TransformerRuntime(model, torch.device("cpu"))
    tokens = torch.randint(0, 280, (9, 3))
    with torch.no_grad():
        expected, _ = model(tokens, model.initial_state(3))
    groups = np.zeros((280, 1), np.bool_)
    groups[40:90] = True
    predict = runtime.predictor(groups)
    state = np.repeat(runtime.initial_state(), 3, axis=0)
    for fed, wanted in zip(tokens.numpy(), expected.numpy(), strict=True):
        state = runtime.advance(fed, state)
        distribution = predict(state)
        np.testing.assert_allclose(distribution.logits, wanted, atol=1e-4)
        np.testing.assert_allclose(
            np.exp(distribution.group_log_probs[:, 0]), np.exp(wanted[:, 40:90]).sum(1), rtol=1e-3
        )
