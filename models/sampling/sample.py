"""A text that is being drawn, word by word: a word that may not be suggested is drawn again."""

from dataclasses import replace
from typing import Protocol

import numpy as np

from inkling.models.sampling.place import Move, Place
from inkling.models.sampling.softmax import Softmax
from inkling.models.search.log_sum import LOG_ZERO
from inkling.models.search.tail_spelling import Spelling
from inkling.models.step import Floats, Groups, State

_MOST_TRIES = 8
"""So many times a word is drawn before the text ends without it."""


class Goal(Protocol):
    """What a text is drawn for: it decides how far the text goes, and sees it grow."""

    def allowed(self, spelled: bytes) -> Groups:
        """The tokens (V,) that may follow a text."""

    def accepts(self, place: Place) -> bool:
        """Whether the text, whose last word is complete, may be suggested."""

    def keep(self, place: Place) -> None:
        """The text up to here stays."""

    def goes_on(self, place: Place, token: int) -> bool:
        """Whether a token that was drawn adds to the text; else the text ends before it."""

    def arrive(self, before: Place, way: int, place: Place) -> bool:
        """See the text grow by a way that was drawn at `before`; returns whether it goes on."""

    def finish(self, place: Place, *, filtered: bool) -> None:
        """The text ends. `filtered` says that no word that was drawn next may be suggested."""


class Sample:
    """One text. `draw` gives a token to feed and `arrive` takes what follows it, until `draw` gives none.

    The words are the model's, given that each of them may be suggested. A text that always takes the most
    probable token goes on with the next probable one where a word is refused.
    """

    def __init__(self, start: Place, softmax: Softmax, goal: Goal, spelling: Spelling) -> None:
        self._softmax, self._goal, self._spelling = softmax, goal, spelling
        self._ends_word = spelling.groups[:, 0]
        self._place = self._kept = start
        self._first = 0  # the way on that was drawn at the kept place
        self._drawn: tuple[Place, int, Move] | None = None
        self._tries = 0
        self._ended = False

    def draw(self) -> Move | None:
        """The next token; None when the text has ended."""
        while not self._ended:
            place = self._place
            if place.scores.max(initial=LOG_ZERO) == LOG_ZERO:
                self._finish(filtered=True)
                break
            way = self._softmax.draw(place.scores)
            if place.beginnings is None:
                if place is not self._kept and self._ends_word[way] and not self._keep():
                    continue
                if not self._goal.goes_on(place, way):
                    self._finish(filtered=False)
                    break
            if place is self._kept:
                self._first = way
            move = place.move(way, self._spelling)
            self._drawn = place, way, move
            return move
        return None

    def arrive(self, state: State, log_probs: Floats, word_ends: float, line_ends: float) -> None:
        """Take the state (1, S) after the token that was drawn, and ln P of all tokens (V,) there."""
        assert self._drawn is not None
        before, way, move = self._drawn
        scores = np.where(self._goal.allowed(move.spelled), log_probs, np.float32(LOG_ZERO))
        self._place = Place(move.run, move.spelled, move.log_prob, state, scores, word_ends, line_ends)
        if not self._goal.arrive(before, way, self._place):
            self._finish(filtered=False)

    def _keep(self) -> bool:
        """Keep the text, whose last word is complete, or go back to where that word began."""
        if self._goal.accepts(self._place):
            self._kept, self._tries = self._place, 0
            self._goal.keep(self._place)
            return True
        if self._softmax.greedy:  # the same word would come again
            scores = self._kept.scores.copy()
            scores[self._first] = LOG_ZERO
            self._kept = replace(self._kept, scores=scores)
        self._place = self._kept
        self._tries += 1
        if self._tries >= _MOST_TRIES:
            self._finish(filtered=True)
        return False

    def _finish(self, *, filtered: bool) -> None:
        self._ended = True
        self._goal.finish(self._place, filtered=filtered)
