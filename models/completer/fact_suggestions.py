"""Suggestions that repeat a fact of the context: a weekday, a day and time that were proposed, a number.

How probable it is that such a fact comes next is the model's to say: masking and the tokenizer leave it the
beginning of a number, and it knows weekdays as words. Which fact it is then follows from shares that were
counted on replies, or are stated (docs/experiments.md).
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from inkling.models.facts.context_facts import ContextFacts
from inkling.models.facts.fact import FactKind
from inkling.models.facts.fact_finding import WEEKDAYS
from inkling.models.runtime.batch import Steps
from inkling.models.search.draft import Draft
from inkling.models.search.expansion import Expansion
from inkling.models.search.suggestion import FinishReason, Suggestion
from inkling.models.search.tree import Tree
from inkling.models.step import Groups
from inkling.models.text.chunks import count_words
from inkling.models.text.masking import Placeholder
from inkling.models.text.tokenizer import Tokenizer
from inkling.models.text.typography import plain

_WEEKDAY_AGREED, _WEEKDAY_ASKED, _WEEKDAY_TOLD = 0.9, 0.72, 0.6
"""Of the weekdays in replies, so many are the one that the previous message tells, or asks about, or that it
asks about where the reply agrees.
"""

_MEETING = 0.55
"""So probable is a weekday or a time at least behind "see you on" and the like, where one was asked about."""

_PROPOSAL = 0.75
"""Of the days and times in a reply that agrees, so many are taken to be the proposed one; stated."""

_ANSWER, _ANSWER_BEGUN = 0.45, 0.6
"""So probable is it that a reply which agrees goes on with what was proposed; stated."""

_NUMBERED = 0.56
"""So often the number of a thing follows where the reply names the thing."""

_LONGEST = 60
_AGREES = re.compile(
    r"(?i)\b(?:yes|yeah|yep|sure|great|perfect|works?|fine|see you|confirm(?:ed|ing)?|agreed?|okay?|"
    r"sounds good|looking forward|absolutely|certainly|of course|can do|will be there)\b"
)
_DECLINES = re.compile(
    r"(?i)\b(?:no|not|\w+n't|cannot|unfortunately|sorry|instead|but|another|rather|however|unable|conflict)\b"
)
_ANSWER_BEGINS = re.compile(
    r"(?i)(?:^|[\n.!])\s*(?:yes|yeah|yep|sure|great|perfect|okay?|absolutely|certainly|of course)[,.!]? $"
)
_MEETS = re.compile(r"(?i)\b(?:see you|meet|talk|speak|be there|come|call) (on|at|around) $")
_PLACE = re.compile(r"\b(at|on) $")
_THING = re.compile(r"(?i)\b([a-z]+)(?: (?:no\.?|number))? (#?)$")


@dataclass(frozen=True, slots=True)
class _Likely:
    """A text that goes on the draft, and its probability."""

    text: str
    probability: float


class FactSuggestions:
    """Finds them with the tokens of one tokenizer."""

    def __init__(self, tokenizer: Tokenizer, groups: Groups) -> None:
        """`groups` are those of the model's distributions."""
        self._groups, self._space = groups, tokenizer.space_id
        days = [tokenizer.encode_chunk(f" {day}", line_start=False) for day in WEEKDAYS]
        # A weekday of several tokens is left to the beam.
        whole = all(len(tokens) == 1 for tokens in days)
        self._days = np.array([tokens[0] for tokens in days] if whole else [], np.int64)
        self._digits = np.array(
            [
                *(token for token, data in enumerate(tokenizer.piece_bytes) if data[:1].isdigit()),
                *(tokenizer.placeholder_id(kind) for kind in (Placeholder.NUMBER, Placeholder.PHONE)),
            ],
            np.int64,
        )

    def after(
        self, tree: Tree, draft: Draft, facts: ContextFacts, max_words: int
    ) -> Steps[tuple[list[Suggestion], int]]:
        """What repeats a fact after the draft, to which `tree` belongs, and the model steps taken."""
        written = plain(draft.prefix[-2 * _LONGEST :])
        agrees = _agrees(draft)
        likely = [*_begun_answers(written, facts, agrees=agrees), *_numbers(written, facts)]
        steps = 0
        if draft.tail in ("", " ") and (facts.by_kind[FactKind.WEEKDAY] or (agrees and facts.proposals)):
            expansion = Expansion(tree, self._groups)
            days, digits = yield from self._masses(expansion)
            steps = expansion.steps
            meets = _MEETS.search(written) if agrees and facts.proposals else None
            if meets is not None and meets[1] == "on":
                days = max(days, _MEETING)
            elif meets is not None:
                digits = max(digits, _MEETING)
            likely += _weekdays(facts, days, agrees=agrees)
            likely += _proposals(facts, written, days, digits) if agrees else ()
        best: dict[str, float] = {}
        for one in likely:
            if count_words(one.text) <= max_words:
                best[one.text] = max(best.get(one.text, 0.0), one.probability)
        return [
            Suggestion(text, share, math.log(share), FinishReason.BEST_LENGTH)
            for text, share in best.items()
            if share > 0.0
        ], steps

    def _masses(self, expansion: Expansion) -> Steps[tuple[float, float]]:
        """The probabilities that a weekday, and that a number comes next."""
        (root,) = yield from expansion.nodes([()], whole=True)
        (spaced,) = yield from expansion.nodes([(self._space,)], whole=True)
        assert root.all_log_probs is not None
        assert spaced.all_log_probs is not None
        space = math.exp(root.all_log_probs[self._space])
        return _mass(root.all_log_probs, self._days), space * _mass(spaced.all_log_probs, self._digits)


def _weekdays(facts: ContextFacts, mass: float, *, agrees: bool) -> Iterator[_Likely]:
    days = facts.by_kind[FactKind.WEEKDAY]
    for day in days:
        is_asked = day in facts.asked
        share = _WEEKDAY_TOLD if not is_asked else _WEEKDAY_AGREED if agrees else _WEEKDAY_ASKED
        yield _Likely(day, mass * share / len(days))


def _proposals(facts: ContextFacts, written: str, days: float, digits: float) -> Iterator[_Likely]:
    """What was proposed, from its first fact on, or from one that fits behind "on" or "at"."""
    place = _PLACE.search(written)
    for span in facts.proposals:
        for begin in facts.beginnings(span):
            text = span[begin:]
            is_time = text[0].isdigit()
            fits = begin == 0 if place is None else is_time == (place[1] == "at")
            mass = digits if is_time else days if text.startswith(WEEKDAYS) else 0.0
            if fits and mass:
                yield _Likely(text, mass * _PROPOSAL / len(facts.proposals))
                break


def _mass(log_probs: NDArray[np.float32], tokens: NDArray[np.int64]) -> float:
    return float(np.exp(log_probs[tokens], dtype=np.float64).sum())


def _agrees(draft: Draft) -> bool:
    """Whether the draft so far accepts what was proposed."""
    said = plain(draft.prefix[-8 * _LONGEST :])
    return _AGREES.search(said) is not None and _DECLINES.search(said) is None


def _begun_answers(written: str, facts: ContextFacts, *, agrees: bool) -> Iterator[_Likely]:
    """The answer to a proposal where the reply agrees, and the rest of it where its beginning is typed."""
    if not agrees or len(facts.proposals) != 1:
        return
    (span,) = facts.proposals
    answer = f"{span} works"
    if _ANSWER_BEGINS.search(written):
        yield _Likely(answer, _ANSWER)
        return
    lower, whole = written.casefold(), answer.casefold()
    for length in range(min(len(whole) - 1, len(lower)), 0, -1):
        begun = whole[:length]
        if lower.endswith(begun) and _ANSWER_BEGINS.search(written[: len(written) - length]):
            if any(map(str.isdecimal, begun)) or length > 3:
                yield _Likely(answer[length:], _ANSWER_BEGUN)
            return


def _numbers(written: str, facts: ContextFacts) -> Iterator[_Likely]:
    """The number of a thing that the draft has just named."""
    named = _THING.search(written) if facts.numbered else None
    if named is not None and (number := facts.numbered.get(named[1].casefold())):
        yield _Likely(number, _NUMBERED)
