"""What both sides of a word are worth: a blanked token is filled from one of them, or from both."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional as F

from inkling.models.networks.blank_filling import BlankFillingModel
from inkling.models.networks.config import CellKind, ModelConfig
from inkling.models.networks.shapes import parameter_shapes
from inkling.models.study.charts.chart import Axis, bar_chart
from inkling.models.study.contenders import fitting
from inkling.models.study.experiment import Case, Column, DivergedError, Experiment, Figure, Row
from inkling.models.study.optimizer import new_optimizer
from inkling.models.study.plan import Plan
from inkling.models.study.spread import bars
from inkling.models.study.workshop import Workshop, finite

LEFT, BOTH = "left side", "both sides"
_GROUP = 32


@dataclass(frozen=True)
class BlankCase(Case):
    """What is read by a model of these sizes, trained for `steps`, and asked about `probes` runs."""

    vocabulary: int
    embedding: int
    parameters: int
    steps: int
    batch: int
    length: int
    rate: float
    probes: int


def _cases(plan: Plan, vocabulary: int) -> Sequence[BlankCase]:
    parameters = plan.sizes.transformer(vocabulary).parameters
    return [
        BlankCase(
            side,
            seed,
            vocabulary,
            plan.sizes.embedding,
            parameters,
            plan.blank_steps,
            plan.batch_size,
            plan.sequence_length,
            plan.gated_rate,
            plan.probes,
        )
        for side in (LEFT, BOTH)
        for seed in plan.seeds
    ]


def build(case: BlankCase, device: torch.device) -> BlankFillingModel:
    """A new model of the case, with equally many parameters for each side; ValueError where none fits."""

    both = case.kind == BOTH

    def sized(hidden: int) -> ModelConfig:
        return ModelConfig(
            cell=CellKind.GRU,
            vocabulary_size=case.vocabulary,
            embedding_size=case.embedding,
            hidden_size=hidden,
            layers=1,
            dropout=0.0,
        )

    hidden = fitting(case.kind, case.parameters, lambda size: _count(sized(size), both_sides=both))
    torch.manual_seed(case.seed)
    return BlankFillingModel(sized(hidden), both_sides=both).to(device)


def _count(config: ModelConfig, *, both_sides: bool) -> int:
    """The parameters of a model of these sizes: those of a language model, and those of the second side."""
    shapes = {name: math.prod(shape) for name, shape in parameter_shapes(config).items()}
    second = sum(size for name, size in shapes.items() if name.startswith(("cells.", "projection.weight")))
    return sum(shapes.values()) + both_sides * second


def parameters_of(model: BlankFillingModel) -> int:
    """Numbers that training changes."""
    return sum(one.numel() for one in model.parameters())


def learn(model: BlankFillingModel, case: BlankCase, workshop: Workshop) -> None:
    """Train on runs of training mail; raises DivergedError where the gradient is no longer finite."""
    optimizer = new_optimizer(model, case.rate)
    random = np.random.default_rng(case.seed)
    for step in range(case.steps):
        tokens = workshop.sequences(case.length, case.batch, random, train=True)
        loss = F.nll_loss(model(tokens).flatten(0, 1), tokens.flatten())
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        if not torch.isfinite(norm):
            raise DivergedError(f"diverged at step {step + 1} of {case.steps}")
        optimizer.step()
        workshop.told(f"fill blanks, {case.kind}", step + 1, case.steps)


def _measure(workshop: Workshop, case: BlankCase) -> list[Row]:
    model = build(case, workshop.device)
    learn(model, case, workshop)
    loss, right, count = 0.0, 0, 0
    random = np.random.default_rng(case.seed)
    for first in range(0, case.probes, _GROUP):
        rows = min(_GROUP, case.probes - first)
        tokens = workshop.sequences(case.length, rows, random)
        with torch.inference_mode():
            # Neither end of a run: there one of the sides is empty.
            wanted = tokens[1:-1].flatten()
            log_probs = model(tokens)[1:-1].flatten(0, 1)
            loss += float(F.nll_loss(log_probs, wanted, reduction="sum"))
            right += int((log_probs.argmax(-1) == wanted).sum())
        count += len(wanted)
    return [
        {
            "parameters": parameters_of(model),
            "perplexity": finite(math.exp(min(loss / count, 700.0)), "perplexity"),
            "right": 100 * right / count,
        }
    ]


def _figures(rows: Sequence[Row]) -> list[Figure]:
    return [
        Figure(
            title,
            f"Bars of the {axis.title} when a token is filled from the left, and from both sides.",
            bar_chart([("", bars(rows, measure))], axis),
        )
        for measure, title, axis in (
            ("perplexity", "Perplexity of a blanked token (less is better)", Axis("perplexity a token")),
            ("right", "Blanked tokens filled rightly", Axis("filled rightly, %")),
        )
    ]


BLANKS = Experiment(
    name="blanks",
    title="Filling a blank from one side or from both",
    claim="Bidirectional networks are better, because they see both sides.",
    question="How well is one token of a finished message predicted from the left, and from both sides?",
    keys=(),
    measures=(
        Column("parameters", "parameters", "integer"),
        Column("perplexity", "perplexity a token", digits=1),
        Column("right", "filled rightly, %", digits=1),
    ),
    cases=_cases,
    measure=_measure,
    figures=_figures,
    seconds=lambda case: case.steps * case.batch * case.length / 5000,
)
