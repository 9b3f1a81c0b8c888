"""`inkling train` from a bundle: tunes it to a mailbox, and reports whether the result is better."""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click
import torch
from rich.console import Console
from rich.table import Table

from inkling.models.bundle.bundle import Bundle, check_card
from inkling.models.evaluation.comparison import Comparison, Figure
from inkling.models.networks.config import ConfigError, NetworkConfig, TrainingConfig
from inkling.models.training.run import calibrated_bundle
from inkling.models.training.tuning.tuning import Candidate, Tuning
from inkling.service.cli.consoles.progress import Phases
from inkling.service.cli.consoles.training_console import (
    calibrated_message,
    settled_lines,
    show_cleaning,
    train_until_stopped,
)

_FEW_WORDS = 1000


def tune(
    console: Console,
    data: Sequence[Path],
    dev: Sequence[Path],
    out: Path,
    start: Bundle,
    model_config: NetworkConfig,
    training_config: TrainingConfig,
    device: torch.device,
    *,
    name: str,
    licence: str,
    card: dict[str, Any],
    force: bool,
    keep_worse: bool,
) -> None:
    """Tune `start` to the mail at `data` and write the bundle `out`, unless it is worse.

    Raises ConfigError if the result is worse and `keep_worse` is false.
    """
    with Phases(console) as phases:
        tuning = Tuning.open(data, dev, out, start, model_config, training_config, device, phases.tell)
    run = tuning.run
    try:
        check_card(run.prepared.card, card, licence)
        kept = None if force else run.kept_bundle(out, name=name, licence=licence, data_card=card)
        if kept is None and not force and calibrated_bundle(out):
            raise ConfigError(calibrated_message(out))
        show_cleaning(console, run.prepared.card["cleaning"])
        if kept is not None:
            console.print(
                f"this run is finished, and {out} is its bundle: nothing was changed", soft_wrap=True
            )
            _end(out, name, kept.manifest.parameters, kept.manifest.metrics, [])
            return
        console.print(f"begins with {start.manifest.name}, and keeps its tokenizer", soft_wrap=True)
        for line in settled_lines(run, "the newest of each"):
            console.print(line, markup=False, highlight=False, soft_wrap=True)
        if not train_until_stopped(console, run):
            step = run.trainer.progress.step
            console.print(f"stopped at step {step}; the same command goes on from there")
            sys.exit(130)
        with Phases(console) as phases:
            made = tuning.candidate(name=name, licence=licence, data_card=card, tell=phases.tell)
        warnings = _show(console, start.manifest.name, name, made)
        worse = made.comparison.worse
        if worse and not keep_worse:
            raise ConfigError(
                f"{out}: was not written, since on the held-out mail it is worse than {start.manifest.name}: "
                f"{' and '.join(worse)}; give more mail, or --keep-worse to write it all the same"
            )
        manifest = made.write(out)
    finally:
        run.close()
    _end(out, name, manifest.parameters, manifest.metrics, warnings)


def _end(out: Path, name: str, parameters: int, metrics: dict[str, Any], warnings: list[str]) -> None:
    result = {"bundle": str(out), "name": name, "parameters": parameters}
    click.echo(json.dumps(result | metrics | {"warnings": warnings}))


def _show(console: Console, before: str, after: str, made: Candidate) -> list[str]:
    """Print the comparison. Returns reasons to doubt it."""
    found, mixing = made.comparison, made.mixing
    of_phrases = (
        "none" if mixing.factor is None else f"at {1 / mixing.factor:g} times the evidence of a profile's"
    )
    console.print(
        f"chosen on mail not trained on: {mixing.share:.0%} of the trained weights, the mailbox's phrases "
        f"{of_phrases}, the bundle's at {mixing.weight:g}; the bundle's calibration is kept",
        markup=False,
        highlight=False,
        soft_wrap=True,
    )
    table = Table(
        title=f"held-out mail: {found.typed:,} messages typed again ({found.words:,} words), "
        f"perplexity of {found.read:,}",
        title_justify="left",
    )
    for column in ("", before, after, "change, 95% interval", ""):
        table.add_column(column, justify="left" if not column else "right")
    table.add_row(*_row("net time saved, %", found.net_time, rises=True))
    table.add_row(*_row("characters saved, %", found.saved, rises=True))
    table.add_row(*_row("perplexity per word", found.perplexity, rises=False))
    console.print(table)
    console.print(_verdict(found, before), markup=False, highlight=False, soft_wrap=True)
    if found.words >= _FEW_WORDS:
        return []
    warning = f"its figures say little: the held-out mail has only {found.words:,} words"
    console.print(f"warning: {warning}", markup=False, highlight=False, style="bold red", soft_wrap=True)
    return [warning]


def _row(title: str, figure: Figure, *, rises: bool) -> tuple[str, ...]:
    gain = figure.after - figure.before if rises else figure.before - figure.after
    word = "better" if gain > 0 else "worse" if gain < 0 else "equal"
    change = f"{figure.after - figure.before:+.1f} ({figure.low:+.1f} to {figure.high:+.1f})"
    return title, f"{figure.before:,.1f}", f"{figure.after:,.1f}", change, word


def _verdict(found: Comparison, before: str) -> str:
    if found.worse:
        return f"worse than {before}: {' and '.join(found.worse)}"
    if found.net_time.low > 0 and found.perplexity.high < 0:
        return f"better than {before} in net time and in perplexity, beyond chance"
    if found.net_time.after > found.net_time.before and found.perplexity.after < found.perplexity.before:
        return f"better than {before} in net time and in perplexity; more mail would say it more surely"
    return f"no worse than {before}"
