"""`inkling train`: from mail to a bundle."""

import json
import signal
import sys
from pathlib import Path
from types import FrameType
from typing import Any

import click
import torch
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.table import Table

from models.bundle import Bundle, BundleError, check_name, load_bundle
from models.config import ConfigError, ModelConfig, TrainingConfig
from models.corpus.errors import CorpusError
from models.regular_file import read_regular
from models.runtime.device import DeviceError
from models.runtime.torch import choose_device
from models.training.loop import StepReport
from models.training.run import Run


def _read_card(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    try:
        card = json.loads(read_regular(path))
    except (OSError, ValueError) as error:
        raise ConfigError(f"data card {path}: cannot be read as JSON ({type(error).__name__})") from None
    if not isinstance(card, dict):
        raise ConfigError(f"data card {path}: must be a JSON object")
    return card


def _bar(console: Console) -> Progress:
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[note]}"),
        TimeRemainingColumn(),
        console=console,
    )


def _read_config(
    path: Path | None, model: dict[str, Any], training: dict[str, Any]
) -> tuple[ModelConfig, TrainingConfig]:
    values: dict[str, Any] = {"model": {}, "training": {}}
    if path is not None:
        try:
            found = json.loads(read_regular(path))
        except (OSError, ValueError) as error:
            raise ConfigError(f"config {path}: cannot be read as JSON ({type(error).__name__})") from None
        if not isinstance(found, dict) or set(found) - set(values):
            raise ConfigError(f"config {path}: must be an object with the keys 'model' and 'training' only")
        values |= found
    given = {key: value for key, value in training.items() if value is not None}
    sizes = {key: value for key, value in model.items() if value is not None}
    return ModelConfig.parse(values["model"] | sizes), TrainingConfig.parse(values["training"] | given)


@click.command()
@click.option(
    "--data",
    "data",
    type=click.Path(path_type=Path),
    multiple=True,
    required=True,
    help="Mail: mbox, Maildir, folder of EML, CSV or JSONL. May be repeated.",
)
@click.option(
    "--dev",
    "dev",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Held-out mail; without it a twentieth of the people are held out.",
)
@click.option(
    "--out",
    type=click.Path(path_type=Path),
    required=True,
    help="Folder of the bundle to write; the run is kept beside it in OUT.run.",
)
@click.option(
    "--config",
    "config_path",
    type=click.Path(path_type=Path),
    help="JSON with 'model' and 'training' settings.",
)
@click.option(
    "--init", type=click.Path(path_type=Path), help="Bundle whose weights and sizes a new run begins with."
)
@click.option("--name", help="Name of the bundle; default: the folder's.")
@click.option("--licence", default="private", show_default=True, help="Licence written into the manifest.")
@click.option("--data-card", type=click.Path(path_type=Path), help="JSON added to the manifest's data card.")
@click.option("--cell", help="rnn_tanh, rnn_relu, rnn_leaky_relu, rnn_sigmoid, gru or lstm.")
@click.option("--layers", type=int, help="Recurrent layers.")
@click.option("--hidden-size", type=int, help="Hidden units of a layer.")
@click.option("--embedding-size", type=int, help="Numbers of a piece's embedding.")
@click.option("--vocabulary-size", type=int, help="Pieces of the tokenizer.")
@click.option("--epochs", type=float, help="Passes over the data.")
@click.option("--steps", type=int, help="Steps instead of epochs.")
@click.option("--batch-size", type=int, help="Lanes of a step.")
@click.option("--learning-rate", type=float, help="Peak learning rate.")
@click.option("--dev-interval", type=int, help="Steps between two looks at the held-out mail.")
@click.option(
    "--phrase-order", type=int, help="Longest phrases remembered beside the model, in pieces; 1: none."
)
@click.option(
    "--least-authors", type=int, help="People who must have written a phrase; 1 for your mail alone."
)
@click.option("--seed", type=int, help="Same seed, same data, same losses.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option("--threads", type=click.IntRange(1, 256), help="CPU threads; default: torch's choice.")
def command(
    data: tuple[Path, ...],
    dev: tuple[Path, ...],
    out: Path,
    config_path: Path | None,
    init: Path | None,
    name: str | None,
    licence: str,
    data_card: Path | None,
    cell: str | None,
    layers: int | None,
    hidden_size: int | None,
    embedding_size: int | None,
    vocabulary_size: int | None,
    device: str,
    threads: int | None,
    **training: Any,
) -> None:
    """Train a language model on mail and write a bundle.

    An interrupted run goes on where it stopped when the same command is given again.
    """
    console = Console(stderr=True)
    model = {
        "cell": cell,
        "layers": layers,
        "hidden_size": hidden_size,
        "embedding_size": embedding_size,
        "vocabulary_size": vocabulary_size,
    }
    try:
        if threads:
            torch.set_num_threads(threads)
        card = _read_card(data_card)
        name = check_name(name or out.name)
        model_config, training_config = _read_config(config_path, model, training)
        with _bar(console) as bar:
            start = None if init is None else load_bundle(init)
            run = _open(bar, data, dev, out, model_config, training_config, device, start)
        _show_cleaning(console, run)
        finished = _train(console, run)
        if not finished:
            console.print(f"stopped at step {run.trainer.progress.step}; the same command goes on from there")
            sys.exit(130)
        manifest = run.write_bundle(out, name=name, licence=licence, data_card=card)
    except (ConfigError, CorpusError, DeviceError, BundleError, OSError, ValueError) as error:
        raise click.ClickException(str(error)) from None
    table = Table(title=f"bundle {manifest.name}")
    table.add_column("")
    table.add_column("", justify="right")
    for key, value in (manifest.training | manifest.metrics).items():
        if not isinstance(value, dict):
            table.add_row(key, str(value))
    console.print(table)
    click.echo(
        json.dumps(
            {"bundle": str(out), "name": manifest.name, "parameters": manifest.parameters} | manifest.metrics
        )
    )


def _open(
    bar: Progress,
    data: tuple[Path, ...],
    dev: tuple[Path, ...],
    out: Path,
    model_config: ModelConfig,
    training_config: TrainingConfig,
    device: str,
    start: Bundle | None,
) -> Run:
    tasks: dict[str, Any] = {}

    def tell(phase: str, done: int, total: int) -> None:
        if phase not in tasks:
            tasks[phase] = bar.add_task(phase, total=None, note="")
        bar.update(tasks[phase], completed=done, total=total or None)

    return Run.open(data, dev, out, model_config, training_config, choose_device(device), tell, start=start)


def _show_cleaning(console: Console, run: Run) -> None:
    head, *rows = run.prepared.card["cleaning"]
    table = Table(title="cleaning")
    for index, title in enumerate(head):
        table.add_column(title, justify="right" if index else "left")
    for row in rows:
        table.add_row(*row)
    console.print(table)


def _train(console: Console, run: Run) -> bool:
    def stop(_signal: int, _frame: FrameType | None) -> None:
        run.trainer.request_stop()
        signal.signal(signal.SIGINT, signal.default_int_handler)

    previous = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        with _bar(console) as bar:
            task = bar.add_task(
                "train", total=run.trainer.steps, completed=run.trainer.progress.step, note=""
            )
            notes = {"dev": ""}

            def report(step: StepReport) -> None:
                if step.dev_perplexity is not None:
                    notes["dev"] = f"  dev perplexity {step.dev_perplexity:.1f}"
                    if not console.is_terminal:
                        console.print(f"step {step.step}/{step.steps}  loss {step.loss:.3f}{notes['dev']}")
                speed = f"{step.pieces_per_second:,.0f} tokens/s  loss {step.loss:.3f}{notes['dev']}"
                bar.update(task, completed=step.step, note=speed)

            run.train(report)
    finally:
        for number, handler in previous.items():
            signal.signal(number, handler)
    return run.trainer.finished
