"""A blank sees its sides and never itself, and both sides tell more than one."""

import pytest
import torch

from inkling.models.networks.blank_filling import BlankFillingModel
from inkling.models.networks.config import ModelConfig

VOCABULARY = 300


def small(*, both_sides: bool, **sizes: object) -> BlankFillingModel:
    torch.manual_seed(6)
    given = {"vocabulary_size": VOCABULARY, "embedding_size": 12, "hidden_size": 16, "dropout": 0.0, **sizes}
    return BlankFillingModel(ModelConfig.parse(given), both_sides=both_sides).eval()


@pytest.mark.parametrize("both_sides", [False, True])
@pytest.mark.parametrize("sizes", [{}, {"cell": "lstm"}, {"cell": "mingru", "layers": 3, "residual": True}])
def test_a_place_sees_its_sides_and_not_itself(both_sides: bool, sizes: dict[str, object]) -> None:
    model = small(both_sides=both_sides, **sizes)
    tokens = torch.randint(0, 100, (9, 2))
    with torch.no_grad():
        before = model(tokens)
        torch.testing.assert_close(before.exp().sum(-1), torch.ones(9, 2))
        for changed in range(9):
            other = tokens.clone()
            other[changed, 0] = 200
            moved = (model(other) - before).abs().amax(-1) > 1e-7
            sees = torch.arange(9) != changed if both_sides else torch.arange(9) > changed
            assert torch.equal(moved[:, 0], sees)
            assert not moved[:, 1].any()


@pytest.mark.parametrize("both_sides", [False, True])
def test_padding_changes_nothing(both_sides: bool) -> None:
    model, lengths = small(both_sides=both_sides), torch.tensor([9, 4, 1])
    tokens = torch.randint(0, VOCABULARY, (9, 3))
    with torch.no_grad():
        together = model(tokens, lengths)
        for row, length in enumerate(lengths.tolist()):
            alone = model(tokens[:length, row : row + 1])
            torch.testing.assert_close(together[:length, row], alone[:, 0])


def test_only_both_sides_fill_what_the_next_token_tells() -> None:
    """The first token of each text is known from the second one alone."""
    losses = []
    for both_sides in (False, True):
        model = small(both_sides=both_sides, layers=1).train()
        optimizer = torch.optim.Adam(model.parameters(), lr=0.03)
        for _ in range(60):
            tokens = torch.randint(20, 24, (1, 32)).repeat(2, 1)
            loss = -model(tokens)[0].gather(1, tokens[0][:, None]).mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        losses.append(loss.item())
    assert losses[1] < 0.5 < 1.2 < losses[0]  # ln 4 = 1.4
