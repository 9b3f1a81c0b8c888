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


class _Share(click.FloatRange):
    """A number from 0 to 1. A range alone would allow NaN."""

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> float:
        converted: float = super().convert(value, param, ctx)  # type: ignore[arg-type]
        if math.isnan(converted):
            self.fail("must be a number from 0 to 1", param, ctx)
        return converted


PATH = _GivenPath(path_type=Path)
SHARE = _Share(0, 1)
