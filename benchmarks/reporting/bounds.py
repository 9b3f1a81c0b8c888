"""What a benchmark measured, held against what it must be."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import click


@dataclass(frozen=True, slots=True)
class Bound:
    """A measurement and the most that it may be. What was not measured does not hold."""

    name: str
    measured: float
    most: float

    @property
    def holds(self) -> bool:
        """Whether it does."""
        return math.isfinite(self.measured) and self.measured <= self.most

    def __str__(self) -> str:
        told = f"{self.measured:.1f}" if math.isfinite(self.measured) else "nothing"
        return f"{'passed' if self.holds else 'FAILED'}: {self.name}: {told}, at most {self.most:g}"


def verdict(bounds: Sequence[Bound]) -> int:
    """Print a line for each bound. Returns the exit code: 1 if one does not hold."""
    for bound in bounds:
        click.echo(str(bound), err=True)
    return int(not all(bound.holds for bound in bounds))


def growth(sizes: Sequence[float], warm_up: float) -> float:
    """How much sizes grow after the warm-up, which is a share of them; NaN without two to compare."""
    after = sizes[math.ceil(len(sizes) * warm_up) :]
    return after[-1] - after[0] if len(after) > 1 else math.nan
