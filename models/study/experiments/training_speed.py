"""How many tokens a second are trained on, by the length of the sequences."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from inkling.models.study.charts.chart import Axis, line_chart
from inkling.models.study.contenders import Contender
from inkling.models.study.experiment import Case, Column, Experiment, Figure, Row
from inkling.models.study.optimizer import new_optimizer
from inkling.models.study.plan import Plan
from inkling.models.study.spread import lines
from inkling.models.study.workshop import Workshop
from inkling.models.training.loss import cross_entropy

_LANES = 8


@dataclass(frozen=True)
class SpeedCase(Case):
    """A contender, timed on sequences of `lengths`, each on about `tokens` tokens."""

    contender: Contender
    lengths: tuple[int, ...]
    tokens: int


def _cases(plan: Plan, vocabulary: int) -> Sequence[SpeedCase]:
    return [
        SpeedCase(contender.name, seed, contender, plan.lengths, plan.speed_tokens)
        for contender in plan.sizes.contenders(vocabulary)
        for seed in plan.seeds
    ]


def _measure(workshop: Workshop, case: SpeedCase) -> list[Row]:
    model = case.contender.build(case.seed, workshop.device)
    optimizer = new_optimizer(model, 1e-4)
    vocabulary = case.contender.config.vocabulary_size
    random = torch.Generator().manual_seed(case.seed)
    rows: list[Row] = []
    for length in case.lengths:
        tokens = torch.randint(vocabulary, (length + 1, _LANES), generator=random).to(workshop.device)
        state = model.initial_state(_LANES)

        def step(tokens: torch.Tensor = tokens, state: torch.Tensor = state) -> None:
            features, _ = model.features(tokens[:-1], state)
            loss = cross_entropy(
                features.flatten(0, 1), model.embedding.weight, model.output_bias, tokens[1:].flatten()
            )
            optimizer.zero_grad(set_to_none=True)
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            if workshop.device.type == "cuda":
                torch.cuda.synchronize()

        step()
        times = []
        for _ in range(max(2, case.tokens // (length * _LANES))):
            began = workshop.clock()
            step()
            times.append(workshop.clock() - began)
        rows.append({"length": length, "tokens_a_second": length * _LANES / float(np.median(times))})
    return rows


def _figures(rows: Sequence[Row]) -> list[Figure]:
    return [
        Figure(
            "Training speed by the length of sequences, eight at a time",
            "Lines of tokens trained on a second against the tokens of a sequence, for each kind.",
            line_chart(
                lines(rows, "length", "tokens_a_second"),
                Axis("tokens of a sequence", logarithmic=True),
                Axis("tokens a second", logarithmic=True),
            ),
        )
    ]


SPEED = Experiment(
    name="training-speed",
    title="Training speed by sequence length",
    claim="RNNs cannot be parallelised over time, so they train slowly; GRUs train faster than LSTMs.",
    question="How many tokens a second does one training step read, forward and back?",
    keys=(Column("length", "sequence", "integer"),),
    measures=(Column("tokens_a_second", "tokens a second", digits=0),),
    cases=_cases,
    measure=_measure,
    figures=_figures,
    seconds=lambda case: (1 + len(case.lengths)) * case.tokens / 3000,
)
