"""How far back a gradient reaches, at the start and after training, with and without clipping."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from inkling.models.networks.cell import Cell
from inkling.models.networks.config import TrainingConfig
from inkling.models.networks.language_model import LanguageModel
from inkling.models.study.charts.chart import Axis, line_chart
from inkling.models.study.contenders import Contender
from inkling.models.study.experiment import Case, Column, DivergedError, Experiment, Figure, Row
from inkling.models.study.plan import Plan
from inkling.models.study.spread import lines
from inkling.models.study.workshop import Workshop

START, LARGE = "at the start", "at the start, large weights"
CLIPPED, UNCLIPPED = "trained, clipped", "trained, not clipped"
_RADIUS = 1.5
"""The spectral radius of large recurrent weights."""
_DISTANCES = (1, 2, 4, 8, 16, 32, 64, 96)
_LANES = 16


@dataclass(frozen=True)
class GradientCase(Case):
    """A contender in one of the four stages, trained as `training` says where it is trained."""

    contender: Contender
    stage: str
    training: TrainingConfig


def _cases(plan: Plan, vocabulary: int) -> Sequence[GradientCase]:
    found = []
    for contender in plan.sizes.contenders(vocabulary):
        stages = [START, CLIPPED, UNCLIPPED]
        if contender.name.startswith("rnn_"):
            stages.insert(1, LARGE)
        for stage in stages:
            for seed in plan.seeds:
                # At a high rate, so that clipping has work to do.
                training = plan.short_training(contender, seed, fast=True, clipped=stage == CLIPPED)
                found.append(GradientCase(contender.name, seed, contender, stage, training))
    return found


def _measure(workshop: Workshop, case: GradientCase) -> list[Row]:
    if case.stage in (START, LARGE):
        model = case.contender.build(case.seed, workshop.device)
        if case.stage == LARGE:
            enlarge(model)
    else:
        model = workshop.trained(case.contender, case.seed, case.training).model
    tokens = workshop.sequences(max(_DISTANCES) + 1, _LANES, case.seed)
    norms = gradient_norms(model, tokens)
    rows: list[Row] = []
    for distance in _DISTANCES:
        rows.append({"stage": case.stage, "distance": distance, "norm": norms[distance - 1]})
    return rows


@torch.no_grad()
def enlarge(model: LanguageModel, radius: float = _RADIUS) -> None:
    """Scale the recurrent weights of every cell to a spectral radius (the largest size of an eigenvalue)."""
    for cell in model.modules():
        if isinstance(cell, Cell):
            weight = cell.weight_hidden
            cell.weight_hidden.mul_(radius / float(torch.linalg.eigvals(weight.cpu()).abs().max()))


def gradient_norms(model: LanguageModel, tokens: Tensor) -> list[float]:
    """The norm of the last loss's gradient by what was read 1, 2, ... tokens before; the mean of all lanes.

    `tokens` (T + 1, B); T norms of the gradient of -ln P(the last token) by the embeddings of the others,
    the nearest first. Raises DivergedError where the loss is not finite.
    """
    held: list[Tensor] = []

    def keep(_module: object, _given: object, output: Tensor) -> Tensor:
        held.append(output.detach().requires_grad_())
        return held[-1]

    hook = model.embedding.register_forward_hook(keep)
    try:
        features, _ = model.features(tokens[:-1], model.initial_state(tokens.shape[1]))
    finally:
        hook.remove()
    log_probs = torch.log_softmax(model.logits(features[-1]), -1)
    loss = -log_probs.gather(1, tokens[-1][:, None]).sum()
    if not torch.isfinite(loss):
        raise DivergedError("diverged: the loss is not finite")
    (gradient,) = torch.autograd.grad(loss, held)
    by_place = gradient.norm(dim=-1)
    # A Transformer reads rows first.
    by_place = by_place if by_place.shape == tokens[:-1].shape else by_place.T
    norms: list[float] = by_place.mean(1).flip(0).double().tolist()
    return norms


def _figures(rows: Sequence[Row]) -> list[Figure]:
    found = []
    for stage in (START, LARGE, CLIPPED, UNCLIPPED):
        shown = [row for row in rows if row["stage"] == stage]
        if any(row["norm"] is not None for row in shown):
            found.append(
                Figure(
                    f"How far a gradient reaches back: {stage}",
                    "Lines of the gradient's norm against the distance in tokens, for each kind.",
                    line_chart(
                        lines(shown, "distance", "norm"),
                        Axis("tokens back", logarithmic=True),
                        Axis("norm of the gradient", logarithmic=True),
                    ),
                )
            )
    return found


GRADIENTS = Experiment(
    name="gradients",
    title="How far gradients reach: vanishing and exploding",
    claim="The gradients of plain RNNs vanish or explode with distance; gates let them pass; clipping helps.",
    question="How large is the gradient of one prediction's loss by a token that was read so long ago?",
    keys=(Column("stage", "stage", "text"), Column("distance", "tokens back", "integer")),
    measures=(Column("norm", "norm of the gradient", digits=9),),
    cases=_cases,
    measure=_measure,
    figures=_figures,
    seconds=lambda case: (
        2.0
        if case.stage in (START, LARGE)
        else (case.training.steps or 0) * case.training.batch_size * case.training.sequence_length / 5000
    ),
)
