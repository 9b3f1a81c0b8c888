"""What the engine needs of a model."""

from collections.abc import Callable, Sequence
from typing import Protocol

import torch

from models.suggestion import Context, SearchOptions, SearchResult


class DraftModel(Protocol):
    """A language model that reads a draft piece by piece; a state is a tensor of shape (1, state_size).

    Equal calls give equal results to the bit. No method writes to a state it was given.
    Only one thread calls them.
    """

    @property
    def name(self) -> str:
        """The bundle's name, which changes whenever answers may."""

    def open(self, context: Context) -> torch.Tensor:
        """Return the state after the context; takes model steps."""

    def context_tokens(self, context: Context) -> int:
        """Return how many pieces the context is read as."""

    def names(self, context: Context) -> frozenset[str]:
        """Return the names which the context makes known and which masking therefore hides."""

    def encode(self, chunk: str, *, line_start: bool, names: frozenset[str]) -> list[int]:
        """Return the pieces of one chunk; `line_start` holds only for the first chunk of a text."""

    def commit(self, state: torch.Tensor, pieces: Sequence[int]) -> torch.Tensor:
        """Return the state after the pieces, fed one by one: any split into calls gives the same bits."""

    def search(
        self,
        state: torch.Tensor,
        tail: str,
        options: SearchOptions,
        *,
        line_start: bool,
        names: frozenset[str],
        check: Callable[[], None],
    ) -> SearchResult:
        """Suggest text after the tail.

        `line_start` tells that nothing is committed. `check` is called between model steps; it may
        raise, and the search is then abandoned.
        """
