"""What the temperature of the softmax does to the set of suggestions."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inkling.models.evaluation.exact_match import word_starts
from inkling.models.evaluation.messages import HeldOutMessage
from inkling.models.evaluation.replay import is_right
from inkling.models.networks.config import CellKind
from inkling.models.runtime.batch import finish_all
from inkling.models.search.suggestion import Sampling, SearchOptions, SearchResult
from inkling.models.study.charts.chart import Axis, line_chart
from inkling.models.study.contenders import Contender, step_model
from inkling.models.study.experiment import Case, Column, Experiment, Figure, Row
from inkling.models.study.plan import Plan
from inkling.models.study.spread import lines
from inkling.models.study.workshop import Workshop

_DRAWN = 8
_SUGGESTIONS = 5
_BATCH = 8


@dataclass(frozen=True)
class TemperatureCase(Case):
    """A trained contender, asked in `probes` places at each of `temperatures`."""

    contender: Contender
    steps: int
    rate: float
    tokens_a_step: int
    probes: int
    temperatures: tuple[float, ...]


def _cases(plan: Plan, vocabulary: int) -> Sequence[TemperatureCase]:
    contender = plan.sizes.recurrent(CellKind.GRU, vocabulary)
    return [
        TemperatureCase(
            contender.name,
            seed,
            contender,
            plan.steps,
            plan.gated_rate,
            plan.batch_size * plan.sequence_length,
            plan.probes,
            plan.temperatures,
        )
        for seed in plan.seeds
    ]


def _measure(workshop: Workshop, case: TemperatureCase) -> list[Row]:
    model = workshop.trained(case.contender, case.seed).model
    completer = workshop.material.completer(step_model(model, workshop.device), case.kind)
    places = _places(workshop, case.probes)
    rows: list[Row] = []
    for temperature in case.temperatures:
        options = SearchOptions(
            max_suggestions=_SUGGESTIONS,
            beam_width=_DRAWN,
            min_confidence=0.0,
            interruption_ms=0.0,
            sampling=Sampling(temperature=temperature, seed=case.seed),
        )
        found: list[SearchResult] = []
        for first in range(0, len(places), _BATCH):
            drafts = [message.draft(position) for message, position in places[first : first + _BATCH]]
            found += finish_all(completer.run, [completer.complete(draft, options) for draft in drafts])
            workshop.told(f"temperature {temperature:g}", first, len(places))
        sets = [result.suggestions for result in found]
        confidences = [one.confidence for some in sets for one in some]
        right = [
            any(is_right(message.text, position, one.text) for one in some)
            for (message, position), some in zip(places, sets, strict=True)
        ]
        rows.append(
            {
                "temperature": temperature,
                "distinct": float(np.mean([len(some) for some in sets])),
                "probability": float(np.mean(confidences)) if confidences else None,
                "matched": 100 * float(np.mean(right)),
            }
        )
    return rows


def _places(workshop: Workshop, count: int) -> list[tuple[HeldOutMessage, int]]:
    """Starts of words, from as many messages as there are, in turn."""
    by_message = [[(one, at) for at in word_starts(one.text)] for one in workshop.material.messages]
    random = np.random.default_rng(0)
    found = []
    for places in by_message:
        if places:
            found += [
                places[index] for index in random.permutation(len(places))[: 1 + count // len(by_message)]
            ]
    return found[:count]


def _figures(rows: Sequence[Row]) -> list[Figure]:
    across = Axis("temperature")
    return [
        Figure(
            title,
            f"A line of the {title[0].lower()}{title[1:]} against the temperature.",
            line_chart(lines(rows, "temperature", measure), across, Axis(unit, from_zero=True)),
        )
        for measure, title, unit in (
            ("distinct", "Distinct texts among five suggestions", "distinct texts"),
            ("probability", "Mean probability of what is suggested", "probability"),
            ("matched", "Places where one of the texts is what was typed", "matched, %"),
        )
    ]


TEMPERATURE = Experiment(
    name="temperature",
    title="The temperature of the softmax",
    claim="A higher temperature gives more varied suggestions, and worse ones.",
    question="How many different texts are suggested, how probable are they, and is the right one there?",
    keys=(Column("temperature", "temperature", digits=2),),
    measures=(
        Column("distinct", "distinct texts"),
        Column("probability", "mean probability", digits=3),
        Column("matched", "matched, %", digits=1),
    ),
    cases=_cases,
    measure=_measure,
    figures=_figures,
    seconds=lambda case: case.probes * len(case.temperatures) / 15,
)
