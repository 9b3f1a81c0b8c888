"""A search with all that it chose from."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from inkling.models.search.choice import NetTime
from inkling.models.search.suggestion import EmptyReason, Suggestion


@dataclass(frozen=True, slots=True)
class Deliberation:
    """The candidates of a search, the refused ones, and those that were chosen, best first.

    `least` is the confidence that the best one had to reach, in [0, 1]. `worth` is what the choice was made
    by. `reason` says why none was chosen; None where one was. `trust` is as of `SearchResult`.
    """

    candidates: Sequence[Suggestion] = field(repr=False)
    refused: Sequence[Suggestion] = field(repr=False)
    chosen: Sequence[Suggestion] = field(repr=False)
    decode_steps: int
    reason: EmptyReason | None
    least: float
    worth: NetTime
    trust: float = 0.0
