"""Whether a name is remembered that was read 5 to 500 tokens before it is asked for.

The task is ours. A sequence begins with one of 16 names, then come words that say nothing, then a question
mark, after which the model must say the name. Guessing is right once in 16. Training begins with short
distances and reaches the longest ones at two thirds of its length.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional as F

from inkling.models.networks.config import CellKind
from inkling.models.networks.language_model import LanguageModel
from inkling.models.study.charts.chart import Axis, line_chart
from inkling.models.study.contenders import TRANSFORMER, Contender
from inkling.models.study.experiment import Case, Column, DivergedError, Experiment, Figure, Row
from inkling.models.study.optimizer import new_optimizer
from inkling.models.study.plan import Plan
from inkling.models.study.spread import lines
from inkling.models.study.workshop import Workshop

NAMES = 16
_FILLERS = 64
_QUESTION = NAMES + _FILLERS
VOCABULARY = 270
"""The least that a model may have; most of it is not used."""
_RATE = 3e-3
_SLOW_RATE = 1e-3
_SLOW = (CellKind.RNN_RELU.value, CellKind.RNN_LEAKY_RELU.value, TRANSFORMER)
"""Kinds that the usual rate ruins."""

_MOST_SKIPPED = 0.1
_ASKED = 512
_ROWS = 128
_GROWN = 2 / 3


@dataclass(frozen=True)
class RecallCase(Case):
    """A small contender, trained for `steps` of `batch` sequences at `rate`, asked at each of `distances`."""

    contender: Contender
    rate: float
    steps: int
    batch: int
    distances: tuple[int, ...]


def _cases(plan: Plan, _vocabulary: int) -> Sequence[RecallCase]:
    return [
        RecallCase(
            contender.name,
            seed,
            contender,
            _SLOW_RATE if contender.name in _SLOW else _RATE,
            plan.recall_steps,
            plan.recall_batch,
            plan.distances,
        )
        for contender in plan.recall_sizes.contenders(VOCABULARY)
        for seed in plan.seeds
    ]


def sequences(rows: int, distance: int, random: torch.Generator) -> tuple[Tensor, Tensor]:
    """Sequences (distance + 1, rows) that end in the question, and the names (rows,) that answer it.

    The name stands `distance` tokens before the question.
    """
    names = torch.randint(NAMES, (rows,), generator=random)
    fillers = torch.randint(NAMES, NAMES + _FILLERS, (distance - 1, rows), generator=random)
    question = torch.full((1, rows), _QUESTION)
    return torch.cat((names[None], fillers, question)), names


def _measure(workshop: Workshop, case: RecallCase) -> list[Row]:
    model = case.contender.build(case.seed, workshop.device)
    learn(model, case, workshop)
    model.eval()
    random = torch.Generator().manual_seed(10_000 + case.seed)
    return [
        {"distance": distance, "recalled": 100 * _recalled(model, distance, random, workshop.device)}
        for distance in case.distances
    ]


def learn(model: LanguageModel, case: RecallCase, workshop: Workshop) -> None:
    """Train on the task, skipping steps whose gradient is not finite; raises DivergedError for too many."""
    optimizer = new_optimizer(model, case.rate)
    skipped = 0
    random = torch.Generator().manual_seed(case.seed)
    shortest, longest = min(case.distances), max(case.distances)
    for step in range(case.steps):
        reach = shortest * (longest / shortest) ** min((step + 1) / (_GROWN * case.steps), 1.0)
        share = float(torch.rand((), generator=random))
        distance = max(shortest, round(shortest * (reach / shortest) ** share))
        tokens, names = sequences(case.batch, distance, random)
        features, _ = model.features(tokens.to(workshop.device), model.initial_state(case.batch))
        loss = F.cross_entropy(model.logits(features[-1]), names.to(workshop.device))
        optimizer.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]
        norm = torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        if torch.isfinite(norm):
            optimizer.step()
        else:
            skipped += 1
            if skipped > _MOST_SKIPPED * case.steps:
                raise DivergedError(f"diverged: {skipped} of the first {step + 1} steps were skipped")
        workshop.told(f"recall {case.kind}", step + 1, case.steps)


@torch.inference_mode()
def _recalled(model: LanguageModel, distance: int, random: torch.Generator, device: torch.device) -> float:
    """The share of names that the model says when asked."""
    right = 0
    for _ in range(_ASKED // _ROWS):
        tokens, names = sequences(_ROWS, distance, random)
        features, _ = model.features(tokens.to(device), model.initial_state(_ROWS))
        right += int((model.logits(features[-1]).argmax(-1).cpu() == names).sum())
    return right / _ASKED


def _figures(rows: Sequence[Row]) -> list[Figure]:
    return [
        Figure(
            f"Names recalled after a distance (guessing gives {100 / NAMES:.0f}%)",
            "Lines of the percentage of names recalled against the distance in tokens, for each kind.",
            line_chart(
                lines(rows, "distance", "recalled"),
                Axis("tokens back", logarithmic=True),
                Axis("recalled, %", from_zero=True),
            ),
        )
    ]


RECALL = Experiment(
    name="recall",
    title="Recall of a name that was read long ago",
    claim="Vanilla RNNs forget, LSTMs and GRUs remember, Transformers look it up.",
    question="How often does a trained model say the right one of 16 names, so many tokens after it?",
    keys=(Column("distance", "tokens back", "integer"),),
    measures=(Column("recalled", "recalled, %", digits=1),),
    cases=_cases,
    measure=_measure,
    figures=_figures,
    seconds=lambda case: case.steps * case.batch * max(case.distances) / 4 / 50_000,
)
