"""What one more token costs after a long prefix: with a state, with a cache, and with neither."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from inkling.models.networks.config import TransformerConfig
from inkling.models.networks.language_model import LanguageModel
from inkling.models.step import Predictor, State, StepModel, Tokens
from inkling.models.study.charts.chart import Axis, line_chart
from inkling.models.study.contenders import Contender, step_model
from inkling.models.study.experiment import Case, Column, Experiment, Figure, Row
from inkling.models.study.plan import Plan
from inkling.models.study.spread import lines
from inkling.models.study.workshop import Workshop

STATE, CACHE, ANEW = "state", "cache of keys and values", "all read anew"


@dataclass(frozen=True)
class CostCase(Case):
    """A contender, timed after each of `prefixes` tokens, `timings` times."""

    contender: Contender
    prefixes: tuple[int, ...]
    timings: int


def _cases(plan: Plan, vocabulary: int) -> Sequence[CostCase]:
    return [
        CostCase(contender.name, seed, contender, plan.prefixes, plan.timings)
        for contender in plan.sizes.contenders(vocabulary)
        for seed in plan.seeds
    ]


def _measure(workshop: Workshop, case: CostCase) -> list[Row]:
    random = np.random.default_rng(case.seed)
    rows: list[Row] = []
    for prefix in case.prefixes:
        kept, whole, way = case.contender, case.contender, STATE
        if isinstance(case.contender.config, TransformerConfig):
            kept, whole, way = _remembering(case.contender, prefix), _remembering(case.contender, 1), CACHE
        model = step_model(kept.build(case.seed, workshop.device).eval(), workshop.device)
        tokens = random.integers(0, model.vocabulary_size, prefix)
        state = model.initial_state()
        for token in tokens:
            state = model.advance(np.array([token]), state)
        predict = model.predictor(np.zeros((model.vocabulary_size, 0), np.bool_))
        seconds = _median(partial(_step, model, predict, tokens[-1:], state), case.timings, workshop.clock)
        rows.append(_row(way, prefix, seconds, state.nbytes))
        network = whole.build(case.seed, workshop.device).eval()
        fed = torch.from_numpy(tokens)[:, None].to(workshop.device)
        anew = _median(partial(_read_anew, network, fed), case.timings, workshop.clock)
        rows.append(_row(ANEW, prefix, anew, 0))
    return rows


def _row(way: str, prefix: int, seconds: float, size: int) -> Row:
    return {"way": way, "prefix": prefix, "milliseconds": 1e3 * seconds, "state_bytes": size}


def _remembering(contender: Contender, tokens: int) -> Contender:
    """A Transformer whose cache has room for so many tokens."""
    return Contender(contender.name, contender.config.model_copy(update={"memory": tokens}))


def _step(model: StepModel, predict: Predictor, tokens: Tokens, state: State) -> None:
    predict(model.advance(tokens, state))


@torch.inference_mode()
def _read_anew(network: LanguageModel, tokens: torch.Tensor) -> None:
    features, _ = network.features(tokens, network.initial_state(1))
    # To the host, so that a GPU has finished.
    torch.log_softmax(network.logits(features[-1]), -1).cpu()


def _median(work: Callable[[], None], times: int, clock: Callable[[], float]) -> float:
    """The median seconds of a call, after one that does not count."""
    work()
    found = []
    for _ in range(times):
        began = clock()
        work()
        found.append(clock() - began)
    return float(np.median(found))


def _figures(rows: Sequence[Row]) -> list[Figure]:
    kept = [row for row in rows if row["way"] != ANEW]
    anew = [row for row in rows if row["way"] == ANEW]
    across = Axis("tokens before the caret", logarithmic=True)
    return [
        Figure(
            "One token with what is kept of the text before: a state, or a cache",
            "Lines of milliseconds a token against the tokens before it, for each kind.",
            line_chart(lines(kept, "prefix", "milliseconds"), across, Axis("milliseconds", from_zero=True)),
        ),
        Figure(
            "One token when the whole text before is read anew",
            "Lines of milliseconds a token against the tokens before it, for each kind, with nothing kept.",
            line_chart(lines(anew, "prefix", "milliseconds"), across, Axis("milliseconds", logarithmic=True)),
        ),
        Figure(
            "What is kept of the text before, for each draft",
            "Lines of the bytes kept against the tokens read, for each kind.",
            line_chart(lines(kept, "prefix", "state_bytes"), across, Axis("bytes", logarithmic=True)),
        ),
    ]


COST = Experiment(
    name="keystroke-cost",
    title="The cost of one more token after a long text",
    claim="A recurrent state makes every keystroke cost the same; a Transformer pays for the whole text.",
    question="How long does one step take after 16 to 1,024 tokens, and how much memory does a draft need?",
    keys=(Column("way", "what is kept", "text"), Column("prefix", "tokens before", "integer")),
    measures=(
        Column("milliseconds", "milliseconds", digits=3),
        Column("state_bytes", "bytes kept", "integer"),
    ),
    cases=_cases,
    measure=_measure,
    figures=_figures,
    seconds=lambda case: sum(case.prefixes) / 400,
)
