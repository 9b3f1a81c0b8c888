"""A message that is being typed again: the candidates at any of its positions."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from models.evaluation.exact_match import word_starts
from models.evaluation.messages import HeldOutMessage
from models.ngram.draft_memory import DraftMemory
from models.runtime.batch import Steps, feed
from models.search.suggestion import Candidate, SearchOptions
from models.search.tree import Tree
from models.search.writer import NOBODY, Writer
from models.step import State
from models.text.chunks import chunks, split_prefix
from models.text.context import Context
from models.text.masking import KnownNames


class Suggester(Protocol):
    """What is measured: a model with its context, masking, search and calibration."""

    def open(self, context: Context, writer: Writer = NOBODY) -> Steps[State]:
        """The state (1, state_size) after the context."""

    def encode(self, chunk: str, *, line_start: bool, names: KnownNames) -> list[int]:
        """Return the pieces of one chunk; `line_start` holds only for the first chunk of a text."""

    def memory(self, context: Context, pieces: Iterable[int] = ()) -> DraftMemory | None:
        """The memory of a draft with these pieces, or None where the model uses none."""

    def tree(self, state: State, memory: DraftMemory | None = None) -> Tree:
        """A tree for searches from a state."""

    def candidates(
        self,
        tree: Tree,
        tail: str,
        options: SearchOptions,
        *,
        line_start: bool,
        names: KnownNames,
        written: str = "",
        writer: Writer = NOBODY,
    ) -> Steps[tuple[Sequence[Candidate], int]]:
        """All that the search found after the tree's root and the tail, and the number of model steps."""


class Draft:
    """One message with the candidates that the search finishes after each of its prefixes.

    Run `search` to its end first. Where a word starts, the candidates are complete. Elsewhere a search ends
    early once it can reach no probability of `least`. That changes nothing for thresholds from `least` on,
    and makes a replay much faster.
    """

    def __init__(
        self, suggester: Suggester, message: HeldOutMessage, options: SearchOptions, least: float = 0.0
    ) -> None:
        self.message = message
        self.searches = 0
        self._suggester = suggester
        self._options = replace(options, min_confidence=0.0)
        self._within_words = replace(options, min_confidence=least)
        self._known: list[Sequence[Candidate]] = []
        self._asked: set[int] = set()

    def search(self, progress: Callable[[int], None] = lambda _: None) -> Steps[None]:
        """Find the candidates at every position, from 0 to the length of the text.

        `progress` gets the characters newly searched; it may raise to stop.
        """
        suggester, text, names = self._suggester, self.message.text, self.message.names
        starts = set(word_starts(text))
        rest = list(chunks(text))
        memory = suggester.memory(self.message.context)
        state = yield from suggester.open(self.message.context, self.message.writer)
        tree = suggester.tree(state, memory)
        done = 0
        for position in range(len(text) + 1):
            committed, tail = split_prefix(text[:position])
            if len(committed) > done:
                chunk = rest.pop(0)
                pieces = suggester.encode(chunk, line_start=done == 0, names=names)
                memory = None if memory is None else memory.extended(pieces)
                tree = suggester.tree((yield from feed(tree.root, pieces)), memory)
                done += len(chunk)
            options = self._options if position in starts else self._within_words
            found, _ = yield from suggester.candidates(
                tree,
                tail,
                options,
                line_start=not committed,
                names=names,
                written=text[:position],
                writer=self.message.writer,
            )
            self._known.append(found)
            self.searches += 1
            if position:
                progress(1)

    def ask(self, position: int) -> Sequence[Candidate]:
        """Return the candidates after the first `position` characters."""
        self._asked.add(position)
        return self._known[position]

    @property
    def positions(self) -> list[int]:
        """The positions asked so far."""
        return sorted(self._asked)
