"""Exact match at one to five words against coverage, asked where a word starts."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from inkling.models.evaluation.replay import is_right
from inkling.models.search.suggestion import Suggestion
from inkling.models.text.chunks import chunks, count_words, split_chunk

LENGTHS = (1, 2, 3, 4, 5)
COVERAGES = (0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0)


@dataclass(frozen=True, slots=True)
class Guess:
    """The most probable candidate of one length at one word start, and whether it is right."""

    log_prob: float
    right: bool


def word_starts(text: str) -> Iterator[int]:
    """Yield where words start: after white space, or at the start or end of a letter that is a word."""
    end = 0
    for chunk in chunks(text):
        space, _ = split_chunk(chunk)
        yield end + len(space)
        end += len(chunk)


def guesses(text: str, position: int, candidates: Sequence[Suggestion]) -> list[Guess | None]:
    """Return, for each of `LENGTHS`, the most probable candidate of exactly that many words, or None.

    Ties go to the first text in alphabetical order. A guess longer than the rest of the text is wrong.
    """
    row: list[Guess | None] = []
    for length in LENGTHS:
        fitting = [one for one in candidates if count_words(one.text) == length]
        found = min(fitting, key=lambda one: (-one.log_prob, one.text), default=None)
        row.append(None if found is None else Guess(found.log_prob, is_right(text, position, found.text)))
    return row


def match_at_coverage(
    column: Sequence[Guess | None], coverages: Sequence[float] = COVERAGES
) -> list[float | None]:
    """Return the share of right guesses when only the most probable are shown.

    `column` has one entry a word start. At coverage c, in (0, 1], the ceil(c * word starts) most probable
    guesses are shown. Equally probable ones are shown together, so their order does not matter, and the
    share is the expected one. None where there are fewer guesses.
    """
    given = [guess for guess in column if guess is not None]
    log_prob = np.array([guess.log_prob for guess in given])
    right = np.array([guess.right for guess in given], np.float64)
    order = np.argsort(-log_prob, kind="stable")
    _, group = np.unique(-log_prob[order], return_inverse=True)
    if len(given):
        # Each guess counts as much right as its group of equals is on average.
        expected = np.bincount(group, weights=right[order]) / np.bincount(group)
        cumulative = np.concatenate(([0.0], np.cumsum(expected[group])))
    results: list[float | None] = []
    for coverage in coverages:
        shown = int(np.ceil(coverage * len(column) - 1e-9))
        results.append(float(cumulative[shown]) / shown if 0 < shown <= len(given) else None)
    return results


def greatest_coverage(column: Sequence[Guess | None]) -> float:
    """Return the share of word starts that have a guess at all, in [0, 1]."""
    return sum(guess is not None for guess in column) / len(column) if column else 0.0
