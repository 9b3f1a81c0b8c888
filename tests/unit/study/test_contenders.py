"""Contenders have equally many parameters; the mail of a study is invented and split by people."""

import json
from pathlib import Path

import pytest
import torch

from inkling.models.networks.config import CellKind, ModelConfig
from inkling.models.study.contenders import TOLERANCE, Sizes, fitted, step_model
from inkling.models.study.experiments.catalogue import EXPERIMENTS
from inkling.models.study.invented_mail import write_invented_mail
from inkling.models.study.plan import FULL, QUICK, Plan


@pytest.mark.parametrize("plan", [QUICK, FULL], ids=lambda plan: plan.name)
@pytest.mark.parametrize("part", ["sizes", "recall_sizes"])
def test_all_kinds_have_equally_many_parameters(plan: Plan, part: str) -> None:
    sizes: Sizes = getattr(plan, part)
    contenders = sizes.contenders(plan.vocabulary_size)
    assert len({one.name for one in contenders}) == len(contenders) == len(CellKind) + 1
    wanted = contenders[-1].parameters
    for one in contenders:
        assert abs(one.parameters - wanted) <= TOLERANCE * wanted, one.name


def test_parameters_are_counted_as_the_model_has_them() -> None:
    for contender in QUICK.sizes.contenders(300):
        model = contender.build(0, torch.device("cpu"))
        assert contender.parameters == sum(one.numel() for one in model.parameters())


def test_equal_seeds_draw_equal_weights() -> None:
    contender = QUICK.sizes.recurrent(CellKind.GRU, 300)
    one, two, other = (contender.build(seed, torch.device("cpu")).state_dict() for seed in (3, 3, 4))
    assert all(torch.equal(one[name], two[name]) for name in one)
    assert not torch.equal(one["embedding.weight"], other["embedding.weight"])


def test_a_size_that_cannot_be_reached_is_refused() -> None:
    config = ModelConfig(vocabulary_size=300, embedding_size=64)
    with pytest.raises(ValueError, match="no hidden size gives gru about 100 parameters"):
        fitted("gru", config, 100)


def test_every_contender_is_read_one_token_at_a_time_as_in_training() -> None:
    device = torch.device("cpu")
    tokens = torch.randint(300, (7, 1), generator=torch.Generator().manual_seed(0))
    for contender in QUICK.sizes.contenders(300):
        model = contender.build(0, device).eval()
        served = step_model(model, device)
        state = served.initial_state()
        for token in tokens:
            state = served.advance(token.numpy(), state)
        found = served.predictor(torch.zeros(300, 0, dtype=torch.bool).numpy())(state)
        with torch.inference_mode():
            expected = model(tokens, model.initial_state(1))[0][-1]
        assert found.logits == pytest.approx(expected.numpy(), abs=1e-4), contender.name


@pytest.mark.parametrize("plan", [QUICK, FULL], ids=lambda plan: plan.name)
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_has_cases_of_three_seeds_with_hashes_of_their_own(name: str, plan: Plan) -> None:
    experiment = EXPERIMENTS[name]
    cases = experiment.cases(plan, plan.vocabulary_size)
    assert {case.seed for case in cases} >= {0, 1, 2}
    identities = {experiment.identity(case, "mail", "cpu") for case in cases}
    assert len(identities) == len(cases)
    assert all(experiment.seconds(case) > 0 for case in cases)


def test_invented_mail_is_the_same_each_time_and_held_out_by_people(tmp_path: Path) -> None:
    paths = write_invented_mail(tmp_path / "one", 60)
    again = write_invented_mail(tmp_path / "two", 60)
    assert [path.read_bytes() for path in paths] == [path.read_bytes() for path in again]
    train, held_out = ([json.loads(line) for line in path.read_text("utf-8").splitlines()] for path in paths)
    assert (len(train), len(held_out)) == (54, 6)
    assert not {row["person"] for row in train} & {row["person"] for row in held_out}
    assert not any("{" in row["body"] + row["subject"] for row in train + held_out)
    assert any("previous_id" in row for row in train)
