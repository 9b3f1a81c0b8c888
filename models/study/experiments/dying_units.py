"""Units that no longer answer: outputs that never change, and activations in their flat parts."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from inkling.models.networks.cell import Cell
from inkling.models.networks.config import CellKind, TrainingConfig
from inkling.models.networks.language_model import LanguageModel
from inkling.models.study.charts.chart import Axis, bar_chart
from inkling.models.study.contenders import Contender
from inkling.models.study.experiment import Case, Column, Experiment, Figure, Row
from inkling.models.study.plan import Plan
from inkling.models.study.spread import bars
from inkling.models.study.workshop import Workshop

USUAL, FAST, START = "usual rate", "twice the rate", "at the start"
_STILL = 1e-3
_FLAT_SLOPE = 0.05
_LANES, _LENGTH = 16, 97


@dataclass(frozen=True)
class DyingCase(Case):
    """A recurrent contender, untrained or trained as `training` says."""

    contender: Contender
    stage: str
    training: TrainingConfig


def _cases(plan: Plan, vocabulary: int) -> Sequence[DyingCase]:
    found = []
    for cell in CellKind:
        contender = plan.sizes.recurrent(cell, vocabulary)
        for stage in (START, USUAL, FAST):
            for seed in plan.seeds:
                how = plan.short_training(contender, seed, fast=stage == FAST)
                found.append(DyingCase(contender.name, seed, contender, stage, how))
    return found


def _measure(workshop: Workshop, case: DyingCase) -> list[Row]:
    if case.stage == START:
        model = case.contender.build(case.seed, workshop.device)
    else:
        model = workshop.trained(case.contender, case.seed, case.training).model
    outputs = unit_outputs(model, workshop.sequences(_LENGTH, _LANES, case.seed))
    return [
        {
            "stage": case.stage,
            "still": 100 * still_share(outputs),
            "flat": None if (share := flat_share(CellKind(case.kind), outputs)) is None else 100 * share,
        }
    ]


@torch.inference_mode()
def unit_outputs(model: LanguageModel, tokens: Tensor) -> Tensor:
    """The outputs of all cells, side by side, after each of `tokens` (T, B): (T, B, units)."""
    held: list[Tensor] = []
    hooks = [
        one.register_forward_hook(lambda _module, _given, output: held.append(output[0]))
        for one in model.modules()
        if isinstance(one, Cell)
    ]
    try:
        model.features(tokens, model.initial_state(tokens.shape[1]))
    finally:
        for hook in hooks:
            hook.remove()
    return torch.cat(held, -1).float()


def still_share(outputs: Tensor) -> float:
    """The share of units whose output is the same, within 0.001, whatever is read; `outputs` (T, B, U)."""
    flat = outputs.flatten(0, 1)
    return float(((flat.amax(0) - flat.amin(0)) < _STILL).float().mean())


def flat_share(cell: CellKind, outputs: Tensor) -> float | None:
    """The share of outputs at which the activation's slope is below 0.05; None for cells with gates.

    The slope is taken from the output: 1 - h^2 for tanh, h (1 - h) for the sigmoid, 0 or 0.01 below zero for
    the rectifiers.
    """
    match cell:
        case CellKind.RNN_TANH:
            slopes = 1 - outputs**2
        case CellKind.RNN_SIGMOID:
            slopes = outputs * (1 - outputs)
        case CellKind.RNN_RELU | CellKind.RNN_LEAKY_RELU:
            slopes = (outputs > 0).float()
        case _:
            return None
    return float((slopes < _FLAT_SLOPE).float().mean())


def _figures(rows: Sequence[Row]) -> list[Figure]:
    found = []
    for measure, title in (("still", "Units that never change"), ("flat", "Outputs in a flat part")):
        groups = [
            (stage, bars([row for row in rows if row["stage"] == stage], measure))
            for stage in (START, USUAL, FAST)
        ]
        kept = [(name, group) for name, group in groups if group]
        if kept:
            found.append(
                Figure(
                    title,
                    f"Bars of the share in percent for each kind of cell: {title.lower()}.",
                    bar_chart(kept, Axis("share, %")),
                )
            )
    return found


DYING = Experiment(
    name="dying-units",
    title="Dying units",
    claim="ReLU units die, leaky ReLU units do not, sigmoid and tanh saturate.",
    question="How many units say the same whatever is read, and how often is an activation nearly flat?",
    keys=(Column("stage", "stage", "text"),),
    measures=(Column("still", "still units, %", digits=1), Column("flat", "flat outputs, %", digits=1)),
    cases=_cases,
    measure=_measure,
    figures=_figures,
    seconds=lambda case: (
        1.0
        if case.stage == START
        else (case.training.steps or 0) * case.training.batch_size * case.training.sequence_length / 5000
    ),
)
