"""Measures what it saves to learn how eager to be with each writer."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import click

from benchmarks.people.choosers import CHOOSERS, Best, Chooser, type_message
from benchmarks.reporting.report import Report
from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.loading import load_completer
from inkling.models.evaluation.held_out import load_messages
from inkling.models.evaluation.messages import sample
from inkling.models.evaluation.replay import ReplayCounts, Rule, count_showings
from inkling.models.evaluation.typed_message import TypedMessage
from inkling.models.personal.eagerness import USUAL, Eagerness, fit_eagerness
from inkling.models.personal.outcomes import Outcomes
from inkling.models.runtime.batch import finish_all
from inkling.models.search.choice import NetTime
from inkling.models.search.suggestion import SearchOptions, Suggestion
from inkling.service.settings import bundle_path, load_settings

_BATCH_SIZE = 8
_LEAST = 0.1
"""The least confidence that a search within a word keeps; below that of any writer."""


def type_all(
    typed: Sequence[TypedMessage], rule: Rule, writer: Chooser, *, seed: int, learns: bool
) -> tuple[list[ReplayCounts], Eagerness]:
    """Type messages one after the other. With `learns`, how eager to be is fitted after each of them."""
    outcomes, eagerness = Outcomes(), USUAL
    counts = []
    for number, one in enumerate(typed):
        best = _best(one, rule, eagerness)
        shown, more = type_message(one.message.text, best, writer, f"{seed} {number}")
        counts.append(count_showings(one.message.text, shown))
        outcomes = outcomes.plus(more)
        if learns:
            eagerness = fit_eagerness(outcomes)
    return counts, eagerness


def _best(typed: TypedMessage, rule: Rule, eagerness: Eagerness) -> Best:
    cost = rule.worth.interruption * eagerness.cost
    own = Rule(rule.min_confidence, replace(rule.worth, interruption=cost))

    def best(position: int) -> tuple[Suggestion, float] | None:
        candidates = typed.ask(position)
        trusted = [replace(one, confidence=eagerness.confidence(one.confidence)) for one in candidates]
        chosen = own.best(trusted)
        if chosen is None:
            return None
        return chosen, candidates[trusted.index(chosen)].confidence

    return best


@click.command()
@click.option("--data", type=click.Path(path_type=Path), multiple=True, required=True, help="Held-out mail.")
@click.option("--bundle", type=click.Path(path_type=Path), help="Bundle to ask.")
@click.option("--messages", default=60, show_default=True, help="Messages drawn of each file.")
@click.option("--rounds", default=3, show_default=True, help="Orders of the messages.")
def eagerness(data: Sequence[Path], bundle: Path | None, messages: int, rounds: int) -> None:
    """Type held-out messages as several writers, with what was learned of each, and without."""
    loaded = load_bundle(bundle_path(load_settings(bundle=bundle)))
    completer = load_completer(loaded, "cpu")
    rule = Rule(completer.threshold, NetTime(interruption=completer.interruption_ms))
    drawn = [one for path in data for one in sample(load_messages(path, clean=False), messages)]
    typed: list[TypedMessage] = []
    for first in range(0, len(drawn), _BATCH_SIZE):
        group = [
            TypedMessage(completer, message, SearchOptions(), _LEAST)
            for message in drawn[first : first + _BATCH_SIZE]
        ]
        finish_all(completer.run, [one.search() for one in group])
        typed += group
        click.echo(f"{len(typed)} of {len(drawn)} messages", err=True)
    report = Report(
        "eagerness",
        ("writer", "net time", "learned", "shown in 100 words", "learned", "cost", "trust", "least gain"),
    )
    for writer in CHOOSERS:
        _add(report, writer, typed, rule, rounds)
    report.show(messages=len(drawn), words=sum(message.words for message in drawn))


def _add(report: Report, writer: Chooser, typed: Sequence[TypedMessage], rule: Rule, rounds: int) -> None:
    before, after, gains, fitted = ReplayCounts(), ReplayCounts(), [], []
    for seed in range(rounds):
        order = list(typed)
        Random(seed).shuffle(order)
        plain, _ = type_all(order, rule, writer, seed=seed, learns=False)
        learned, eager = type_all(order, rule, writer, seed=seed, learns=True)
        one, other = sum(plain, ReplayCounts()), sum(learned, ReplayCounts())
        before, after = before + one, after + other
        gains.append(other.net_time(writer.cost) - one.net_time(writer.cost))
        fitted.append(eager)
    cost, trust = (
        sum(found) / rounds for found in zip(*[(one.cost, one.trust) for one in fitted], strict=True)
    )
    times = [f"{counts.net_time(writer.cost):.2f}%" for counts in (before, after)]
    shown = [f"{100 * counts.showings_per_word:.1f}" for counts in (before, after)]
    report.add(
        (writer.name, *times, *shown, f"{cost:.2f}", f"{trust:+.2f}", f"{min(gains):+.2f}"),
        {"writer": writer.name, "without": before.net_time(writer.cost), "with": after.net_time(writer.cost)}
        | {"gains": gains, "cost": cost, "trust": trust},
    )
