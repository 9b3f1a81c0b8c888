"""A message that is being typed again: the candidates at any of its positions."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from inkling.models.evaluation.exact_match import word_starts
from inkling.models.evaluation.messages import HeldOutMessage
from inkling.models.runtime.batch import Steps
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions, Suggestion
from inkling.models.search.tree import Tree


class Suggester(Protocol):
    """What is measured: a model with its context, masking, search and calibration."""

    def read(self, draft: Draft) -> Steps[Tree]:
        """A tree for searches after the draft's context and committed text."""

    def commit(self, tree: Tree, draft: Draft, done: int = 0) -> Steps[Tree]:
        """A tree after all that the draft has committed; `tree` is the one after `done` characters of it."""

    def candidates(
        self, tree: Tree, draft: Draft, options: SearchOptions
    ) -> Steps[tuple[Sequence[Suggestion], int]]:
        """All that the search found after the draft, and the number of model steps."""


class TypedMessage:
    """One message with the candidates that the search finishes after each of its prefixes.

    Run `search` to its end first. At a word start the candidates are complete. Elsewhere a search ends early
    when no text can reach the probability `least`. This changes nothing for thresholds of at least `least`,
    and saves most of a replay's time.
    """

    def __init__(
        self, suggester: Suggester, message: HeldOutMessage, options: SearchOptions, least: float = 0.0
    ) -> None:
        self.message = message
        self.searches = 0
        self._suggester = suggester
        self._options = replace(options, min_confidence=0.0)
        self._within_words = replace(options, min_confidence=least)
        self._known: list[Sequence[Suggestion]] = []
        self._asked: set[int] = set()

    def search(self, progress: Callable[[int], None] = lambda _: None) -> Steps[None]:
        """Find the candidates at every position, from 0 to the length of the text.

        `progress` gets the characters newly searched; it may raise to stop.
        """
        suggester, text = self._suggester, self.message.text
        starts = set(word_starts(text))
        draft = self.message.draft(0)
        tree = yield from suggester.read(draft)
        for position in range(len(text) + 1):
            done, draft = len(draft.committed), self.message.draft(position)
            tree = yield from suggester.commit(tree, draft, done)
            options = self._options if position in starts else self._within_words
            found, _ = yield from suggester.candidates(tree, draft, options)
            self._known.append(found)
            self.searches += 1
            if position:
                progress(1)

    def ask(self, position: int) -> Sequence[Suggestion]:
        """Return the candidates after the first `position` characters."""
        self._asked.add(position)
        return self._known[position]

    @property
    def positions(self) -> list[int]:
        """The positions asked so far."""
        return sorted(self._asked)
