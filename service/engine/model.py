"""What the engine needs of a model."""

from collections.abc import Iterable, Sequence
from typing import Protocol

from inkling.models.ngram.draft_memory import DraftMemory
from inkling.models.runtime.batch import StepRequest, StepResult, Steps
from inkling.models.sampling.text_draws import Tell
from inkling.models.sampling.writing import WritingOptions, Written
from inkling.models.search.draft import Draft
from inkling.models.search.suggestion import SearchOptions, SearchResult
from inkling.models.search.tree import Tree
from inkling.models.step import State
from inkling.models.text.masking import KnownNames


class DraftModel(Protocol):
    """A language model that reads a draft token by token; a state is an array (1, state_size).

    What takes model steps is a generator of `StepRequest`; `run` answers the requests of several generators.
    Equal calls give equal results to the bit, whatever requests share a step. No method writes to a
    state it was given. Only one thread calls them.
    """

    @property
    def name(self) -> str:
        """The bundle's name, which changes whenever answers may."""

    def run(self, requests: Sequence[StepRequest]) -> list[StepResult]:
        """Answer several requests in one model step."""

    def open(self, draft: Draft) -> Steps[State]:
        """The state after the draft's context, before its first word."""

    def encode(self, chunk: str, *, line_start: bool, names: KnownNames) -> list[int]:
        """Return the tokens of one chunk; `line_start` holds only for the first chunk of a text."""

    def memory(self, draft: Draft, tokens: Iterable[int] = ()) -> DraftMemory | None:
        """What a draft with these tokens has said, and what it answers, where that counts."""

    def tree(self, state: State, memory: DraftMemory | None = None) -> Tree:
        """A tree for searches from a state, after what `memory` holds."""

    def search(self, tree: Tree, draft: Draft, options: SearchOptions) -> Steps[SearchResult]:
        """Suggest text after the draft, to which `tree` belongs: its root is after the committed text."""

    def write(
        self, tree: Tree, draft: Draft, options: WritingOptions, tell: Tell | None = None
    ) -> Steps[Written]:
        """Write texts after the draft, to which `tree` belongs. `tell` gets them as they grow."""

    def count_tokens(self, draft: Draft) -> int:
        """Tokens of what is not committed of the draft."""
