"""Options of benchmarks that refuse what would measure nothing, in one line."""

import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

import click


class Benchmark(click.Command):
    """A command whose errors are one line, with exit code 2."""

    def main(self, args: Sequence[str] | None = None, **more: Any) -> Any:  # type: ignore[override]
        """Run, and exit."""
        try:
            super().main(args=args, **{**more, "standalone_mode": False})
        except click.ClickException as error:
            _end(" ".join(error.format_message().split()), 2)
        except (click.Abort, KeyboardInterrupt):
            _end("interrupted", 130)
        sys.exit(0)


def _end(message: str, code: int) -> NoReturn:
    click.echo(message, err=True)
    sys.exit(code)


class Positive(click.FloatRange):
    """A finite number above 0. A range alone would allow NaN."""

    def __init__(self) -> None:
        super().__init__(min=0, min_open=True)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        converted: float = super().convert(value, param, ctx)
        if not math.isfinite(converted):
            self.fail(f"{value} is not a finite number", param, ctx)
        return converted


def counts(text: str) -> tuple[int, ...]:
    """Whole numbers from 1 on, with commas between them. Raises click.BadParameter."""
    return _numbers(text, 1)


def counts_or_none(text: str) -> tuple[int, ...]:
    """See `counts`; 0 is allowed."""
    return _numbers(text, 0)


def _numbers(text: str, least: int) -> tuple[int, ...]:
    try:
        numbers = tuple(int(one) for one in text.split(","))
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a list of whole numbers, such as 1,2") from None
    if min(numbers) < least:
        raise click.BadParameter(f"{min(numbers)} is below {least}")
    return numbers


COUNT = click.IntRange(min=1)
POSITIVE = Positive()
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
