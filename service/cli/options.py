"""Types of options that refuse values which would fail later."""

import math
from pathlib import Path

import click


class _GivenPath(click.Path):
    """A path; the empty text, which would name the current folder, is refused."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> Path:
        if value == "":
            self.fail("must not be empty", param, ctx)
        converted = super().convert(value, param, ctx)  # type: ignore[arg-type]
        assert isinstance(converted, Path)
        return converted


class _Number(click.FloatRange):
    """A number from `min` to `max`. A range alone would allow NaN."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        converted: float = super().convert(value, param, ctx)  # type: ignore[arg-type]
        if math.isnan(converted):
            self.fail(f"must be a number from {self.min or 0:,.0f} to {self.max or 0:,.0f}", param, ctx)
        return converted


PATH = _GivenPath(path_type=Path)
SHARE = _Number(0, 1)
INTERRUPTION = _Number(0, 10_000)
