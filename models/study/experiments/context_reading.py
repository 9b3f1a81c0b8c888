"""How the context of a message is best read: as tokens before the draft, or into one vector."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from inkling.models.networks.config import CellKind, ContextKind, ModelConfig, TrainingConfig
from inkling.models.study.charts.chart import Axis, bar_chart
from inkling.models.study.contenders import Contender, fitted
from inkling.models.study.experiment import FAILURE, Case, Column, Experiment, Figure, Row
from inkling.models.study.plan import Plan
from inkling.models.study.spread import bars
from inkling.models.study.workshop import Workshop, finite
from inkling.models.training.dev_perplexity import word_perplexity
from inkling.models.training.preparation.documents import Document

NONE = "none"
_NOTHING = np.zeros(0, np.uint16)


@dataclass(frozen=True)
class ContextCase(Case):
    """A GRU that reads its context in one way, trained as `training` says, measured on `dev_words` words."""

    contender: Contender
    training: TrainingConfig
    dev_words: int


def _cases(plan: Plan, vocabulary: int) -> Sequence[ContextCase]:
    return [
        _case(plan, vocabulary, kind, seed)
        for kind in (NONE, *(kind.value for kind in ContextKind))
        for seed in plan.seeds
    ]


def _case(plan: Plan, vocabulary: int, kind: str, seed: int) -> ContextCase:
    config = ModelConfig(
        cell=CellKind.GRU,
        vocabulary_size=vocabulary,
        embedding_size=plan.sizes.embedding,
        layers=plan.sizes.layers,
        context_encoder=ContextKind.LEADING if kind == NONE else ContextKind(kind),
        dropout=0.0,
    )
    contender = fitted(f"context {kind}", config, plan.sizes.transformer(vocabulary).parameters)
    training = plan.training(contender, seed, plan.context_steps)
    if kind == NONE:
        training = training.model_copy(update={"context_dropout": 1.0, "subject_dropout": 1.0})
    return ContextCase(kind, seed, contender, training, plan.dev_words)


def _measure(workshop: Workshop, case: ContextCase) -> list[Row]:
    documents = [one for one in workshop.dev(case.dev_words) if len(one.previous)]
    if not documents:
        return [{FAILURE: "no held-out message answers another one"}]
    model = workshop.trained(case.contender, case.seed, case.training).model
    alone = [without_context(one) for one in documents]
    read = alone if case.kind == NONE else documents
    tokenizer = workshop.material.tokenizer
    with_it, without = (
        finite(word_perplexity(model, tokenizer, some), "perplexity") for some in (read, alone)
    )
    return [
        {
            "parameters": case.contender.parameters,
            "perplexity": with_it,
            "alone": without,
            "gain": math.log(without / with_it),
        }
    ]


def without_context(document: Document) -> Document:
    """The document as if nothing was known before its first word."""
    return replace(document, subject=_NOTHING, previous=_NOTHING, moment=_NOTHING)


def _figures(rows: Sequence[Row]) -> list[Figure]:
    return [
        Figure(
            title,
            f"Bars of the {axis.title} for each way of reading the context.",
            bar_chart([("", bars(rows, measure))], axis),
        )
        for measure, title, axis in (
            (
                "perplexity",
                "Perplexity of answers with their context",
                Axis("perplexity", logarithmic=True),
            ),
            ("gain", "What the context gives to the same model", Axis("gain, nats a word")),
        )
    ]


CONTEXT = Experiment(
    name="context",
    title="Ways of reading the context",
    claim="A bidirectional encoder is the best reader of the message that is answered.",
    question="How well are answers predicted when subject and previous message are read in each way?",
    keys=(),
    measures=(
        Column("parameters", "parameters", "integer"),
        Column("perplexity", "perplexity with context", digits=1),
        Column("alone", "perplexity without", digits=1),
        Column("gain", "gain, nats a word", digits=3),
    ),
    cases=_cases,
    measure=_measure,
    figures=_figures,
    seconds=lambda case: (
        (case.training.steps or 0) * case.training.batch_size * case.training.sequence_length / 5000
    ),
)
