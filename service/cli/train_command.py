"""`inkling train`: from mail to a bundle."""

import json
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import click
import torch
from rich.console import Console
from rich.table import Table

from inkling.models.bundle.bundle import Bundle, BundleError, Manifest, check_card, check_name, load_bundle
from inkling.models.corpus.cleaning.report import NothingLeftError
from inkling.models.corpus.mail.corpus_error import CorpusError
from inkling.models.files.regular_file import read_regular
from inkling.models.networks.config import ConfigError, NetworkConfig, TrainingConfig, parse_network
from inkling.models.runtime.device import DeviceError
from inkling.models.runtime.torch import choose_device
from inkling.models.training.ranks import ALONE, joined_ranks
from inkling.models.training.run import Run, calibrated_bundle, least_words
from inkling.models.training.verdict import Verdict, judge
from inkling.models.training.warm_start import starts_from
from inkling.service.cli.consoles.progress import Phases
from inkling.service.cli.consoles.training_console import (
    calibrated_message,
    settled_lines,
    show_cleaning,
    train_until_stopped,
)
from inkling.service.cli.consoles.tuning_console import tune
from inkling.service.cli.destinations import check_folder
from inkling.service.cli.options import PATH
from inkling.service.settings import SettingsError, pretrained_bundle


def _read_json(path: Path, what: str) -> Any:
    try:
        return json.loads(read_regular(path))
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"{what} {path}: cannot be read as JSON ({type(error).__name__})") from None


def _read_card(path: Path | None) -> dict[str, Any]:
    if path is None:
        return {}
    card = _read_json(path, "data card")
    if not isinstance(card, dict):
        raise ConfigError(f"data card {path}: must be a JSON object")
    return card


def _read_config(
    path: Path | None, model: dict[str, Any], training: dict[str, Any]
) -> tuple[NetworkConfig, TrainingConfig]:
    values: dict[str, Any] = {"model": {}, "training": {}}
    if path is not None:
        found = _read_json(path, "config")
        if not isinstance(found, dict) or set(found) - set(values):
            raise ConfigError(f"config {path}: must be an object with the keys 'model' and 'training' only")
        for key, part in found.items():
            if not isinstance(part, dict):
                raise ConfigError(f"config {path}: {key!r} must be an object of settings")
        values |= found
    given = {key: value for key, value in training.items() if value is not None}
    sizes = {key: value for key, value in model.items() if value is not None}
    return parse_network(values["model"] | sizes), TrainingConfig.parse(values["training"] | given)


@click.command()
@click.option(
    "--data",
    "data",
    type=PATH,
    multiple=True,
    required=True,
    help="Mail: mbox, Maildir, folder of EML, CSV or JSONL. May be repeated.",
)
@click.option(
    "--dev",
    "dev",
    type=PATH,
    multiple=True,
    help="Held-out mail; without it the newest tenth is held out, or of a training with a new tokenizer a "
    "twentieth, of people or, where they are few, the newest.",
)
@click.option(
    "--out",
    type=PATH,
    required=True,
    help="Folder of the bundle to write; the run is kept beside it in OUT.run.",
)
@click.option(
    "--config",
    "config_path",
    type=PATH,
    help="JSON with 'model' and 'training' settings.",
)
@click.option(
    "--init",
    type=PATH,
    help="Bundle whose weights and sizes a new run begins with; default: the one that ships. "
    "Its tokenizer is kept, unless a vocabulary size is given.",
)
@click.option("--from-scratch", is_flag=True, help="Begin with no bundle, and train a tokenizer too.")
@click.option(
    "--keep-worse", is_flag=True, help="Write the result even if it is worse than what it began with."
)
@click.option("--name", help="Name of the bundle; default: the folder's.")
@click.option("--licence", default="private", show_default=True, help="Licence written into the manifest.")
@click.option("--data-card", type=PATH, help="JSON added to the manifest's data card.")
@click.option(
    "--cell",
    help="What layers are made of: rnn_tanh, rnn_relu, rnn_leaky_relu, rnn_sigmoid, gru, lstm, mingru or "
    "transformer.",
)
@click.option("--layers", type=int, help="Layers, or blocks of a Transformer.")
@click.option(
    "--residual/--no-residual",
    default=None,
    help="Each layer but the first adds what it reads to what it passes on: for deep models.",
)
@click.option(
    "--context-encoder",
    help="How the context is read: leading (its tokens before the draft's), average, gru or bigru.",
)
@click.option("--hidden-size", type=int, help="Hidden units of a layer.")
@click.option("--heads", type=int, help="Attention heads of a Transformer.")
@click.option("--memory", type=int, help="Last tokens that a Transformer sees.")
@click.option("--embedding-size", type=int, help="Numbers of a token's embedding.")
@click.option("--vocabulary-size", type=int, help="Tokens of the tokenizer; a new one is trained.")
@click.option("--epochs", type=float, help="Passes over the data.")
@click.option("--steps", type=int, help="Steps instead of epochs.")
@click.option("--batch-size", type=int, help="Lanes of a step.")
@click.option("--learning-rate", type=float, help="Peak learning rate.")
@click.option("--dev-interval", type=int, help="Steps between two looks at the held-out mail.")
@click.option(
    "--phrase-order", type=int, help="Longest phrases remembered beside the model, in tokens; 1: none."
)
@click.option(
    "--least-authors",
    type=int,
    help="People who must have written a phrase; default: 2, or 1 where one or two wrote nearly all.",
)
@click.option("--seed", type=int, help="Same seed, same data, same losses.")
@click.option("--force", is_flag=True, help="Replace a bundle that has been calibrated since.")
@click.option("--device", default="auto", show_default=True, help="auto, cpu or cuda.")
@click.option("--threads", type=click.IntRange(1, 256), help="CPU threads; default: torch's choice.")
def command(
    data: tuple[Path, ...],
    dev: tuple[Path, ...],
    out: Path,
    config_path: Path | None,
    init: Path | None,
    from_scratch: bool,
    keep_worse: bool,
    name: str | None,
    licence: str,
    data_card: Path | None,
    cell: str | None,
    layers: int | None,
    residual: bool | None,
    context_encoder: str | None,
    hidden_size: int | None,
    heads: int | None,
    memory: int | None,
    embedding_size: int | None,
    vocabulary_size: int | None,
    force: bool,
    device: str,
    threads: int | None,
    **training: Any,
) -> None:
    """Train a language model on mail and write a bundle.

    Training begins with the bundle that ships, and keeps its tokenizer, unless told otherwise. A result that
    is worse on held-out mail is not written.

    The same command resumes an interrupted run where it stopped. Under torchrun several processes share each
    batch, with --from-scratch or a vocabulary size.
    """
    console = Console(stderr=True)
    model = {
        "cell": cell,
        "layers": layers,
        "residual": residual,
        "context_encoder": context_encoder,
        "hidden_size": hidden_size,
        "heads": heads,
        "memory": memory,
        "embedding_size": embedding_size,
        "vocabulary_size": vocabulary_size,
    }
    run, ranks, joined = None, ALONE, ExitStack()
    try:
        if threads:
            torch.set_num_threads(threads)
        ranks = joined.enter_context(joined_ranks(choose_device(device)))
        console.quiet = not ranks.leads
        if ranks.leads:
            _check_out(out, force)
        name = check_name(name or out.name)
        card = _read_card(data_card)
        check_card(card, licence)
        model_config, training_config = _read_config(config_path, model, training)
        if from_scratch and init is not None:
            raise ConfigError(
                "give --init to begin with a bundle or --from-scratch to begin with none, not both"
            )
        start = None if from_scratch else _start(init, model_config)
        if start is not None and "vocabulary_size" not in model_config.model_fields_set:
            if ranks.count > 1:
                raise ConfigError(
                    "several processes do not tune a bundle: run inkling train without torchrun, "
                    "or give --from-scratch or --vocabulary-size"
                )
            tune(
                console,
                data,
                dev,
                out,
                start,
                model_config,
                training_config,
                choose_device(device),
                name=name,
                licence=licence,
                card=card,
                force=force,
                keep_worse=keep_worse,
            )
            return
        least = 0 if start is not None or keep_worse else least_words(model_config)
        with Phases(console) as phases:
            run = Run.open(
                data,
                dev,
                out,
                model_config,
                training_config,
                choose_device(device),
                phases.tell,
                start=start,
                least_words=least,
                ranks=ranks,
            )
        check_card(run.prepared.card, card, licence)
        kept = None if force else run.kept_bundle(out, name=name, licence=licence, data_card=card)
        if kept is None and not force and calibrated_bundle(out):
            raise ConfigError(calibrated_message(out))
        show_cleaning(console, run.prepared.card["cleaning"])
        if kept is None:
            for line in settled_lines(run):
                console.print(line, markup=False, highlight=False, soft_wrap=True)
            if not train_until_stopped(console, run):
                step = run.trainer.progress.step
                console.print(f"stopped at step {step}; the same command goes on from there")
                sys.exit(130)
            if not ranks.leads:
                return
            with Phases(console) as phases:
                run.write_bundle(out, name=name, licence=licence, data_card=card, tell=phases.tell)
        elif not ranks.leads:
            return
        else:
            console.print(
                f"this run is finished, and {out} is its bundle: nothing was changed", soft_wrap=True
            )
        bundle = load_bundle(out) if kept is None else kept
        verdict = judge(bundle, run.prepared.dev)
    except NothingLeftError as error:
        show_cleaning(console, error.report.table())
        raise click.ClickException(str(error)) from None
    except (ConfigError, CorpusError, DeviceError, BundleError, SettingsError, OSError, ValueError) as error:
        if not ranks.leads:
            sys.exit(2)  # the first process says why
        raise click.ClickException(str(error)) from None
    finally:
        if run is not None:
            run.close()
        joined.close()
    _show_bundle(console, bundle.manifest, verdict)
    result = {"bundle": str(out), "name": name, "parameters": bundle.manifest.parameters}
    click.echo(json.dumps(result | bundle.manifest.metrics | {"warnings": list(verdict.warnings)}))


def _check_out(out: Path, force: bool) -> None:
    """Raise ConfigError or OSError for a destination that would fail at the end."""
    if not out.name.strip("."):
        raise ConfigError(f"--out {out}: must end in the name of a folder")
    check_folder(out)
    run = out.with_name(f"{out.name}.run")
    check_folder(run)
    if not force and calibrated_bundle(out) and not (run / "checkpoint.safetensors").exists():
        raise ConfigError(calibrated_message(out))


def _start(init: Path | None, config: NetworkConfig) -> Bundle:
    """The bundle to begin with; raises ConfigError for sizes that are not its own."""
    if init is not None:
        return load_bundle(init)
    start = load_bundle(pretrained_bundle())
    try:
        starts_from(config, start)
    except ConfigError as error:
        raise ConfigError(f"{error}, or give --from-scratch to begin with none") from None
    return start


def _show_bundle(console: Console, manifest: Manifest, verdict: Verdict) -> None:
    table = Table(title=f"bundle {manifest.name}")
    table.add_column("")
    table.add_column("", justify="right")
    for key, value in (manifest.training | manifest.metrics).items():
        if key != "run" and not isinstance(value, dict):
            table.add_row(key, str(value))
    if verdict.suggests is not None:
        table.add_row("suggests, % of places", f"{100 * verdict.suggests:.0f}")
    console.print(table)
    for warning in verdict.warnings:
        console.print(f"warning: {warning}", markup=False, highlight=False, style="bold red", soft_wrap=True)
