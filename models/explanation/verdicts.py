"""Why each candidate of a search is shown or not."""

from collections.abc import Sequence

from inkling.models.completer.deliberation import Deliberation
from inkling.models.explanation.explanation import JudgedCandidate, Verdict
from inkling.models.search.choice import MIN_CHARACTERS, preference
from inkling.models.search.suggestion import Suggestion

MOST_JUDGED = 16
"""Candidates that are told, the chosen ones among them."""


def judge(done: Deliberation) -> list[JudgedCandidate]:
    """The candidates with the greatest net time, and what the choice made of each.

    See `inkling.models.search.choice.choose`.
    """
    ranked = sorted(done.candidates, key=lambda one: preference(one.confidence, one.text, done.worth))
    told = ranked[:MOST_JUDGED]
    told += [one for one in ranked[MOST_JUDGED:] if one in done.chosen]
    return [
        JudgedCandidate(
            one.text,
            one.confidence,
            one.log_prob,
            done.worth.of(one.confidence, one.text),
            _verdict(one, done.chosen, done),
        )
        for one in told
    ]


def _verdict(one: Suggestion, chosen: Sequence[Suggestion], done: Deliberation) -> Verdict:
    if one in chosen:
        return Verdict.ALTERNATIVE if chosen.index(one) else Verdict.FIRST
    if len(one.text) < MIN_CHARACTERS:
        return Verdict.TOO_SHORT
    if not chosen:
        return Verdict.UNLIKELY if one.confidence < done.least else Verdict.COSTS_MORE
    # A text of more net time than the first one can only lack confidence.
    if _saves(one, done) > _saves(chosen[0], done) and one.confidence < done.least:
        return Verdict.UNLIKELY
    if any(better.text.startswith(one.text) for better in chosen):
        return Verdict.SHORTENS
    if any(one.text.startswith(better.text) for better in chosen):
        return Verdict.LENGTHENS
    return Verdict.SAVES_LESS


def _saves(one: Suggestion, done: Deliberation) -> float:
    return done.worth.of(one.confidence, one.text)
