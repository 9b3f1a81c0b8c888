"""The experiments: whole rows on tiny models, and right numbers where those are known."""

import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import Tensor

from inkling.models.networks.config import CellKind, ContextKind
from inkling.models.networks.recurrent import RecurrentLanguageModel
from inkling.models.study.contenders import Sizes
from inkling.models.study.experiment import FAILURE, Case, DivergedError
from inkling.models.study.experiments.blank_sides import build, parameters_of
from inkling.models.study.experiments.catalogue import EXPERIMENTS
from inkling.models.study.experiments.context_reading import NONE
from inkling.models.study.experiments.dying_units import flat_share, still_share, unit_outputs
from inkling.models.study.experiments.gradient_reach import enlarge, gradient_norms
from inkling.models.study.experiments.keystroke_cost import ANEW, CACHE, STATE
from inkling.models.study.experiments.long_recall import NAMES, RecallCase, learn, sequences
from inkling.models.study.experiments.word_influence import DISTANCES, influence
from inkling.models.study.study_run import measured
from inkling.models.study.workshop import Workshop
from tests.materials.workshops import TINY, make_workshop

CPU = torch.device("cpu")
SIZES = Sizes(embedding=16, layers=1, blocks=1, heads=2, memory=16)


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return make_workshop(tmp_path_factory.mktemp("study"))


def cases(workshop: Workshop, name: str) -> list[Case]:
    """One case of each kind, of the first seed."""
    found = EXPERIMENTS[name].cases(workshop.plan, workshop.material.tokenizer.vocabulary_size)
    return list({case.kind: case for case in reversed(found)}.values())


@pytest.mark.lengthy
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_gives_whole_rows_and_figures(workshop: Workshop, name: str) -> None:
    experiment = EXPERIMENTS[name]
    rows = [row for case in cases(workshop, name) for row in measured(experiment, case, workshop).rows]
    assert {row[FAILURE] for row in rows} == {None}
    for row in rows:
        assert list(row) == [column.name for column in experiment.columns]
        for column in experiment.columns:
            value: Any = row[column.name]
            wanted = {"text": str, "integer": int, "number": int | float}[column.kind]
            assert value is None or isinstance(value, wanted), column.name
    assert any(row[column.name] is not None for row in rows for column in experiment.measures)
    figures = experiment.figures(rows)
    assert figures
    assert all(figure.drawing.startswith("<svg") and figure.described for figure in figures)


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_figures_of_nothing_but_failures_are_drawn_too(workshop: Workshop, name: str) -> None:
    experiment = EXPERIMENTS[name]
    rows = [experiment.failed(case, "diverged") for case in cases(workshop, name)]
    assert all(figure.drawing.startswith("<svg") for figure in experiment.figures(rows))


def network(cell: CellKind = CellKind.RNN_TANH) -> RecurrentLanguageModel:
    model = SIZES.recurrent(cell, 300).build(0, CPU)
    assert isinstance(model, RecurrentLanguageModel)
    return model.eval()


def some_tokens(length: int, rows: int, seed: int = 0) -> Tensor:
    return torch.randint(300, (length, rows), generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("cell", [CellKind.RNN_TANH, CellKind.LSTM, CellKind.MINGRU])
def test_the_gradient_is_that_of_differences(cell: CellKind) -> None:
    model = network(cell).double()
    tokens = some_tokens(6, 1)
    norms = gradient_norms(model, tokens)

    def loss(change: Tensor, place: int) -> float:
        hidden = model.embedding(tokens[:-1]).detach().clone()
        hidden[place, 0] += change
        state = model.initial_state(1)
        output, _ = model.cells[0](hidden, state)
        logits = model.logits(model.projection(output[-1]))
        return -torch.log_softmax(logits, -1)[0, tokens[-1, 0]].item()

    for distance, norm in enumerate(norms, 1):
        step, place = 1e-4, len(tokens) - 1 - distance
        slopes = [
            (loss(step * unit, place) - loss(-step * unit, place)) / (2 * step)
            for unit in torch.eye(16, dtype=torch.float64)
        ]
        assert norm == pytest.approx(math.hypot(*slopes), rel=1e-4, abs=1e-12)


def test_gradients_of_a_transformer_have_a_norm_for_each_distance() -> None:
    norms = gradient_norms(SIZES.transformer(300).build(0, CPU).eval(), some_tokens(9, 3))
    assert len(norms) == 8
    assert all(norm > 0 for norm in norms)


def test_small_recurrent_weights_vanish_and_large_linear_ones_explode() -> None:
    tokens = some_tokens(61, 4)
    small, large = network(CellKind.RNN_RELU), network(CellKind.RNN_RELU)
    enlarge(small, 0.5)
    enlarge(large, 1.5)
    vanished, exploded = gradient_norms(small, tokens), gradient_norms(large, tokens)
    assert vanished[-1] < 1e-9 * vanished[0]
    assert exploded[-1] > 1e3 * exploded[0]


def test_the_spectral_radius_is_what_was_asked_for() -> None:
    model = network()
    enlarge(model, 1.25)
    values = torch.linalg.eigvals(model.layers[0].weight_hidden.detach())
    assert float(values.abs().max()) == pytest.approx(1.25, rel=1e-4)


def test_a_loss_that_is_not_finite_is_a_divergence() -> None:
    model = network()
    torch.nn.init.constant_(model.embedding.weight, math.nan)
    with pytest.raises(DivergedError, match="loss is not finite"):
        gradient_norms(model, some_tokens(4, 2))


def test_a_model_that_forgets_everything_is_influenced_by_the_last_token_alone() -> None:
    model = network()
    torch.nn.init.zeros_(model.layers[0].weight_hidden)
    length = max(DISTANCES) + 1
    found = influence(model, some_tokens(length, 5), some_tokens(length, 5, seed=1))
    assert found[0] > 1e-6
    assert found[1:] == pytest.approx([0.0] * (len(DISTANCES) - 1), abs=1e-9)


def test_the_same_token_in_place_of_itself_changes_nothing() -> None:
    tokens = some_tokens(max(DISTANCES) + 1, 5)
    assert influence(network(), tokens, tokens) == pytest.approx([0.0] * len(DISTANCES), abs=1e-9)


def test_a_change_beyond_all_sense_is_a_divergence() -> None:
    model = network()
    with torch.no_grad():
        model.embedding.weight *= 1e7
    length = max(DISTANCES) + 1
    with pytest.raises(DivergedError, match="over 1,000 nats"):
        influence(model, some_tokens(length, 5), some_tokens(length, 5, seed=1))


def test_a_unit_without_weights_is_still_and_a_far_one_is_flat() -> None:
    model = network()
    with torch.no_grad():
        cell = model.layers[0]
        for weight in (cell.weight_input, cell.weight_hidden):
            weight[0] = 0.0
        cell.bias_input[1] = 50.0
    outputs = unit_outputs(model, some_tokens(20, 3))
    assert outputs.shape == (20, 3, model.config.hidden_size)
    assert still_share(outputs) == pytest.approx(2 / model.config.hidden_size)
    flat = flat_share(CellKind.RNN_TANH, outputs)
    assert flat == pytest.approx(1 / model.config.hidden_size)


@pytest.mark.parametrize(
    ("cell", "outputs", "share"),
    [
        (CellKind.RNN_SIGMOID, [0.5, 0.99], 0.5),
        (CellKind.RNN_TANH, [0.0, 0.99], 0.5),
        (CellKind.RNN_RELU, [0.0, 3.0], 0.5),
        (CellKind.RNN_LEAKY_RELU, [-0.1, 3.0], 0.5),
        (CellKind.GRU, [0.0, 0.0], None),
    ],
)
def test_flat_outputs_are_told_by_the_slope(
    cell: CellKind, outputs: list[float], share: float | None
) -> None:
    assert flat_share(cell, torch.tensor(outputs)) == share


def test_the_name_stands_at_its_distance_before_the_question() -> None:
    tokens, names = sequences(7, 5, torch.Generator().manual_seed(0))
    assert tokens.shape == (6, 7)
    assert torch.equal(tokens[0], names)
    assert bool((names < NAMES).all())
    assert bool((tokens[1:] >= NAMES).all())
    assert len(set(tokens[-1].tolist())) == 1


def test_each_side_has_equally_many_parameters(workshop: Workshop) -> None:
    experiment = EXPERIMENTS["blanks"]
    sizes = [parameters_of(build(case, CPU)) for case in experiment.cases(workshop.plan, 400)]
    assert len(sizes) == 2
    assert max(sizes) <= 1.03 * min(sizes)


def test_a_model_that_never_reads_a_context_gains_nothing_by_it(workshop: Workshop) -> None:
    experiment = EXPERIMENTS["context"]
    found = {case.kind: experiment.measure(workshop, case)[0] for case in cases(workshop, "context")}
    assert set(found) == {NONE, *ContextKind}
    assert found[NONE]["gain"] == 0.0
    assert all(row["gain"] != 0.0 for kind, row in found.items() if kind != NONE)


@pytest.mark.lengthy
def test_a_gru_learns_to_recall_a_near_name(workshop: Workshop) -> None:
    contender = Sizes(embedding=24, layers=1, blocks=2, heads=2, memory=8).recurrent(CellKind.GRU, 270)
    model = contender.build(0, CPU)
    case = RecallCase("gru", 0, contender, rate=3e-3, steps=250, batch=32, distances=(2, 3))
    learn(model, case, workshop)
    tokens, names = sequences(200, 3, torch.Generator().manual_seed(1))
    features, _ = model.features(tokens, model.initial_state(200))
    right = (model.logits(features[-1]).argmax(-1) == names).float().mean()
    assert float(right) > 0.9


def test_what_is_kept_grows_for_a_transformer_alone(workshop: Workshop) -> None:
    experiment = EXPERIMENTS["keystroke-cost"]
    sizes: dict[str, list[int]] = {}
    for case in cases(workshop, "keystroke-cost"):
        rows = experiment.measure(workshop, case)
        assert {row["way"] for row in rows} == {ANEW, CACHE if case.kind == "transformer" else STATE}
        sizes[case.kind] = [int(row["state_bytes"] or 0) for row in rows if row["way"] != ANEW]
    for kind, found in sizes.items():
        assert (len(set(found)) > 1) is (kind == "transformer"), kind


def test_sequences_are_held_out_mail_and_repeat_with_their_seed(workshop: Workshop) -> None:
    one, two, other = (workshop.sequences(20, 4, seed) for seed in (0, 0, 1))
    assert one.shape == (20, 4)
    assert torch.equal(one, two)
    assert not torch.equal(one, other)
    known = {token for document in workshop.material.dev for token in document.body.tolist()}
    tokenizer = workshop.material.tokenizer
    assert set(one.flatten().tolist()) <= known | {tokenizer.end_id, tokenizer.body_id}


def test_a_model_is_trained_once_and_read_again(workshop: Workshop, tmp_path: Path) -> None:
    bench = Workshop(TINY, workshop.material, CPU, tmp_path)
    contender = TINY.sizes.recurrent(CellKind.GRU, workshop.material.tokenizer.vocabulary_size)
    first = bench.trained(contender, 0)
    (kept,) = tmp_path.iterdir()
    written = kept.stat().st_mtime_ns
    again = bench.trained(contender, 0)
    assert kept.stat().st_mtime_ns == written
    assert (again.tokens, again.seconds) == (first.tokens, first.seconds)
    for name, value in first.model.state_dict().items():
        assert torch.equal(value, again.model.state_dict()[name])
    bench.trained(contender, 1)
    assert len(list(tmp_path.iterdir())) == 2


def test_a_model_trained_for_a_time_reads_more_tokens_in_more_time(
    workshop: Workshop, tmp_path: Path
) -> None:
    bench = Workshop(TINY, workshop.material, CPU, tmp_path)
    contender = TINY.sizes.recurrent(CellKind.GRU, workshop.material.tokenizer.vocabulary_size)
    short, long = (bench.trained_for(contender, 0, seconds) for seconds in (0.01, 1.0))
    assert long.tokens > short.tokens
    assert len(list(tmp_path.iterdir())) == 2  # nothing is left of trying how fast it is


def test_a_model_trained_for_a_time_is_trained_anew_at_another_rate(
    workshop: Workshop, tmp_path: Path
) -> None:
    contender = TINY.sizes.recurrent(CellKind.GRU, workshop.material.tokenizer.vocabulary_size)
    for number, rate in enumerate((1e-3, 1e-2), 1):
        plan = replace(TINY, rates={**TINY.rates, contender.name: rate})
        Workshop(plan, workshop.material, CPU, tmp_path).trained_for(contender, 0, 0.01)
        assert len(list(tmp_path.iterdir())) == number
