"""Encoders of contexts: what they read, and that training and serving read alike."""

import numpy as np
import pytest
import torch

from inkling.models.networks.config import ContextKind, ModelConfig
from inkling.models.networks.context_encoder import ContextEncoder, Contexts
from inkling.models.networks.recurrent import RecurrentLanguageModel
from inkling.models.runtime.torch import TorchRuntime
from inkling.models.text.tokenizer import Tokenizer
from inkling.models.training.preparation.documents import Document, Lanes, join_documents

CPU = torch.device("cpu")
KINDS = [kind for kind in ContextKind if kind is not ContextKind.LEADING]
CONTEXTS: tuple[list[int], ...] = ([5, 9, 200], [], [17], [3, 4, 5, 6, 7, 8, 9])


def small(kind: ContextKind) -> RecurrentLanguageModel:
    torch.manual_seed(2)
    return RecurrentLanguageModel(
        ModelConfig(
            vocabulary_size=300,
            embedding_size=12,
            hidden_size=16,
            context_encoder=kind,
            dropout=0.0,
        )
    ).eval()


def vectors(model: RecurrentLanguageModel, *contexts: list[int]) -> torch.Tensor:
    with torch.no_grad():
        return model.context_vectors(Contexts.batch(contexts, torch.zeros(1, 1, dtype=torch.int64), CPU))


@pytest.mark.parametrize("kind", KINDS)
def test_a_context_is_read_as_if_alone_and_none_is_zero(kind: ContextKind) -> None:
    model = small(kind)
    together = vectors(model, *CONTEXTS)
    for found, one in zip(together, CONTEXTS, strict=True):
        torch.testing.assert_close(vectors(model, one)[0], found)
    assert not together[1].any()
    assert vectors(model, *CONTEXTS[1:2]).shape == (1, 12)


@pytest.mark.parametrize("kind", KINDS)
def test_every_token_of_a_context_counts_and_order_where_it_is_read(kind: ContextKind) -> None:
    model, tokens = small(kind), CONTEXTS[3]
    whole = vectors(model, tokens)
    for place in range(len(tokens)):
        changed = [*tokens[:place], 250, *tokens[place + 1 :]]
        assert not torch.allclose(vectors(model, changed), whole, atol=1e-6)
    assert torch.allclose(vectors(model, tokens[::-1]), whole) is (kind is ContextKind.AVERAGE)


def test_both_directions_are_those_of_torch() -> None:
    torch.manual_seed(4)
    ours, theirs = ContextEncoder(ContextKind.BIGRU, 6), torch.nn.GRU(6, 6, bidirectional=True)
    with torch.no_grad():
        for reader, suffix in enumerate(("", "_reverse")):
            for side, short in (("input", "ih"), ("hidden", "hh")):
                for kind in ("weight", "bias"):
                    own = ours.get_parameter(f"cells.{reader}.{kind}_{side}")
                    theirs.get_parameter(f"{kind}_{short}_l0{suffix}").copy_(own)
        read, lengths = torch.randn(9, 4, 6), torch.tensor([9, 1, 5, 3])
        packed = torch.nn.utils.rnn.pack_padded_sequence(read, lengths, enforce_sorted=False)
        ends = torch.cat(tuple(theirs(packed)[1]), 1)
        torch.testing.assert_close(ours(read, lengths), ours.projection(ends))


@pytest.mark.parametrize("kind", KINDS)
def test_a_served_draft_is_read_as_in_training(kind: ContextKind) -> None:
    model = small(kind)
    runtime = TorchRuntime(model, CPU)
    tokens = torch.randint(0, 300, (8, len(CONTEXTS)))
    with torch.no_grad():
        contexts = Contexts.batch(CONTEXTS, torch.arange(len(CONTEXTS)).expand(8, -1), CPU)
        features, _ = model.features(tokens, model.initial_state(len(CONTEXTS)), contexts)
        expected = model.logits(features).log_softmax(-1).numpy()
    begun = [runtime.begin(one) for one in CONTEXTS]
    assert not any(fed for _, fed in begun)
    state = np.concatenate([state for state, _ in begun])
    assert state.shape == (len(CONTEXTS), runtime.state_size)
    predict = runtime.predictor(np.zeros((300, 0), np.bool_))
    for fed, wanted in zip(tokens.numpy(), expected, strict=True):
        state = runtime.advance(fed, state)
        np.testing.assert_allclose(predict(state).logits, wanted, atol=1e-4)


class Marks(Tokenizer):
    """The marks of a tokenizer, which joining documents needs."""

    def __init__(self) -> None:
        self.body_id, self.end_id, self.recipient_id = 1, 2, None


def test_each_token_of_a_lane_has_its_own_documents_context() -> None:
    def document(number: int) -> Document:
        own = np.array([number], np.uint16)
        return Document(own[:0] if number == 12 else own, own[:0], own[:0], np.repeat(own, number % 5 + 1), 1)

    documents = [document(number) for number in range(10, 40)]
    stream = join_documents(documents, Marks(), seed=3, epoch=0, context_dropout=0.0, apart=True)
    lanes = Lanes(stream, batch_size=3, sequence_length=7)
    seen = 0
    for step in range(lanes.steps):
        inputs, targets, _ = lanes.batch(step)
        found = lanes.contexts(step, slice(1, 3))
        assert found is not None
        contexts, places = found
        assert places.shape == inputs[:, 1:3].shape
        for token, target, place in zip(inputs[:, 1:3].flat, targets[:, 1:3].flat, places.flat, strict=True):
            # What is read belongs to the document of what comes next, but for its own last tokens.
            own = next((one for one in (target, token) if one >= 10), None)
            if own is not None:
                assert contexts[place].tolist() == ([] if own == 12 else [own])
                seen += 1
    assert seen > 50


@pytest.mark.parametrize("kind", KINDS)
def test_a_model_learns_what_only_the_context_tells(kind: ContextKind) -> None:
    torch.manual_seed(2)
    sizes = {"embedding_size": 12, "hidden_size": 16, "layers": 1, "context_encoder": kind, "dropout": 0.0}
    model = RecurrentLanguageModel(ModelConfig.parse({"vocabulary_size": 300, **sizes}))
    optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
    rows = torch.arange(32).expand(2, -1)
    for _ in range(80):
        told = torch.randint(20, 24, (32,))
        contexts = Contexts.batch([[3, one, 4] for one in told.tolist()], rows, CPU)
        features, _ = model.features(torch.ones_like(rows), model.initial_state(32), contexts)
        loss = torch.nn.functional.cross_entropy(model.logits(features[1]), told)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    assert loss < 0.5  # of ln 4 = 1.4 without a context
