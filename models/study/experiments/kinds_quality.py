"""Which kind predicts mail best, and which one saves a writer most time: at equal size, and at equal time."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from inkling.models.completer.completer import Completer
from inkling.models.evaluation.messages import HeldOutMessage
from inkling.models.evaluation.replay import ReplayCounts, Rule, replay
from inkling.models.evaluation.typed_message import TypedMessage
from inkling.models.evaluation.typing_cost import TypingCost
from inkling.models.evaluation.variants import Served
from inkling.models.runtime.batch import finish_all
from inkling.models.search.choice import NetTime
from inkling.models.search.suggestion import SearchOptions
from inkling.models.study.charts.chart import Axis, bar_chart
from inkling.models.study.contenders import Contender, step_model
from inkling.models.study.experiment import Case, Column, DivergedError, Experiment, Figure, Row
from inkling.models.study.plan import Plan
from inkling.models.study.spread import bars
from inkling.models.study.workshop import Trained, Workshop, finite
from inkling.models.training.dev_perplexity import word_perplexity

SIZE, TIME = "equal size", "equal time"
_BATCH = 8
_FAR_WORSE = math.log(100.0)  # a model that has read little is hardly better than guessing, and sound
MEASURES = (
    Column("parameters", "parameters", "integer"),
    Column("tokens", "tokens read", "integer"),
    Column("train_seconds", "training, s", digits=0),
    Column("perplexity", "perplexity a word", digits=1),
    Column("net_time", "net time saved, %", digits=2),
    Column("saved", "characters saved, %", digits=1),
    Column("shown", "shown in 100 words", digits=1),
    Column("precision", "precision, %", digits=1),
)


@dataclass(frozen=True)
class QualityCase(Case):
    """A contender, trained for a number of tokens, or for `seconds` where those are not 0."""

    contender: Contender
    steps: int
    seconds: float
    tokens_a_step: int
    rate: float
    replay_characters: int
    dev_words: int

    @property
    def budget(self) -> str:
        """What is equal for all kinds."""
        return TIME if self.seconds else SIZE


def quality_case(
    plan: Plan, contender: Contender, seed: int, *, steps: int = 0, seconds: float = 0.0
) -> QualityCase:
    """The case of a contender under a plan, for so many seconds or steps where those are given."""
    how = plan.training(contender, seed)
    return QualityCase(
        contender.name,
        seed,
        contender,
        0 if seconds else steps or plan.steps,
        seconds,
        plan.batch_size * plan.sequence_length,
        how.learning_rate,
        plan.replay_characters,
        plan.dev_words,
    )


def _cases(plan: Plan, vocabulary: int) -> Sequence[QualityCase]:
    return [
        quality_case(plan, contender, seed, seconds=seconds)
        for seconds in (0.0, plan.budget_seconds)
        for contender in plan.sizes.contenders(vocabulary)
        for seed in plan.seeds
    ]


def measure_quality(workshop: Workshop, case: QualityCase) -> Row:
    """What a trained contender is worth: the numbers of `MEASURES`."""
    if case.seconds:
        trained = workshop.trained_for(case.contender, case.seed, case.seconds)
    else:
        how = workshop.plan.training(case.contender, case.seed, case.steps)
        trained = workshop.trained(case.contender, case.seed, how)
    perplexity = _perplexity(workshop, trained, case.dev_words)
    counts = typed_again(workshop, trained, case.kind, workshop.material.typed(case.replay_characters))
    return {
        "parameters": case.contender.parameters,
        "tokens": trained.tokens,
        "train_seconds": trained.seconds,
        "perplexity": perplexity,
        "net_time": counts.net_time(TypingCost()),
        "saved": counts.saved,
        "shown": 100 * counts.showings_per_word,
        "precision": None if counts.precision is None else 100 * counts.precision,
    }


def _perplexity(workshop: Workshop, trained: Trained, words: int) -> float:
    """Perplexity a word; raises DivergedError where it is not finite, or far worse than that of guessing."""
    documents, tokenizer = workshop.dev(words), workshop.material.tokenizer
    found = finite(word_perplexity(trained.model, tokenizer, documents), "perplexity")
    tokens = sum(len(one.body) + 1 for one in documents)
    guessed = tokens / sum(one.words for one in documents) * math.log(tokenizer.vocabulary_size)
    if math.log(found) > guessed + _FAR_WORSE:
        raise DivergedError("diverged: its perplexity is far worse than that of pure guessing")
    return found


def typed_again(
    workshop: Workshop, trained: Trained, name: str, messages: Sequence[HeldOutMessage]
) -> ReplayCounts:
    """The counts of typing messages again with a model's suggestions, under the default rule."""
    completer = workshop.material.completer(step_model(trained.model, workshop.device), name)
    cost, total = TypingCost(), ReplayCounts()
    rule = Rule(completer.threshold, NetTime(interruption=completer.interruption_ms))
    for first in range(0, len(messages), _BATCH):
        total += _group(completer, messages[first : first + _BATCH], rule, cost)
    return total


def _group(
    completer: Completer, messages: Sequence[HeldOutMessage], rule: Rule, cost: TypingCost
) -> ReplayCounts:
    """The same of a few messages, whose searches share model steps."""
    served = Served(completer)
    typed = [TypedMessage(served, one, SearchOptions(), completer.threshold) for one in messages]
    finish_all(completer.run, [one.search() for one in typed])
    replays = [replay(one.message.text, one.ask, rule, cost) for one in typed]
    return sum(replays, ReplayCounts())


def quality_seconds(case: QualityCase) -> float:
    """About how long a case takes on one core."""
    training = case.seconds or case.steps * case.tokens_a_step / 5000
    return training + case.replay_characters / 100


def _measure(workshop: Workshop, case: QualityCase) -> list[Row]:
    return [{"budget": case.budget, **measure_quality(workshop, case)}]


def _figures(rows: Sequence[Row]) -> list[Figure]:
    found = []
    for measure, title, along in (
        ("perplexity", "Perplexity a word (less is better)", Axis("perplexity a word", logarithmic=True)),
        ("net_time", "Net time saved by suggestions (more is better)", Axis("net time saved, %")),
    ):
        groups = [
            (budget, bars([row for row in rows if row["budget"] == budget], measure))
            for budget in (SIZE, TIME)
        ]
        found.append(
            Figure(
                title,
                f"Bars of the {along.title} for each kind of model, at equal size and at equal time.",
                bar_chart([(name, group) for name, group in groups if group], along),
            )
        )
    return found


QUALITY = Experiment(
    name="quality",
    title="Quality at equal size and at equal training time",
    claim="LSTMs and GRUs are better than plain RNNs, and Transformers are better than both.",
    question="Which kind predicts held-out mail best, and which one saves its writer most time?",
    keys=(Column("budget", "what is equal", "text"),),
    measures=MEASURES,
    cases=_cases,
    measure=_measure,
    figures=_figures,
    seconds=quality_seconds,
)
