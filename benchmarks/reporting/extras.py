"""Names the extra that a benchmark needs, if a package is missing."""

import sys
from typing import NoReturn

import click


def missing(package: str, extra: str) -> NoReturn:
    """End the benchmark with one line that names the extra which brings a package."""
    click.echo(f"this benchmark needs {package}, of an extra: pip install 'inkling[{extra}]'", err=True)
    sys.exit(2)
