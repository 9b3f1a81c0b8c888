"""How much each earlier token changes a prediction: one is replaced, and the change is measured."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from inkling.models.networks.language_model import LanguageModel
from inkling.models.study.charts.chart import Axis, line_chart
from inkling.models.study.contenders import Contender
from inkling.models.study.experiment import Case, Column, DivergedError, Experiment, Figure, Row
from inkling.models.study.plan import Plan
from inkling.models.study.spread import lines
from inkling.models.study.workshop import Workshop

DISTANCES = (1, 2, 3, 5, 8, 12, 20, 32, 48)
_SENSELESS = 1000.0
"""So many nats mean that the state grew without a bound, and that the model's scores say nothing."""


@dataclass(frozen=True)
class InfluenceCase(Case):
    """A contender trained as the plan says (`steps`), looked at in `probes` places."""

    contender: Contender
    steps: int
    rate: float
    tokens_a_step: int
    probes: int


def _cases(plan: Plan, vocabulary: int) -> Sequence[InfluenceCase]:
    return [
        InfluenceCase(
            contender.name,
            seed,
            contender,
            plan.steps,
            plan.training(contender, seed).learning_rate,
            plan.batch_size * plan.sequence_length,
            plan.probes,
        )
        for contender in plan.sizes.contenders(vocabulary)
        for seed in plan.seeds
    ]


def _measure(workshop: Workshop, case: InfluenceCase) -> list[Row]:
    model = workshop.trained(case.contender, case.seed).model
    tokens = workshop.sequences(max(DISTANCES) + 1, case.probes, case.seed)
    others = tokens[:, torch.randperm(case.probes, generator=torch.Generator().manual_seed(case.seed))]
    found = influence(model, tokens, others.roll(1, 0))
    return [{"distance": distance, "nats": value} for distance, value in zip(DISTANCES, found, strict=True)]


@torch.inference_mode()
def influence(model: LanguageModel, tokens: Tensor, others: Tensor) -> list[float]:
    """The mean Kullback-Leibler divergence, in nats, between the prediction after `tokens` and the one after
    the same with the token at a distance taken from `others`, for each of `DISTANCES`.

    `tokens` and `others` are (T, B); distance 1 is the last token. Raises DivergedError for a change that no
    model which predicts anything can have.
    """
    rows = tokens.shape[1]
    variants = [tokens]
    for distance in DISTANCES:
        changed = tokens.clone()
        changed[-distance] = others[-distance]
        variants.append(changed)
    results = []
    for variant in variants:
        features, _ = model.features(variant, model.initial_state(rows))
        results.append(torch.log_softmax(model.logits(features[-1]).float(), -1))
    whole, *rest = results
    found = [float((whole.exp() * (whole - one)).sum(-1).mean()) for one in rest]
    if max(found) > _SENSELESS:
        raise DivergedError(f"diverged: another token changes the prediction by over {_SENSELESS:,.0f} nats")
    return found


def _figures(rows: Sequence[Row]) -> list[Figure]:
    return [
        Figure(
            "How much another token at a distance changes the prediction",
            "Lines of the change of the prediction in nats against the distance in tokens, for each kind.",
            line_chart(
                lines(rows, "distance", "nats"),
                Axis("tokens back", logarithmic=True),
                Axis("change, nats", logarithmic=True),
            ),
        )
    ]


INFLUENCE = Experiment(
    name="influence",
    title="The influence of earlier words",
    claim="Recurrent models are biased towards recent words.",
    question="How much does the next word's distribution change if one earlier token is another one?",
    keys=(Column("distance", "tokens back", "integer"),),
    measures=(Column("nats", "change, nats", digits=5),),
    cases=_cases,
    measure=_measure,
    figures=_figures,
    seconds=lambda case: case.probes * len(DISTANCES) * max(DISTANCES) / 10_000,
)
