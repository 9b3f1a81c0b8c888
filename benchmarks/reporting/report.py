"""A table for people and one JSON line for machines."""

import json
import math
import platform
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from benchmarks.reporting.extras import missing

try:
    import psutil
except ModuleNotFoundError:
    missing("psutil", "benchmarks")


_WIDE = 1000


class Report:
    """Collects the rows of one benchmark; `show` prints the table, then the JSON line."""

    def __init__(self, name: str, columns: Sequence[str]) -> None:
        self._name = name
        self._table = Table(title=name, title_justify="left")
        for column in columns:
            self._table.add_column(column, justify="left" if column == columns[0] else "right")
        self._rows: list[dict[str, Any]] = []

    def add(self, cells: Sequence[object], values: dict[str, Any]) -> None:
        """A row, as shown and as data."""
        self._table.add_row(*map(_cell, cells))
        self._rows.append(values)

    def show(self, **more: Any) -> None:
        """Print everything; `more` goes into the JSON line."""
        console = Console(stderr=True)
        if not console.is_terminal:  # a file has room for all columns
            console.width = Console(width=_WIDE).measure(self._table).maximum
        console.print(self._table)
        machine = {
            "processor": platform.processor() or platform.machine(),
            "cores": psutil.cpu_count(logical=True),
            "onnxruntime": version("onnxruntime"),
        }
        told = {"benchmark": self._name, "rows": self._rows, **more, "machine": machine}
        click.echo(json.dumps(_without_nan(told), allow_nan=False))


def _without_nan(value: Any) -> Any:
    """The value with null for each number that JSON does not have."""
    if isinstance(value, dict):
        return {key: _without_nan(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def _cell(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return f"{value:.3g}" if abs(value) < 100 else f"{value:,.0f}"
    return str(value)


def card_name(device: str) -> str | None:
    """The name of the accelerator that was measured; None for a processor."""
    if device != "cuda":
        return None
    import torch

    return str(torch.cuda.get_device_name())
