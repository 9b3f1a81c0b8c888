"""Stacks of one to six layers with equally many parameters, each layer's input added to its output."""

from collections.abc import Sequence
from dataclasses import dataclass

from inkling.models.networks.config import CellKind, ModelConfig
from inkling.models.study.charts.chart import Axis, line_chart
from inkling.models.study.contenders import Contender, fitted
from inkling.models.study.experiment import Column, Experiment, Figure, Row
from inkling.models.study.experiments.kinds_quality import (
    MEASURES,
    QualityCase,
    measure_quality,
    quality_case,
    quality_seconds,
)
from inkling.models.study.plan import Plan
from inkling.models.study.spread import lines
from inkling.models.study.workshop import Workshop

_CELL = CellKind.GRU


@dataclass(frozen=True)
class DepthCase(QualityCase):
    """A stack of so many layers of GRUs."""

    layers: int = 1


def _cases(plan: Plan, vocabulary: int) -> Sequence[DepthCase]:
    found = []
    for layers in plan.depths:
        contender = _stacked(plan, vocabulary, layers)
        for seed in plan.seeds:
            fields = vars(quality_case(plan, contender, seed, steps=plan.depth_steps))
            found.append(DepthCase(**{**fields, "kind": _CELL.value}, layers=layers))
    return found


def _stacked(plan: Plan, vocabulary: int, layers: int) -> Contender:
    config = ModelConfig(
        cell=_CELL,
        vocabulary_size=vocabulary,
        embedding_size=plan.sizes.embedding,
        layers=layers,
        residual=layers > 1,
        dropout=0.0,
    )
    return fitted(f"{_CELL.value}, {layers} deep", config, plan.sizes.transformer(vocabulary).parameters)


def _measure(workshop: Workshop, case: DepthCase) -> list[Row]:
    return [{"layers": case.layers, **measure_quality(workshop, case)}]


def _figures(rows: Sequence[Row]) -> list[Figure]:
    return [
        Figure(
            title,
            f"Lines of the {axis.title} against the number of layers.",
            line_chart(lines(rows, "layers", measure), Axis("layers"), axis),
        )
        for measure, title, axis in (
            (
                "perplexity",
                "Perplexity by depth (less is better)",
                Axis("perplexity a word", logarithmic=True),
            ),
            ("net_time", "Net time saved by depth (more is better)", Axis("net time saved, %")),
        )
    ]


DEPTH = Experiment(
    name="depth",
    title="One to six layers of equal size",
    claim="Deep networks see more than shallow ones.",
    question="What do more and narrower layers gain, with equally many parameters and residual connections?",
    keys=(Column("layers", "layers", "integer"),),
    measures=MEASURES,
    cases=_cases,
    measure=_measure,
    figures=_figures,
    seconds=quality_seconds,
)
