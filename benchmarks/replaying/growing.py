"""Measures how often grey text that is typed through would grow, and how often it is then right.

A writer who takes nothing types held-out messages again. Grey text stays as long as the typed text agrees
with it. The model is asked again once a word, at the place that a row names, or at every key. Grey text grows
if the answer begins with it and is longer. Nothing is asked if it ends a sentence or has the greatest number
of words. No text of a message is shown.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import click

from benchmarks.reporting.report import Report
from inkling.models.bundle.bundle import load_bundle
from inkling.models.completer.loading import load_completer
from inkling.models.evaluation.held_out import load_messages
from inkling.models.evaluation.messages import sample
from inkling.models.evaluation.replay import Ask, Rule, is_right
from inkling.models.evaluation.typed_message import TypedMessage
from inkling.models.runtime.batch import finish_all
from inkling.models.search.choice import NetTime
from inkling.models.search.suggestion import SearchOptions
from inkling.models.text.chunks import count_words
from inkling.service.settings import bundle_path, load_settings

_BATCH_SIZE = 8
_LEAST = 0.1
"""The least confidence that a search within a word keeps; below that of any rule."""
_ENDS_SENTENCE = re.compile(r"[.!?…]['\"’”)\]]*\s*$")

Asks = Callable[[str, str], bool]
"""Whether to ask again, given the draft and what is still grey."""


def _at_word_end(draft: str, grey: str) -> bool:
    return grey[0].isspace() and not draft[-1].isspace()


def _before_last_letter(_draft: str, grey: str) -> bool:
    return re.match(r"\S(\s|$)", grey) is not None


PLACES: dict[str, Asks] = {
    "never": lambda _draft, _grey: False,
    "at a word's end": _at_word_end,
    "before a word's last letter": _before_last_letter,
    "at every key": lambda _draft, _grey: True,
}


@dataclass(slots=True)
class Counts:
    """Counts of suggestions shown, of requests made while typing through, and of their results.

    `grown` counts growths, and `suggestions` the suggestions that grew. `right` counts growths after which
    the whole grey text was right, `was_right` growths before which it was right.
    """

    shown: int = 0
    requests: int = 0
    suggestions: int = 0
    grown: int = 0
    right: int = 0
    was_right: int = 0


def type_through(text: str, ask: Ask, rule: Rule, asks: Asks, most_words: int, counts: Counts) -> None:
    """Type `text` through every suggestion, and add to `counts`."""
    grey, grew = "", False
    for position in range(len(text) + 1):
        if not grey:
            best = rule.best(ask(position))
            if best is not None:
                grey, grew = best.text, False
                counts.shown += 1
        elif (
            not _ENDS_SENTENCE.search(grey) and count_words(grey) < most_words and asks(text[:position], grey)
        ):
            counts.requests += 1
            best = rule.best(ask(position))
            if best is not None and len(best.text) > len(grey) and best.text.startswith(grey):
                counts.grown += 1
                counts.suggestions += not grew
                counts.was_right += is_right(text, position, grey)
                grey, grew = best.text, True
                counts.right += is_right(text, position, grey)
        if position < len(text):
            grey = grey[1:] if grey.startswith(text[position]) else ""


@click.command()
@click.option("--data", type=click.Path(path_type=Path), required=True, help="Held-out mail, as given.")
@click.option("--bundle", type=click.Path(path_type=Path), help="Bundle to ask.")
@click.option("--messages", default=60, show_default=True, help="Messages drawn.")
@click.option("--seed", default=0, show_default=True, help="Which messages are drawn.")
@click.option("--max-words", default=8, show_default=True, help="Words of a suggestion at most.")
def growing(data: Path, bundle: Path | None, messages: int, seed: int, max_words: int) -> None:
    """Count how grey text grows while it is typed through."""
    loaded = load_bundle(bundle_path(load_settings(bundle=bundle)))
    completer = load_completer(loaded, "cpu")
    rule = Rule(completer.threshold, NetTime(interruption=completer.interruption_ms))
    drawn = sample(load_messages(data, clean=False), messages, seed=seed)
    counts = {place: Counts() for place in PLACES}
    for first in range(0, len(drawn), _BATCH_SIZE):
        group = drawn[first : first + _BATCH_SIZE]
        options = SearchOptions(max_words=max_words)
        retyped = [
            TypedMessage(completer, message, options, min(rule.min_confidence, _LEAST)) for message in group
        ]
        finish_all(completer.run, [typed.search() for typed in retyped])
        for place, asks in PLACES.items():
            for typed in retyped:
                type_through(typed.message.text, typed.ask, rule, asks, max_words, counts[place])
        click.echo(f"{first + len(group)} of {len(drawn)} messages", err=True)
    words = sum(message.words for message in drawn)
    report = Report(
        "growing",
        ("asked again", "shown", "requests in 100 words", "grew", "times", "right before", "right after"),
    )
    for place, one in counts.items():
        share = [
            f"{100 * right / one.grown:.0f}%" if one.grown else "-" for right in (one.was_right, one.right)
        ]
        asked = f"{100 * one.requests / words:.1f}"
        report.add(
            (place, one.shown, asked, one.suggestions, one.grown, *share),
            {"place": place, "shown": one.shown, "requests": one.requests, "suggestions": one.suggestions}
            | {"grown": one.grown, "was_right": one.was_right, "right": one.right},
        )
    report.show(messages=len(drawn), words=words)
