"""A message that is being typed again: the candidates at any of its positions."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from torch import Tensor

from models.beam import Candidate
from models.evaluation.exact_match import word_starts
from models.evaluation.messages import HeldOutMessage
from models.suggestion import Context, SearchOptions
from models.text import chunks, split_prefix


class Suggester(Protocol):
    """What is measured: a model with its context, masking, search and calibration.

    A state has shape (1, state_size) and is never written to.
    """

    def open(self, context: Context) -> Tensor:
        """Return the state after the context."""

    def encode(self, chunk: str, *, line_start: bool, names: frozenset[str]) -> list[int]:
        """Return the pieces of one chunk; `line_start` holds only for the first chunk of a text."""

    def commit(self, state: Tensor, pieces: Sequence[int]) -> Tensor:
        """Return the state after the pieces."""

    def candidates(
        self,
        state: Tensor,
        tail: str,
        options: SearchOptions,
        *,
        line_start: bool,
        names: frozenset[str],
    ) -> tuple[Sequence[Candidate], int]:
        """Return all that the search found after the tail, and the number of model steps."""


class Draft:
    """One message with the state after each of its words; candidates are searched for once a position.

    `ask` takes a position, from 0 to the length of the text, and returns the candidates that the
    search finishes after that prefix. Positions may come in any order. Where a word starts these are
    all candidates; elsewhere, a search that can reach no probability of `least` ends early, which
    changes nothing for thresholds from `least` on and takes most of the time off a replay.
    """

    def __init__(
        self, suggester: Suggester, message: HeldOutMessage, options: SearchOptions, least: float = 0.0
    ) -> None:
        self.message = message
        self._suggester = suggester
        self._options = replace(options, min_confidence=0.0)
        self._within_words = replace(options, min_confidence=least)
        self._word_starts = set(word_starts(message.text))
        self._chunks = list(chunks(message.text))
        self._states = [suggester.open(message.context)]
        self._committed = [0]  # characters committed in each state
        self._known: dict[int, Sequence[Candidate]] = {}

    def ask(self, position: int) -> Sequence[Candidate]:
        """Return the candidates after the first `position` characters."""
        if position not in self._known:
            self._known[position] = self._search(position)
        return self._known[position]

    @property
    def positions(self) -> list[int]:
        """The positions asked so far, each of which took one search."""
        return sorted(self._known)

    def _search(self, position: int) -> Sequence[Candidate]:
        committed, tail = split_prefix(self.message.text[:position])
        found, _ = self._suggester.candidates(
            self._state(len(committed)),
            tail,
            self._options if position in self._word_starts else self._within_words,
            line_start=not committed,
            names=self.message.names,
        )
        return found

    def _state(self, characters: int) -> Tensor:
        """Return the state after the first `characters` characters, which are whole chunks."""
        while self._committed[-1] < characters:
            done = len(self._states) - 1
            chunk = self._chunks[done]
            pieces = self._suggester.encode(chunk, line_start=done == 0, names=self.message.names)
            self._states.append(self._suggester.commit(self._states[-1], pieces))
            self._committed.append(self._committed[-1] + len(chunk))
        return self._states[self._committed.index(characters)]
