"""What became of the suggestions that one writer was shown, as counts without text."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal

CONFIDENCES = 16
"""Confidence is counted in so many equal classes."""

LENGTHS = (4, 8, 16)
"""Suggestions of fewer characters than each of these are counted apart, and longer ones."""

_FIGURES = 4
_CELLS = CONFIDENCES * (len(LENGTHS) + 1)
_MOST_SHOWN = 4_000

OutcomeKind = Literal["accepted", "partial", "typed_through", "dismissed", "undone", "retyped"]


@dataclass(frozen=True, slots=True)
class Offer:
    """A suggestion that was shown: its confidence, in [0, 1], and its characters."""

    confidence: float
    characters: int

    @property
    def cell(self) -> int:
        """The number of the class of such suggestions."""
        confidence = min(int(self.confidence * CONFIDENCES), CONFIDENCES - 1)
        length = sum(self.characters >= bound for bound in LENGTHS)
        return confidence * (len(LENGTHS) + 1) + length


@dataclass(frozen=True, slots=True)
class Cell:
    """Counts of one class of suggestions: shown, right as a whole, taken by a key, characters saved."""

    shown: int = 0
    right: int = 0
    taken: int = 0
    saved: int = 0


class Outcomes:
    """Counts for each class of suggestions. Immutable.

    Counts of a batch add up. They may be negative, because an outcome may take back an earlier one. `plus`
    adds a batch to what is kept.
    """

    __slots__ = ("_counts",)

    def __init__(self, counts: Sequence[int] = ()) -> None:
        self._counts = tuple(counts)

    def __bool__(self) -> bool:
        return any(self._counts)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Outcomes) and self.cells == other.cells

    def __hash__(self) -> int:
        return hash(self.cells)

    def __repr__(self) -> str:
        return f"Outcomes({self.shown} shown)"

    @property
    def cells(self) -> tuple[Cell, ...]:
        """The counts of each class, by the number that `Offer.cell` gives."""
        padded = (*self._counts, *[0] * (_CELLS * _FIGURES))[: _CELLS * _FIGURES]
        return tuple(
            Cell(*padded[place : place + _FIGURES]) for place in range(0, _CELLS * _FIGURES, _FIGURES)
        )

    @property
    def shown(self) -> int:
        """Suggestions that were shown."""
        return sum(self._counts[::_FIGURES])

    def __add__(self, more: "Outcomes") -> "Outcomes":
        return Outcomes([one + other for one, other in zip_longest(self._counts, more._counts, fillvalue=0)])

    def plus(self, more: "Outcomes") -> "Outcomes":
        """The counts of both. What is old counts half when there is much, so that it can be outlived."""
        sums = [max(one + other, 0) for one, other in zip_longest(self._counts, more._counts, fillvalue=0)]
        while sum(sums[::_FIGURES]) > _MOST_SHOWN:
            sums = [count // 2 for count in sums]
        return Outcomes(sums)

    def to_json(self) -> str:
        """Read by `from_json`."""
        return json.dumps(self._counts, separators=(",", ":"))

    @classmethod
    def from_json(cls, text: str) -> "Outcomes":
        """The counts of `to_json`; none for anything else."""
        try:
            counts = json.loads(text)
        except (ValueError, RecursionError):
            return cls()
        if not isinstance(counts, list) or len(counts) > _CELLS * _FIGURES:
            return cls()
        return cls(counts) if all(type(one) is int and abs(one) < 1 << 40 for one in counts) else cls()

    @classmethod
    def of(cls, offer: Offer, kind: OutcomeKind, characters: int = 0) -> "Outcomes":
        """One outcome. `characters` are those taken, or taken back.

        Each suggestion has one of the first four kinds. `undone` and `retyped` follow where what was taken
        did not stay.
        """
        figures = {
            "accepted": (1, 1, 1, characters),
            "partial": (1, 0, 1, characters),
            "typed_through": (1, 1, 0, 0),
            "dismissed": (1, 0, 0, 0),
            "undone": (0, -1, 0, -characters),
            "retyped": (0, -1, 0, -characters),
        }[kind]
        return cls([*[0] * (_FIGURES * offer.cell), *figures])
